import { Agent } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { freePort } from '../../infra/local/emulators/ports.ts';
import type { JsonObject } from '../../shared/event/json.ts';
import { type LocalProcess, startLocal } from '../helpers/local-deployment.ts';
import { makeEvent, sendBatch, trackPlayedData } from '../helpers/local-events.ts';
import { query, readEventIds, waitUntilIdle } from '../helpers/local-operator.ts';
import { makeScratchFolder } from '../helpers/local-process.ts';

const kills = 6;
const clients = 8;
const batchEvents = 20;
const retryMillis = 100;
/** Of the batches that got no answer, one in so many is given up: it may have arrived, or not. */
const giveUpEvery = 10;

const scratch = makeScratchFolder();
const agent = new Agent({ keepAlive: true });
const sentIds = new Set<string>();
const acknowledgedIds = new Set<string>();
let unanswered = 0;
let deployment: LocalProcess;
let loading = true;

beforeAll(async () => {
  // No port that the system gives to whoever asks for any while nobody listens on it.
  deployment = await startLocal({ dataFolder: scratch.path, port: await freePort() });
});
afterAll(async () => {
  agent.destroy();
  await deployment.stop();
  scratch.remove();
});

/** Sends batch after batch as an SDK does: one without an answer is sent again, the same bytes, until there is one. */
async function runClient(client: number): Promise<void> {
  let previous: JsonObject[] = [];
  for (let batch = 0; loading; batch++) {
    const fresh = Array.from({ length: batchEvents }, () =>
      makeEvent({ source: `installation-${client}`, subject: `person-${client % 3}`, data: personalData(client) }),
    );
    for (const { id } of fresh) sentIds.add(id);
    // Now and then an answer is lost on its way, and what was acknowledged comes again beside new events.
    const events = batch % 4 === 3 ? [...fresh, ...previous.slice(0, 5)] : fresh;
    if (await sendUntilAnswered(events)) for (const { id } of fresh) acknowledgedIds.add(id);
    previous = fresh;
  }
}

function personalData(client: number): JsonObject {
  return { ...trackPlayedData(), account: { user_name: `user-${client}`, plan: 'family' } };
}

async function sendUntilAnswered(events: readonly JsonObject[]): Promise<boolean> {
  while (true) {
    const answer = await sendBatch(deployment.url, { events, agent }).catch(() => undefined);
    if (answer?.status === 200) return true;
    unanswered++;
    if (unanswered % giveUpEvery === 0) return false;
    await delay(retryMillis);
  }
}

/** Kills at a moment when batches are in every stage, and starts again on the same folder and port. */
async function killAndRestart(): Promise<void> {
  const acknowledgedBefore = acknowledgedIds.size;
  await expect.poll(() => acknowledgedIds.size, { timeout: 60_000 }).toBeGreaterThan(acknowledgedBefore + 500);
  await delay(Math.random() * 50);
  const port = Number(new URL(deployment.url).port);
  expect((await deployment.kill()).signal).toBe('SIGKILL');
  deployment = await startLocal({ dataFolder: scratch.path, port });
}

it('finds every acknowledged event exactly once after being killed again and again in the middle of load', async () => {
  const running = Array.from({ length: clients }, (_, client) => runClient(client));
  for (let kill = 0; kill < kills; kill++) await killAndRestart();
  loading = false;
  await Promise.all(running);
  const status = await waitUntilIdle(deployment);
  expect(status['deadLetters']).toBe(0);

  const rowIds = await readEventIds(deployment);
  const storedIds = new Set(rowIds);
  expect(rowIds.length - storedIds.size).toBe(0);
  expect([...acknowledgedIds].filter((id) => !storedIds.has(id))).toEqual([]);
  expect([...storedIds].filter((id) => !sentIds.has(id))).toEqual([]);
  expect(acknowledgedIds.size).toBeGreaterThan(kills * 500);
  expect(unanswered).toBeGreaterThan(kills);
  expect(await query(deployment, 'FROM operations.quarantine')).toEqual([]);
}, 600_000);
