import { readFileSync, realpathSync, statSync } from 'node:fs';
import { join, relative, sep } from 'node:path';
import type { ReadSchemaFile } from '../../../shared/schema-language/document/read-document.ts';
import { documentBounds, parseSchemaText } from '../../../shared/schema-language/document/schema-text.ts';

/**
 * Reads schema files below a folder and nowhere else, also where a link leads out of it. What cannot be read is not
 * there. Throws when the folder itself is not there.
 */
export function readFilesBelow(folder: string): ReadSchemaFile {
  const base = realpathSync(folder);
  const read = new Map<string, ReturnType<ReadSchemaFile>>();
  return (path) => {
    if (!read.has(path)) read.set(path, readBelow(base, path));
    return read.get(path);
  };
}

function readBelow(base: string, path: string): ReturnType<ReadSchemaFile> {
  try {
    const real = realpathSync(join(base, path));
    const inside = relative(base, real);
    if (inside === '..' || inside.startsWith(`..${sep}`)) return undefined;
    const { size } = statSync(real);
    if (size > documentBounds.maxTextLength) {
      return {
        kind: 'bad',
        problems: [{ pointer: '', message: `the file has ${size} bytes, more than a schema has` }],
      };
    }
    return parseSchemaText(readFileSync(real, 'utf8'));
  } catch {
    return undefined;
  }
}
