import { describe, expect, test } from 'vitest';
import { checkDead } from './check-dead.ts';
import type { Exceptions } from './exceptions.ts';
import { madeUpRoot, noExceptions } from './made-up-tree.ts';
import { readSourceTree } from './source-tree.ts';

const entryPoints = [
  { files: 'infra/main.ts', startedBy: 'this test' },
  { files: 'test/**/*.test.ts', startedBy: 'this test', isTest: true },
] as const;

const manifest = JSON.stringify({
  name: 'made-up',
  type: 'module',
  dependencies: { ajv: '1.0.0', commander: '1.0.0', refa: '1.0.0' },
  devDependencies: { esbuild: '1.0.0', 'fast-check': '1.0.0', fflate: '1.0.0' },
});

const healthy = {
  'package.json': manifest,
  'infra/main.ts': "import 'ajv';\nimport 'commander';\nimport 'refa';\nimport { used } from './used.ts';\n\nused();\n",
  'infra/used.ts': "import type { Shape } from './shape.ts';\n\nexport function used(): Shape {\n  return 1;\n}\n",
  'infra/shape.ts': 'export type Shape = 1;\n',
  'shared/adapters/memory/store.ts': 'export const store = 1;\n',
  'test/unit/used.test.ts':
    "import 'esbuild';\nimport 'fast-check';\nimport 'fflate';\nimport { used } from '../../infra/used.ts';\nimport { store } from '../../shared/adapters/memory/store.ts';\n\nused(store);\n",
};

const planted = {
  ...healthy,
  'infra/main.ts': "import 'ajv';\nimport 'left-pad';\nimport { used } from './used.ts';\n\nused();\n",
  'infra/used.ts':
    "import type { Shape } from './shape.ts';\n\nexport const never = 1;\nexport const listed = 1;\nexport const tested = 2;\nexport type NeverType = 1;\nexport type Answer = Shape;\nexport type TestedType = 1;\nexport function used(): Answer {\n  return 1;\n}\n",
  'infra/attic.ts': 'export const attic = 1;\n',
  'infra/for-tests.ts': 'export const forTests = 1;\n',
  'shared/adapters/memory/store.ts':
    "import { tested } from '../../../infra/used.ts';\n\nexport const store = tested;\nexport const neverStored = 1;\n",
  'test/unit/used.test.ts':
    "import 'fast-check';\nimport 'refa';\nimport { forTests } from '../../infra/for-tests.ts';\nimport { type Answer, listed, type TestedType, tested, used } from '../../infra/used.ts';\nimport { store } from '../../shared/adapters/memory/store.ts';\nimport { helper } from '../helpers/helper.ts';\n\nexport const answer: Answer & TestedType = used(store, tested, listed, helper, forTests);\n",
  'test/helpers/helper.ts': 'export const helper = 1;\nexport const neverHelped = 1;\n',
  'test/helpers/attic.ts': 'export const attic = 1;\n',
};

async function findingsIn(files: Readonly<Record<string, string>>, exceptions: Partial<Exceptions>): Promise<string[]> {
  const root = madeUpRoot(files);
  const findings = await checkDead(root, readSourceTree(root), { ...noExceptions, entryPoints, ...exceptions });
  return findings.map(({ rule, place, message }) => `${rule} | ${place}: ${message}`).sort();
}

const because = 'of this test';
const listed = {
  testOnlyExports: [{ file: 'infra/used.ts', names: ['listed'], because }],
  unusedPackages: [{ name: 'esbuild', because }],
};

describe('what is dead', () => {
  test('is found, each kind of it, but for what is listed', async () => {
    expect(await findingsIn(planted, listed)).toEqual([
      'dead exports | infra/used.ts: nobody imports NeverType',
      'dead exports | infra/used.ts: nobody imports never',
      'dead exports | shared/adapters/memory/store.ts: nobody imports neverStored',
      'dead exports | test/helpers/helper.ts: nobody imports neverHelped',
      'dead files | infra/attic.ts: nobody imports it',
      'dead files | test/helpers/attic.ts: nobody imports it',
      'packages | infra/main.ts: it imports left-pad, which is not in package.json',
      'packages | package.json: nobody imports commander',
      'packages | package.json: nobody imports fflate',
      'packages | package.json: only tests import refa',
      'test-only | infra/for-tests.ts: only tests import it',
      'test-only | infra/used.ts: only tests import TestedType',
      'test-only | infra/used.ts: only tests import tested',
    ]);
  });

  test('is not found where all is used, and what is listed without need is told', async () => {
    const needless = [
      { files: 'infra/used.ts', startedBy: 'this test' },
      { files: 'infra/gone.ts', startedBy: 'this test' },
    ];
    expect(await findingsIn(healthy, { ...listed, entryPoints: [...entryPoints, ...needless] })).toEqual([
      'dead files | infra/gone.ts: this entry point is no file',
      'dead files | infra/used.ts: this entry point is imported',
      'packages | package.json: esbuild is listed as imported by nobody, and is not',
      'test-only | infra/used.ts: listed is listed as used by tests alone, and is not',
    ]);
  });
});
