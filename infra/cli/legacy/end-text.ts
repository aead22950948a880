import type { ReadEnd } from '../../../shared/legacy/read-file.ts';

/** What is wrong with a whole file, by the reason that it was not read for. */
export const fileTexts: Readonly<Record<string, string | undefined>> = {
  encoding: 'the file is UTF-16; make it UTF-8',
  archive:
    'the file is an archive, or compressed otherwise than by one gzip or zstd; give the file of records that is in it',
};

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
      return fileTexts[end.reason] ?? `line ${end.line} is a record before any #fields directive`;
  }
}
