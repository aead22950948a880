import { existsSync, globSync, readFileSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import { join, posix } from 'node:path';
import { type Import, readImports } from './read-imports.ts';

/** A file of code, by its path from the root. */
export interface SourceFile {
  readonly path: string;
  readonly text: string;
  readonly imports: readonly ResolvedImport[];
}

export interface ResolvedImport extends Import {
  readonly target: ImportTarget;
}

type ImportTarget =
  | { readonly kind: 'file'; readonly path: string }
  /** A module of Node has a package's place; its name begins with `node:`. */
  | { readonly kind: 'package'; readonly name: string }
  | { readonly kind: 'missing'; readonly path: string }
  | { readonly kind: 'unreadable' };

export type SourceTree = ReadonlyMap<string, SourceFile>;

/** Folders that hold code of the project. */
const codeFolders = ['functions', 'infra', 'shared', 'test'];

/** Every file of code below a root. */
export function readSourceTree(root: string): SourceTree {
  const paths = globSync(`{${codeFolders.join(',')}}/**/*.{ts,mts,cts,tsx,js,mjs,cjs}`, { cwd: root })
    .map((path) => path.replaceAll('\\', '/'))
    .filter((path) => !/(?:^|\/)(?:node_modules|dist|\.edi)\//.test(path))
    .sort();
  const texts = new Map(paths.map((path) => [path, readFileSync(join(root, path), 'utf8')]));
  return makeSourceTree(texts, (path) => existsSync(join(root, path)));
}

/** The tree of these texts, by path. What exists may be more: data. */
export function makeSourceTree(texts: ReadonlyMap<string, string>, exists: (path: string) => boolean): SourceTree {
  return new Map(
    [...texts].map(([path, text]) => {
      const imports = readImports(path, text).map((found) => ({
        ...found,
        target: resolveImport(path, found, exists),
      }));
      return [path, { path, text, imports }];
    }),
  );
}

function resolveImport(from: string, { specifier }: Import, exists: (path: string) => boolean): ImportTarget {
  if (specifier === undefined) return { kind: 'unreadable' };
  if (/^\.{0,2}\/|^\.{1,2}$/.test(specifier)) {
    const [bare = ''] = specifier.split(/[?#]/);
    const path = posix.join(posix.dirname(from), bare);
    return exists(path) ? { kind: 'file', path } : { kind: 'missing', path };
  }
  if (isBuiltin(specifier)) return { kind: 'package', name: `node:${specifier.replace(/^node:/, '')}` };
  const [first = '', second = ''] = specifier.split('/');
  return { kind: 'package', name: first.startsWith('@') ? `${first}/${second}` : first };
}
