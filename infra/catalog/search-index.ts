import { sinkTable } from '../../shared/event-types/alpha.ts';
import type { Treatment } from '../../shared/event-types/column.ts';
import { datasets } from '../naming.ts';
import type { Catalog } from './catalog.ts';
import { type Field, fieldAnchor, fieldsOf, flattenFields, pathText } from './fields.ts';

/** Where the index is, below the catalog's root. */
export const searchIndexPath = 'assets/search-index.js';

/**
 * What the list's script searches, in the order of the list: `[type, words, stage, owner, paths of the fields]`. A script
 * and not JSON, because a page that was opened from a folder may load the one and not the other.
 */
export function searchIndexText({ types }: Catalog): string {
  const entries = types.map(({ schema }) => {
    const { type, owner, stage, description, sdks } = schema.edi;
    const { title } = schema.schema;
    const fields = flattenFields(fieldsOf(schema)).map(({ trail }) => {
      const path = pathText(trail);
      const anchor = fieldAnchor(trail);
      // The script makes the anchor of an ordinary path itself.
      return anchor === `field-${path}` ? path : [path, anchor];
    });
    const table = `${datasets.exact}.${sinkTable(schema.edi)} ${datasets.raw}.${sinkTable(schema.edi)}`;
    const words = [
      typeof title === 'string' ? title : '',
      description,
      sdks.join(' '),
      table,
      personalWords(fieldsOf(schema)),
    ];
    return [type, words.join(' ').trim(), stage, owner, fields];
  });
  return `window.ediSearchIndex = ${JSON.stringify(entries)};\n`;
}

/** What people look for who want to know which types hold personal data, and what happens to it. */
function personalWords(fields: readonly Field[]): string {
  const done = new Set(flattenFields(fields).flatMap(({ treatment }) => (treatment ? effects[treatment.do] : [])));
  return done.size === 0 ? '' : ['personal data PII', ...done].join(' ');
}

const effects: Readonly<Record<Treatment['do'], string>> = {
  drop: 'dropped',
  pseudonymize: 'pseudonymized',
  tokenize: 'tokenized',
  truncate: 'truncated',
};
