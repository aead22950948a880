import type { ReadEnd } from '../../../shared/legacy/read-file.ts';

/** Why a file was not read to its end, for a person; undefined where it was. */
export function endText(end: ReadEnd): string | undefined {
  switch (end.kind) {
    case 'read':
      return undefined;
    case 'broken':
      return 'the compressed file ends early or is damaged; what came before was read';
    case 'unusable':
      if (end.reason === 'columns') {
        return `line ${end.line} names the columns, and has no ${end.columns.join(', ')}, which the mapping names`;
      }
      return end.reason === 'encoding'
        ? 'the file is UTF-16; make it UTF-8'
        : `line ${end.line} is a record before any #fields directive`;
  }
}
