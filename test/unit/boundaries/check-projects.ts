import { matchesGlob } from 'node:path';
import { aloneTests, fastFolders, longSharedTests, longTests, wholeTests } from '../../helpers/projects.ts';
import type { Finding } from './finding.ts';
import type { SourceTree } from './source-tree.ts';

/** Helpers that start what takes long: Google's emulators, all bundles, whole deployments. */
const longHelpers = ['emulator-process', 'run-socket', 'local-deployment'].map((name) => `test/helpers/${name}.ts`);

/** What outlasts a file, for those that share its process. */
const lastingChanges: readonly { readonly what: string; readonly isIn: (text: string) => boolean }[] = [
  { what: 'it replaces modules', isIn: (text) => /\bvi\.(?:mock|doMock|resetModules)\(/.test(text) },
  {
    what: 'it writes to process.env',
    isIn: (text) =>
      /(?:\bprocess\.env(?:\.\w+|\[[^\]]*\])? *(?:\?\?|\|\|)?=(?!=)|\bdelete process\.env|\bassign\(process\.env\b)/.test(
        text,
      ),
  },
  { what: 'it changes the folder of its process', isIn: (text) => /\bprocess\.chdir\(/.test(text) },
  {
    what: 'it leaves a clock that stands',
    isIn: (text) => text.includes('vi.useFakeTimers(') && !text.includes('vi.useRealTimers('),
  },
];

const isAmong = (path: string, globs: readonly string[]) => globs.some((glob) => matchesGlob(path, glob));

/** Test files that are not of the project that `test/helpers/projects.ts` puts them in. */
export function checkProjects(tree: SourceTree): Finding[] {
  const tests = [...tree.keys()].filter((path) => path.endsWith('.test.ts'));
  const isFast = (path: string) => isAmong(path, fastFolders) && !isAmong(path, longTests);
  const isSharing = (path: string) => (isFast(path) ? !isAmong(path, aloneTests) : isAmong(path, longSharedTests));
  const findings = [...longTests, ...longSharedTests, ...aloneTests]
    .filter((glob) => !tests.some((path) => matchesGlob(path, glob)))
    .map((glob) => finding(glob, 'no test file has this name', 'take it out of test/helpers/projects.ts'));
  for (const path of tests) {
    if (!isAmong(path, [...fastFolders, ...longTests, ...wholeTests]))
      findings.push(finding(path, 'npm test does not run it', 'move it to a folder of test/helpers/projects.ts'));
    const helper = isFast(path) ? longHelpers.find((one) => reachedFrom(tree, path).has(one)) : undefined;
    if (helper !== undefined)
      findings.push(
        finding(path, `it is a fast test, and imports ${helper}`, 'name it among longTests, or do without'),
      );
    if (!isSharing(path)) continue;
    const text = tree.get(path)?.text ?? '';
    for (const { what } of lastingChanges.filter(({ isIn }) => isIn(text)))
      findings.push(
        finding(
          path,
          `${what}, and shares it with other files`,
          isFast(path) ? 'undo it by vi, or name it among aloneTests' : 'undo it by vi',
        ),
      );
  }
  return findings;
}

function finding(place: string, message: string, fix: string): Finding {
  return { rule: 'projects', place, message, fix };
}

/** Files of `test/` that a file imports, and those that they import. */
function reachedFrom(tree: SourceTree, path: string, reached = new Set<string>()): ReadonlySet<string> {
  for (const { target } of tree.get(path)?.imports ?? []) {
    if (target.kind !== 'file' || !target.path.startsWith('test/') || reached.has(target.path)) continue;
    reached.add(target.path);
    reachedFrom(tree, target.path, reached);
  }
  return reached;
}
