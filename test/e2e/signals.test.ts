import { existsSync } from 'node:fs';
import { networkInterfaces } from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';
import { beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { type LocalProcess, type LocalProcessOptions, localCommand, startLocal } from '../helpers/local-deployment.ts';
import { beginRequest, makeEvent, sendBatch, trackPlayedTable } from '../helpers/local-events.ts';
import { parseJson, send } from '../helpers/local-http.ts';
import { hasProc, listeningAddresses, processesOfGroup } from '../helpers/local-machine.ts';
import { query, waitUntilIdle } from '../helpers/local-operator.ts';
import { makeScratchFolder, spawnChild, waitFor } from '../helpers/local-process.ts';

/** For a drain that ends by itself, however busy the machine is. */
const patient = ['--drain-seconds', '120'];

function scratchFolder(): string {
  const scratch = makeScratchFolder();
  onTestFinished(() => scratch.remove());
  return scratch.path;
}

/** Events that are acknowledged, and on their way when the signal comes. */
async function sendSome({ url }: LocalProcess): Promise<string[]> {
  const events = Array.from({ length: 500 }, () => makeEvent());
  expect((await sendBatch(url, { events })).status).toBe(200);
  return events.map((event) => event.id);
}

/** Rows of a data folder, read by another deployment after the first has gone. */
async function idsInFolder(dataFolder: string): Promise<string[]> {
  await using deployment = await startLocal({ dataFolder });
  const backlogAtStart = await waitUntilIdle(deployment);
  expect(backlogAtStart['rows']).toBe(0);
  const rows = await query(deployment, `SELECT event_id FROM events.${trackPlayedTable}`);
  return rows.map((row) => String(row['event_id'])).sort();
}

describe('a stop signal drains and exits 0', () => {
  it.each<NodeJS.Signals>(['SIGTERM', 'SIGINT'])('%s to node', async (signal) => {
    const dataFolder = scratchFolder();
    await using deployment = await startLocal({ dataFolder, flags: patient });
    const ids = await sendSome(deployment);
    deployment.child.signal(signal);
    expect(await deployment.child.exited).toEqual({ code: 0, signal: null });
    expect(deployment.output()).toMatch(/^stopping$/m);
    expect(await idsInFolder(dataFolder)).toEqual(ids.sort());
  });

  it.each<NodeJS.Signals>(['SIGTERM', 'SIGINT'])('%s to npm, and no process is left', async (signal) => {
    const dataFolder = scratchFolder();
    await using deployment = await startLocal({ dataFolder, flags: patient, throughNpm: true });
    const ids = await sendSome(deployment);
    const npm = deployment.child;
    if (hasProc) expect(processesOfGroup(npm.processId)).toContain(deployment.processId);
    npm.signal(signal);
    expect(await npm.exited).toEqual({ code: 0, signal: null });
    expect(isAlive(deployment.processId)).toBe(false);
    if (hasProc) expect(processesOfGroup(npm.processId)).toEqual([]);
    expect(await idsInFolder(dataFolder)).toEqual(ids.sort());
  });

  it('Ctrl-C, which a terminal sends to npm and node at once', async () => {
    await using deployment = await startLocal({ flags: [], throughNpm: true });
    await sendSome(deployment);
    const npm = deployment.child;
    process.kill(-npm.processId, 'SIGINT');
    expect(await npm.exited).toEqual({ code: 0, signal: null });
    expect(isAlive(deployment.processId)).toBe(false);
    expect(existsSync(deployment.dataFolder)).toBe(false);
  });
});

function isAlive(processId: number): boolean {
  try {
    process.kill(processId, 0);
    return true;
  } catch {
    return false;
  }
}

describe('a second signal', () => {
  const slowDrain: LocalProcessOptions = { flags: patient };

  it('a second later exits at once', async () => {
    await using deployment = await startLocal(slowDrain);
    await beginRequest(deployment.url, makeEvent()).then((unfinished) => unfinished.leave());
    deployment.child.signal('SIGTERM');
    // Of two signals that wait for the process only one comes, so the first has to be heard.
    await waitFor('the beginning of the drain', () => /^stopping$/m.test(deployment.output()) || undefined);
    await delay(1_100);
    expect(deployment.child.hasExited()).toBe(false);
    deployment.child.signal('SIGTERM');
    expect(await deployment.child.exited).toEqual({ code: 130, signal: null });
  });

  it('within a millisecond is the same wish: the drain goes on, and the request that it waits for is answered', async () => {
    await using deployment = await startLocal(slowDrain);
    const unfinished = await beginRequest(deployment.url, makeEvent());
    // Both come to it at once, whatever this process is kept from meanwhile.
    for (const signal of ['SIGSTOP', 'SIGINT', 'SIGTERM', 'SIGCONT'] as const) deployment.child.signal(signal);
    await delay(300);
    expect(deployment.child.hasExited()).toBe(false);
    expect(parseJson(await unfinished.finish())).toMatchObject({ accepted: 1 });
    expect(await deployment.child.exited).toEqual({ code: 0, signal: null });
  });
});

it('a drain ends after --drain-seconds, whatever a client does', async () => {
  const dataFolder = scratchFolder();
  await using deployment = await startLocal({ dataFolder, flags: ['--quiet', '--drain-seconds', '1'] });
  const ids = await sendSome(deployment);
  // A second may be too short for them; what is waited for is the client.
  await waitUntilIdle(deployment);
  await beginRequest(deployment.url, makeEvent()).then((unfinished) => unfinished.leave());
  expect(await deployment.stop()).toEqual({ code: 0, signal: null });
  expect(await idsInFolder(dataFolder)).toEqual(ids.sort());
});

describe('beside others', () => {
  let deployment: LocalProcess;
  let dataFolder: string;

  beforeAll(async () => {
    const scratch = makeScratchFolder();
    dataFolder = scratch.path;
    deployment = await startLocal({ dataFolder });
    return async () => {
      await deployment.stop();
      scratch.remove();
    };
  });

  it.skipIf(!hasProc)('every socket listens on 127.0.0.1 only (needs /proc)', () => {
    const addresses = listeningAddresses(deployment.processId);
    // Ingest, the operator's endpoint, and the functions that are pushed to.
    expect(addresses.length).toBeGreaterThanOrEqual(4);
    expect(new Set(addresses)).toEqual(new Set(['0100007F']));
  });

  it('no other address of this machine answers', async () => {
    const others = Object.values(networkInterfaces())
      .flatMap((addresses) => addresses ?? [])
      .filter(({ internal, family }) => !internal && family === 'IPv4');
    const { port } = new URL(deployment.url);
    for (const { address } of others) {
      await expect(send({ url: `http://${address}:${port}/health` })).rejects.toThrow('ECONNREFUSED');
    }
    expect((await send({ url: `${deployment.url}/health` })).status).toBe(200);
  });

  it('a second start on the same data folder says so in one line and exits 1', async () => {
    const { code, stdout, problem } = await startAgain({ dataFolder });
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(problem).toMatch(/^[^\n]+\n$/);
    expect(problem).toContain(dataFolder);
    expect((await sendBatch(deployment.url, { events: [makeEvent()] })).status).toBe(200);
  });

  it('a second start on the same port says so in one line and exits 1', async () => {
    const { port } = new URL(deployment.url);
    const { code, stdout, problem } = await startAgain({ port: Number(port) });
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(problem).toMatch(/^[^\n]+\n$/);
    expect(problem).toContain(port);
    expect((await sendBatch(deployment.url, { events: [makeEvent()] })).status).toBe(200);
  });

  async function startAgain(options: LocalProcessOptions) {
    const scratch = scratchFolder();
    const child = spawnChild({ ...localCommand(options), env: { XDG_RUNTIME_DIR: scratch, TMPDIR: scratch } });
    const { code } = await child.exited;
    return { code, stdout: child.stdout(), problem: child.stderr() };
  }
});
