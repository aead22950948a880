import { expect, test } from 'vitest';
import { openFirestore } from '../../../shared/adapters/gcp/firestore-client.ts';
import type { Clock } from '../../../shared/ports/clock.ts';
import { Unavailable } from '../../../shared/ports/unavailable.ts';
import { closedHost, listenInSilence } from './loopback.ts';

const path = 'claims/kjane';
const write = { path, fields: {}, expected: 'absent' };

/** A clock whose timers run at once and are remembered. */
function eagerClock(delaysMillis: number[]): Clock {
  return {
    nowMillis: () => 0,
    after(delayMillis, task) {
      delaysMillis.push(delayMillis);
      const timer = setImmediate(task);
      return () => clearImmediate(timer);
    },
  };
}

test('every request rejects with Unavailable while Firestore does not answer, and is not tried again', async () => {
  const silent = await listenInSilence();
  const delays: number[] = [];
  const database = openFirestore({
    dependency: 'claim-documents',
    projectId: 'edi',
    databaseId: 'claims',
    emulatorHost: silent.host,
    settings: { rpcTimeoutMillis: 50 },
    clock: eagerClock(delays),
  });
  const requests = [
    () => database.read([path]),
    () => database.writeEach([write]),
    () => database.commit([write]),
    () => database.list('claims', 10),
  ];
  for (const request of requests) {
    const failure = await request().catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(Unavailable);
    expect(failure).toMatchObject({
      dependency: 'claim-documents',
      message: 'Firestore did not do its work: DEADLINE_EXCEEDED',
    });
  }
  expect(delays).toEqual([]);
  await database.close();
  await silent.close();
});

test('a request that is turned away is tried again a bounded number of times', async () => {
  const delays: number[] = [];
  const database = openFirestore({
    dependency: 'registry',
    projectId: 'edi',
    databaseId: 'registry',
    emulatorHost: await closedHost(),
    settings: { maxAttempts: 4, retryDelayMillis: 10 },
    clock: eagerClock(delays),
  });
  await expect(database.read([path])).rejects.toThrow('Firestore did not do its work: UNAVAILABLE');
  await expect(database.writeEach([write])).rejects.toThrow(Unavailable);
  expect(delays).toEqual([10, 20, 40, 10, 20, 40]);
  await database.close();
});

test('a database that was never used closes without a connection', async () => {
  const database = openFirestore({ dependency: 'registry', projectId: 'edi', databaseId: 'registry' });
  await expect(database.close()).resolves.toBeUndefined();
});
