import { mutants } from './list.ts';
import { failingTests, runMutants } from './run-mutants.ts';

// npm run mutants [-- TEXT]: proves of all, or of those whose name or file holds the text, that their test kills them.
// --ci: of the ten that a test runs, which leaves out that their tests pass without a mutant: it runs those, too.
const [, , wanted = ''] = process.argv;
const isCi = wanted === '--ci';
const chosen = mutants.filter(({ name, file, inCi }) => (isCi ? inCi : name.includes(wanted) || file.includes(wanted)));
if (chosen.length === 0) {
  print(`no mutant has "${wanted}" in its name or file: test/mutants/list.ts has all of them`);
  process.exit(2);
}
const startedMillis = performance.now();
const failing = isCi ? [] : await failingTests(chosen);
if (failing.length > 0) {
  print('these tests fail without a mutant, and prove nothing:', ...failing.map((test) => `  ${test}`));
  process.exit(1);
}
const verdicts = await runMutants(chosen);
for (const { mutant, fate, why } of verdicts) {
  if (fate !== 'killed') print(`${fate}: ${mutant.name} (${mutant.file}, by ${mutant.test}): ${why}`);
}
const killed = verdicts.filter(({ fate }) => fate === 'killed').length;
print(`${killed} of ${verdicts.length} mutants killed in ${Math.round((performance.now() - startedMillis) / 1_000)} s`);
process.exitCode = killed === verdicts.length && killed > 0 ? 0 : 1;

function print(...lines: readonly string[]): void {
  process.stdout.write(`${lines.join('\n')}\n`);
}
