import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type LocalProcess, startLocal } from '../helpers/local-deployment.ts';
import { makeEvent, sendBatch, trackPlayedTable } from '../helpers/local-events.ts';
import { parseJson } from '../helpers/local-http.ts';
import { query, waitUntilIdle } from '../helpers/local-operator.ts';
import { spawnChild } from '../helpers/local-process.ts';

// What a newcomer sees and does first.

let deployment: LocalProcess;

beforeAll(async () => {
  deployment = await startLocal({ flags: [] });
});
afterAll(async () => {
  await deployment.stop();
});

it('prints "ready" first, then where data and log are', () => {
  const lines = deployment.child.stdout().split('\n');
  expect(lines[0]).toBe(`ready ${deployment.url}`);
  expect(lines.find((line) => line.startsWith('data '))).toContain(deployment.dataFolder);
  const logPath = lines.find((line) => line.startsWith('log '))?.replace(/^log +/, '');
  expect(logPath).toBe(join(deployment.dataFolder, 'edi.log'));
  expect(statSync(logPath ?? '').mode & 0o777).toBe(0o600);
});

it('the curl line that it prints sends an event which becomes a row', async () => {
  const line = deployment.child
    .stdout()
    .split('\n')
    .find((text) => text.startsWith('curl '));
  // What a team would send, and not what clients say of themselves.
  expect(line).not.toContain('"type":"edi.');
  const shell = spawnChild({ command: 'sh', args: ['-c', line ?? 'false'] });
  expect(await shell.exited).toEqual({ code: 0, signal: null });
  expect(JSON.parse(shell.stdout())).toEqual({ accepted: 1, duplicates: 0, rejected: [] });
  expect(await waitUntilIdle(deployment)).toMatchObject({ accepted: 1, rows: 1, quarantined: 0 });
});

it.each([
  ['local-dev-key', 'ios'],
  ['local-dev-key:ios', 'ios'],
  ['local-dev-key:android', 'android'],
  ['local-dev-key:web', 'web'],
])('the key %s sends as %s', async (key, sdk) => {
  const event = makeEvent();
  expect(parseJson(await sendBatch(deployment.url, { events: [event], key }))).toMatchObject({ accepted: 1 });
  await waitUntilIdle(deployment);
  const rows = await query(deployment, `SELECT sdk FROM events.${trackPlayedTable} WHERE event_id = '${event.id}'`);
  expect(rows).toEqual([{ sdk }]);
});

it('the folder of an ephemeral deployment is gone afterwards, and nothing else is left of it', async () => {
  expect(existsSync(deployment.dataFolder)).toBe(true);
  expect(existsSync(deployment.announcementPath)).toBe(true);
  expect(await deployment.stop()).toEqual({ code: 0, signal: null });
  expect(existsSync(deployment.dataFolder)).toBe(false);
  expect(existsSync(deployment.announcementPath)).toBe(false);
});
