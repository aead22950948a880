import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { expect, test } from 'vitest';
import { createManualClock } from '../../shared/adapters/memory/manual-clock.ts';
import { openEmbeddedPubSub } from '../helpers/embedded-bus.ts';
import { newFolder, text } from './contract-adapter.ts';

const program = new URL('./fixtures/publish-until-killed.ts', import.meta.url).pathname;
const settings = { ackDeadlineSeconds: 10, minBackoffSeconds: 1, maxBackoffSeconds: 1 };

test('a process that is killed loses nothing that it had confirmed, leased or not', async () => {
  const folder = await newFolder();
  const path = join(folder, 'bus.db');
  const child = spawn(process.execPath, [program, path], { stdio: ['ignore', 'pipe', 'inherit'] });
  const exited = once(child, 'exit');
  let confirmed = 0;
  for await (const line of createInterface({ input: child.stdout })) {
    confirmed = Number(line);
    if (confirmed === 300) child.kill('SIGKILL');
  }
  expect((await exited)[1]).toBe('SIGKILL');

  const bus = openEmbeddedPubSub({ path, clock: createManualClock() });
  bus.declare({ topics: ['numbers'], subscriptions: [{ name: 'reader', topic: 'numbers', ...settings }] });
  const numbers = (await bus.pull('reader', 100_000)).map((message) => Number(text(message.data)));
  expect(confirmed).toBeGreaterThanOrEqual(300);
  expect(new Set(numbers).size).toBe(numbers.length);
  expect(new Set(numbers)).toEqual(new Set(numbers.map((_, index) => index + 1)));
  expect(numbers.length).toBeGreaterThanOrEqual(confirmed);
  await bus.stop({ drainMillis: 0 });
  await rm(folder, { recursive: true });
});

test('a second process is told that the file is in use, and that files are for their owner only', async () => {
  const folder = await newFolder();
  const path = join(folder, 'data', 'bus.db');
  const child = spawn(process.execPath, [program, path], { stdio: ['ignore', 'pipe', 'inherit'] });
  const exited = once(child, 'exit');
  const lines = createInterface({ input: child.stdout });
  await once(lines, 'line');
  expect(() => openEmbeddedPubSub({ path, clock: createManualClock() })).toThrow('in use by another process');
  const modes = await Promise.all([join(folder, 'data'), path, `${path}-wal`].map((file) => stat(file)));
  expect(modes.map(({ mode }) => (mode & 0o777).toString(8))).toEqual(['700', '600', '600']);
  child.kill('SIGKILL');
  await exited;
  await rm(folder, { recursive: true });
});
