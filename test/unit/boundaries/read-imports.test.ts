import { describe, expect, test } from 'vitest';
import { readImports } from './read-imports.ts';

const specifiersOf = (text: string) => readImports('x.ts', text).map(({ specifier }) => specifier);

describe('imports are read', () => {
  test.each<[string, string[]]>([
    ["import a from 'a';", ['a']],
    ['import * as a from "a";', ['a']],
    ["import 'a';", ['a']],
    ["import a, { type B, c as d } from 'a';", ['a']],
    ["import {\n  a,\n  // from 'not-this'\n} from 'a';", ['a']],
    ["import type { A } from 'a';", ['a']],
    ["import type A from 'a';", ['a']],
    ["import { type A } from 'a';", ['a']],
    ["import{a}from'a';import{b}from'b'", ['a', 'b']],
    ["export { a } from 'a';", ['a']],
    ["export type { A } from 'a';", ['a']],
    ["export * from 'a'; export * as b from 'b'; export type * from 'c';", ['a', 'b', 'c']],
    ["import a from 'a' with { type: 'json' };", ['a']],
    ["const a = await import('a');", ['a']],
    ['const a = import(`a`);', ['a']],
    ["const a = import(/* why */ 'a');", ['a']],
    ["import/**/('a');", ['a']],
    ["const a = import('a', { with: { type: 'json' } });", ['a']],
    ["type A = import('a').A;", ['a']],
    ["let a: typeof import('a');", ['a']],
    ["import a = require('a');", ['a']],
    ["export import a = require('a');", ['a']],
    ["import a from '\\u0061';", ['a']],
    ["import defer from 'a';", ['a']],
  ])('%s', (text, specifiers) => {
    expect(specifiersOf(text)).toEqual(specifiers);
  });

  test.each([
    "// import a from 'a';",
    "/* import('a') */",
    'const text = "import a from \'a\'";',
    "const text = `import('a')`;",
    "const pattern = /import('a')/;",
    'const a = import.meta.url;',
    'export const a = 1; export { a as b };',
    'export default function () {}',
    "declare module 'a' {}",
  ])('%s is none', (text) => {
    expect(specifiersOf(text)).toEqual([]);
  });

  test.each([
    'const a = import(name);',
    `const a = import(\`./\${name}.ts\`);`,
    "const a = import('a' + 'b');",
    "import { createRequire as make } from 'node:module';",
    "import * as m from 'node:module'; m.createRequire('x');",
    "import * as m from 'node:module'; m['createRequire']('x');",
    "process.getBuiltinModule('node:sqlite');",
    "require('a');",
    "\\u0072equire('a');",
  ])('%s loads what nobody can read', (text) => {
    expect(specifiersOf(text)).toContain(undefined);
  });

  test('each is found on its line', () => {
    const text = "import 'a';\n\nimport {\n  b,\n} from 'b';\nexport type C = import('c').C;\n";
    expect(readImports('x.ts', text)).toEqual([
      { specifier: 'a', line: 1 },
      { specifier: 'b', line: 3 },
      { specifier: 'c', line: 6 },
    ]);
  });

  test('text that is no TypeScript is told', () => {
    expect(() => readImports('a/x.ts', 'import from from;')).toThrow('a/x.ts cannot be parsed');
  });
});
