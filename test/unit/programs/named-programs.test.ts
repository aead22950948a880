import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { makeScratchFolder, projectFolder } from '../../helpers/local-process.ts';

function run(script: string, ...args: string[]) {
  return spawnSync(process.execPath, [script, ...args], { cwd: projectFolder, encoding: 'utf8' });
}

describe.each([
  ['test/bench/main.ts', ['catalog', 'memory', 'start', 'dedup', 'coldstart', 'registry', 'publish', 'synth', 'cost']],
  ['test/check/main.ts', ['bigquery', 'apply-emulator']],
])('%s', (script, names) => {
  const linesOf = (text: string) => text.split('\n').filter((line) => line.startsWith('  '));

  test('lists what there is, a line each, without a name; and for one that is not there, where it fails', () => {
    const { status, stdout } = run(script);
    expect(status).toBe(0);
    const listed = linesOf(stdout).map((line) => /^ {2}(\S+) +\S/.exec(line)?.[1]);
    expect(listed).toEqual(expect.arrayContaining(names));
    for (const name of ['nope', 'constructor']) {
      const unknown = run(script, name);
      expect(unknown.status).toBe(2);
      expect(linesOf(unknown.stderr)).toEqual(linesOf(stdout));
    }
  });
});

describe('a program', () => {
  const scratch = makeScratchFolder();
  const script = join(scratch.path, 'main.mjs');
  const helper = pathToFileURL(join(projectFolder, 'test/helpers/named-programs.ts'));

  beforeAll(() =>
    writeFileSync(
      script,
      `import { parseArgs } from 'node:util';
      import { runNamedProgram } from '${helper}';
      const load = async () => {
        console.log(JSON.stringify([process.argv.slice(2), typeof globalThis.gc]));
        process.exitCode = 3;
      };
      await runNamedProgram({
        plain: { what: 'p', load },
        flagged: { what: 'f', nodeFlags: ['--expose-gc'], load },
        strict: { what: 'with [--rounds 9]', load: async () => parseArgs({ options: { rounds: { type: 'string' } } }) },
        broken: { what: 'b', load: async () => parseArgs(null) },
      });`,
    ),
  );
  afterAll(() => scratch.remove());

  test.each([
    ['plain', 'undefined'],
    ['flagged', 'function'],
  ])('gets its own arguments and its flags of Node, and says how it ended: %s', (name, gc) => {
    const { status, stdout } = run(script, name, '--json', 'a b');
    expect(JSON.parse(stdout)).toEqual([['--json', 'a b'], gc]);
    expect(status).toBe(3);
  });

  test('says which flags it has for one that it does not know, and hides no other error', () => {
    const { status, stderr } = run(script, 'strict', '--nope');
    expect(stderr).toMatch(/^Unknown option '--nope'.*\n\n {2}strict {2}with \[--rounds 9\]\n$/);
    expect(status).toBe(2);
    const broken = run(script, 'broken');
    expect(broken.stderr).toContain('TypeError');
    expect(broken.status).toBe(1);
  });
});
