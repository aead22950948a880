import { sinkTable } from '../../shared/event-types/alpha.ts';
import type { Treatment } from '../../shared/event-types/column.ts';
import { datasets } from '../naming.ts';
import { typeViewName } from '../type-views.ts';
import type { Catalog } from './catalog.ts';
import { fieldAnchor, fieldsOf, flattenFields, pathText } from './fields.ts';
import { type PersonalField, personalFieldsOf } from './personal-fields.ts';

/** Where the index is, below the catalog's root. */
export const searchIndexPath = 'assets/search-index.js';

/**
 * What the list's script searches, in the order of the list: `[type, words, stage, owner, subject, fields]`. `subject` is
 * the realm that the type is about. A field is its path; or `[path, anchor, words]`: an empty anchor is the ordinary one,
 * and the words, which are a place in the list of those that there are, say what becomes of personal data in it, and whose
 * it is. A script and not JSON, because a page that was opened from a folder may load the one and not the other.
 */
export function searchIndexText({ types }: Catalog): string {
  const wordings = new Map<string, number>();
  const entries = types.map(({ schema }) => {
    const { type, owner, stage, description, sdks, subjectRealm } = schema.edi;
    const { title } = schema.schema;
    const personal = Map.groupBy(personalFieldsOf(schema), ({ field }) => field);
    const fields = flattenFields(fieldsOf(schema)).map((field) => {
      const path = pathText(field.trail);
      const ownAnchor = fieldAnchor(field.trail);
      // The script makes the anchor of an ordinary path itself.
      const anchor = ownAnchor === `field-${path}` ? '' : ownAnchor;
      const words = personalWords(personal.get(field) ?? []);
      if (words === '') return anchor === '' ? path : [path, anchor];
      const at = wordings.get(words) ?? wordings.size;
      wordings.set(words, at);
      return [path, anchor, at];
    });
    const words = [typeof title === 'string' ? title : '', description, sdks.join(' '), tableWords(schema.edi)];
    return [type, words.join(' ').trim(), stage, owner, subjectRealm, fields];
  });
  const lists = [`window.ediSearchWords = ${JSON.stringify([...wordings.keys()])};`];
  return [...lists, `window.ediSearchIndex = ${JSON.stringify(entries)};`, ''].join('\n');
}

/** Its view and table; types in alpha share them. */
function tableWords(edi: Parameters<typeof sinkTable>[0]): string {
  const names = [`${datasets.exact}.${sinkTable(edi)}`, `${datasets.raw}.${sinkTable(edi)}`];
  const ofAllMajors = edi.stage === 'alpha' ? [] : [`${datasets.exact}.${typeViewName(edi.type)}`];
  return [...names, ...ofAllMajors].join(' ');
}

/** What people look for who want to know which types hold personal data of whom, and what happens to it. */
function personalWords(fields: readonly PersonalField[]): string {
  const words = fields.flatMap(({ treatment, realms }) => [...effects[treatment.do], ...realms]);
  return words.length === 0 ? '' : ['personal data PII', ...new Set(words)].join(' ');
}

const effects: Readonly<Record<Treatment['do'], readonly string[]>> = {
  drop: ['dropped'],
  pseudonymize: ['pseudonymized', 'pseudonymised'],
  tokenize: ['tokenized', 'tokenised'],
  truncate: ['truncated'],
};
