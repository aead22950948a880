import { expect, test } from 'vitest';
import { checkProjects } from './check-projects.ts';
import { madeUpTree } from './made-up-tree.ts';

/** Of a tree of these files and one for each glob of the lists, which is there in the repository. */
function told(files: Readonly<Record<string, string>>): string[] {
  return checkProjects(madeUpTree(files))
    .filter(({ message }) => message !== 'no test file has this name')
    .map(({ place, message }) => `${place}: ${message}`);
}

const emulator = { 'test/helpers/emulator-process.ts': '' };
// Put together, so that this file itself is not told.
const [vitest, node] = ['vi', 'process'];
const mock = `${vitest}.mock`;
const env = `${node}.env`;
const changeFolder = `${node}.chdir`;
const usesEmulator = { 'test/helpers/a.ts': "import './emulator-process.ts';", ...emulator };

test.each([
  ['imports what starts an emulator', "import '../../helpers/a.ts';", /imports test\/helpers\/emulator-process.ts/],
  ['replaces a module', `${mock}('node:fs');`, /replaces modules/],
  ['sets a variable', `${env}['A'] = 'b';`, /writes to process.env/],
  ['sets a variable that is not there', `${env}.A ??= 'b';`, /writes to process.env/],
  ['deletes a variable', `delete ${env}['A'];`, /writes to process.env/],
  ['changes folder', `${changeFolder}('/');`, /changes the folder/],
  ['stops the clock for good', 'vi.useFakeTimers();', /a clock that stands/],
])('a fast test that %s is told', (_what, text, message) => {
  expect(told({ 'test/unit/a/b.test.ts': text, ...usesEmulator })).toEqual([expect.stringMatching(message)]);
});

test('so is a long one that shares its process, and leaves something there', () => {
  const text = `import '../helpers/a.ts'; ${mock}('node:fs'); ${env}['A'] = 'b';`;
  expect(told({ 'test/contract/b.test.ts': text, ...usesEmulator })).toEqual([
    expect.stringMatching(/replaces modules/),
    expect.stringMatching(/writes to process.env/),
  ]);
});

test.each([
  ['reads a variable', 'test/unit/a/b.test.ts', `const a = ${env}['A'] === 'b';`],
  ['stubs what Vitest takes back', 'test/unit/a/b.test.ts', "vi.stubEnv('A', 'b'); vi.spyOn(a, 'b');"],
  ['starts the clock again', 'test/unit/a/b.test.ts', 'vi.useFakeTimers(); vi.useRealTimers();'],
  ['is alone', 'test/unit/gcp/publisher-answers.test.ts', `${mock}('node:fs');`],
  ['is long', 'test/contract/b.test.ts', "import '../helpers/a.ts';"],
  ['is long and shares no process', 'test/simulation/b.test.ts', `import '../helpers/a.ts'; ${mock}('node:fs');`],
  ['is a property', 'test/unit/a/b.property.test.ts', "import '../../helpers/a.ts';"],
])('one that %s is not', (_what, path, text) => {
  expect(told({ [path]: text, ...usesEmulator })).toEqual([]);
});

test('so is a test that no project has, and a name that no test has', () => {
  expect(told({ 'test/parts/b.test.ts': '' })).toEqual(['test/parts/b.test.ts: npm test does not run it']);
  expect(checkProjects(madeUpTree({})).map(({ place }) => place)).toContain('test/contract/**/*.test.ts');
});
