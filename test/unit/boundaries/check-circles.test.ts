import { describe, expect, test } from 'vitest';
import { checkCircles } from './check-circles.ts';
import { checkSizes } from './check-sizes.ts';
import { madeUpTree, noExceptions } from './made-up-tree.ts';

describe('circles', () => {
  test.each<[string, Record<string, string>]>([
    ['two files', { 'infra/a.ts': "import './b.ts';\n", 'infra/b.ts': "import './a.ts';\n" }],
    [
      'types alone',
      {
        'infra/a.ts': "import type { B } from './b.ts';\nexport type A = B;\n",
        'infra/b.ts': "export type { A as B } from './a.ts';\n",
      },
    ],
    [
      'types that are imported where they stand',
      { 'infra/a.ts': "export type A = import('./b.ts').B;\n", 'infra/b.ts': "export type B = import('./a.ts').A;\n" },
    ],
    [
      'loading on demand',
      {
        'infra/a.ts': "export const b = () => import('./b.ts');\n",
        'infra/b.ts': "import type { b } from './a.ts';\n",
      },
    ],
    [
      'three files of two rooms',
      {
        'infra/a.ts': "import '../shared/event/b.ts';\n",
        'shared/event/b.ts': "import './c.ts';\n",
        'shared/event/c.ts': "import '../../infra/a.ts';\n",
      },
    ],
    ['a file that imports itself', { 'infra/a.ts': "import './a.ts';\n" }],
    ['test files', { 'test/unit/a.ts': "import './b.ts';\n", 'test/unit/b.ts': "import './a.ts';\n" }],
  ])('%s', (_, files) => {
    const [first = '', ...others] = Object.keys(files);
    const chain = [first, ...others, first].join(' -> ');
    expect(checkCircles(madeUpTree(files))).toEqual([
      expect.objectContaining({ rule: 'circles', place: first, message: `these import each other: ${chain}` }),
    ]);
  });

  test('two knots are two findings, and the way around is the shortest', () => {
    const findings = checkCircles(
      madeUpTree({
        'infra/a.ts': "import './b.ts';\nimport './c.ts';\n",
        'infra/b.ts': "import './c.ts';\n",
        'infra/c.ts': "import './a.ts';\n",
        'infra/x.ts': "import './y.ts';\n",
        'infra/y.ts': "import './x.ts';\n",
      }),
    );
    expect(findings.map(({ message }) => message)).toEqual([
      'these import each other: infra/a.ts -> infra/c.ts -> infra/a.ts',
      'these import each other: infra/x.ts -> infra/y.ts -> infra/x.ts',
    ]);
  });

  test('what two import, and what imports two, is none', () => {
    const tree = madeUpTree({
      'infra/a.ts': "import './b.ts';\nimport './c.ts';\n",
      'infra/b.ts': "import './d.ts';\n",
      'infra/c.ts': "import './d.ts';\n",
      'infra/d.ts': 'export const d = 1;\n',
    });
    expect(checkCircles(tree)).toEqual([]);
  });
});

describe('sizes', () => {
  const tree = () => madeUpTree({ 'infra/a.ts': '// a\n'.repeat(299), 'test/unit/b.ts': '// b\n'.repeat(300) });

  test('a file of 300 lines is told, one of 299 is not', () => {
    expect(checkSizes(tree(), noExceptions)).toEqual([
      expect.objectContaining({
        rule: 'sizes',
        place: 'test/unit/b.ts',
        message: expect.stringContaining('300 lines'),
      }),
    ]);
  });

  test('a listed one is not told, and a listing that is needless is', () => {
    const long = { file: 'test/unit/b.ts', because: 'of this test' };
    const short = { file: 'infra/a.ts', because: 'of this test' };
    expect(checkSizes(tree(), { longFiles: [long] })).toEqual([]);
    expect(checkSizes(tree(), { longFiles: [long, short] })).toEqual([
      expect.objectContaining({ rule: 'sizes', place: 'infra/a.ts' }),
    ]);
  });
});
