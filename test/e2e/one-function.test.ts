import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { isJsonObject, type JsonValue } from '../../shared/event/json.ts';
import { makeScratchFolder, projectFolder, spawnChild, waitFor } from '../helpers/local-process.ts';

// `npm run function -- NAME`, as functions/README.md says it.

const data = makeScratchFolder();
const pushes = join(data.path, 'pushes');
afterAll(() => data.remove());

interface Running {
  /** What the printed `curl` line is answered. */
  runCurlLine(): Promise<string>;
  stop(): Promise<void>;
}

async function startFunction(name: string): Promise<Running> {
  const script = join(projectFolder, 'infra', 'local', 'one-function.ts');
  const child = spawnChild({ command: process.execPath, args: [script, name, '--port', '0', '--data', data.path] });
  const line = await waitFor(
    () => `${name}: the curl line\n${child.stdout()}${child.stderr()}`,
    () => (child.hasExited() ? '' : /^curl .*$/m.exec(child.stdout())?.[0]),
    120_000,
  );
  expect(line, child.stderr()).not.toBe('');
  return {
    async runCurlLine() {
      const curl = spawnChild({ command: 'bash', args: ['-c', line] });
      await curl.exited;
      return curl.stdout();
    },
    async stop() {
      child.signal('SIGTERM');
      expect(await child.exited).toEqual({ code: 0, signal: null });
    },
  };
}

function readPush(file: string): JsonValue {
  return JSON.parse(readFileSync(join(pushes, file), 'utf8'));
}

it('takes an event through the functions one by one, each with the line that it prints', {
  timeout: 480_000,
}, async () => {
  const ingest = await startFunction('ingest');
  expect(JSON.parse(await ingest.runCurlLine())).toEqual({ accepted: 1, duplicates: 0, rejected: [] });
  await ingest.stop();
  expect(statSync(join(pushes, 'received.1.json')).mode & 0o777).toBe(0o600);

  const dedup = await startFunction('dedup');
  expect(await dedup.runCurlLine()).toContain(' 204 ');
  // The same push once more is a redelivery: forwarded again, and marked.
  expect(await dedup.runCurlLine()).toContain(' 204 ');
  await dedup.stop();
  expect(['deduplicated.1.json', 'deduplicated.2.json'].map(readPush)).toMatchObject([
    { message: { attributes: { marks: '1' } } },
    { message: { attributes: { marks: '3' } } },
  ]);

  const pseudonymize = await startFunction('pseudonymize');
  expect(await pseudonymize.runCurlLine()).toContain(' 204 ');
  await pseudonymize.stop();
  const row = readdirSync(pushes).find((file) => file.startsWith('event.')) ?? '';
  const push = readPush(row);
  const message = isJsonObject(push) ? push['message'] : undefined;
  expect(message).toMatchObject({ attributes: { type: row.replace(/^event\.|\.1\.json$/g, '') } });
});
