import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test, vi } from 'vitest';
import { announceRunning } from '../../../infra/local/running.ts';
import type { HttpHandler } from '../../../shared/http/http.ts';
import { eraseWorld } from '../../helpers/erase-world.ts';
import { serveHandler } from '../../helpers/handler-server.ts';
import { makeScratchFolder, projectFolder, type Spawned, spawnChild, waitFor } from '../../helpers/local-process.ts';

const prefix = '/functions/erase-subject';
const people = Array.from({ length: 1_500 }, (_, at) => ({ realm: 'customer', subject: `p${at}` }));

/** The function where the command looks for that of a deployment; requests for another than the first part hang while told. */
async function announced() {
  const world = eraseWorld();
  const erase = await world.start();
  const hanging = { isOn: true, parts: 0 };
  const handler: HttpHandler = async (request, response) => {
    if (request.method === 'POST' && ++hanging.parts > 1 && hanging.isOn) return;
    request.url = request.url?.slice(prefix.length) ?? '';
    await erase(request, response);
  };
  const served = await serveHandler(handler);
  const url = new URL(served.url).origin;
  const scratch = makeScratchFolder();
  const file = join(scratch.path, 'people.jsonl');
  writeFileSync(file, people.map((person) => JSON.stringify(person)).join('\n'));
  vi.stubEnv('XDG_RUNTIME_DIR', scratch.path);
  announceRunning({ url, operatorUrl: url, token: 't', dataFolder: scratch.path, processId: process.pid });
  onTestFinished(() => {
    vi.unstubAllEnvs();
    served.close();
    scratch.remove();
  });
  const run = (...args: readonly string[]): Spawned =>
    spawnChild({
      command: process.execPath,
      args: [
        join(projectFolder, 'infra/cli/main.ts'),
        'erase',
        '--file',
        file,
        '--no-pseudonyms',
        '--url',
        url,
        ...args,
      ],
    });
  return { world, hanging, run };
}

test('a list whose command is killed in the middle goes on with what the command said before it began', async () => {
  const { world, hanging, run } = await announced();
  const killed = run();
  await waitFor('its second part', () => (hanging.parts > 1 ? true : undefined));
  killed.signal('SIGKILL');
  expect((await killed.exited).signal).toBe('SIGKILL');
  const [, id = ''] =
    /^edi: erasure \S+; --resume (\S+) goes on with it, wherever it ends$/m.exec(killed.stderr()) ?? [];
  expect(await world.stored(people[999] ?? { realm: '', subject: '' })).toMatchObject({ generation: 1 });
  expect(await world.stored(people[1_000] ?? { realm: '', subject: '' })).toBeUndefined();
  hanging.isOn = false;
  const resumed = run('--resume', id, '--json');
  expect((await resumed.exited).code, resumed.stderr()).toBe(0);
  expect(JSON.parse(resumed.stdout())).toMatchObject({ id, named: people.length });
  for (const person of people) expect(await world.stored(person)).toMatchObject({ generation: 1 });
  // The first part is not asked for again.
  expect(hanging.parts).toBe(3);
});
