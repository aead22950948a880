import type { Catalog } from './catalog.ts';
import { fieldAnchor, fieldsOf, flattenFields, pathText } from './fields.ts';

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
    const words = [typeof title === 'string' ? title : '', description, sdks.join(' ')].join(' ');
    return [type, words, stage, owner, fields];
  });
  return `window.ediSearchIndex = ${JSON.stringify(entries)};\n`;
}
