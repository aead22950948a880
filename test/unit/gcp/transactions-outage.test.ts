import { expect, test } from 'vitest';
import { openTransactionalFirestore } from '../../../shared/adapters/gcp/firestore-transactions.ts';
import { createManualClock } from '../../../shared/adapters/memory/manual-clock.ts';
import { Unavailable } from '../../../shared/ports/unavailable.ts';
import { closedHost, listenInSilence } from './loopback.ts';

const path = 'registry/state';

/** Every request of a database, on a clock that the test owns. */
function open(emulatorHost: string) {
  const clock = createManualClock();
  const settings = { timeoutMillis: 2_000, rpcTimeoutMillis: 50 };
  const names = { dependency: 'registry' as const, projectId: 'edi', databaseId: 'registry' };
  const database = openTransactionalFirestore({ ...names, emulatorHost, clock, settings });
  const requests = [
    () => database.read([path]),
    () => database.transact(async (transaction) => transaction.read([path])),
    () => database.transact(async (transaction) => transaction.set(path, { version: 1 })),
    () => database.list('attempts', 10),
  ];
  return { clock, database, requests };
}

test.each([
  ['does not answer', async () => await listenInSilence()],
  ['refuses connections', async () => ({ host: await closedHost(), close: async () => undefined })],
])('every request rejects with Unavailable once its time is over while Firestore %s', async (_how, listen) => {
  const { host, close } = await listen();
  const { clock, database, requests } = open(host);
  const failures = requests.map((request) => request().catch((error: unknown) => error));
  clock.advance(2_000);
  for (const failure of await Promise.all(failures)) {
    expect(failure).toBeInstanceOf(Unavailable);
    expect(failure).toMatchObject({
      dependency: 'registry',
      message: 'Firestore did not do its work: DEADLINE_EXCEEDED',
    });
  }
  const closed = database.close();
  clock.advance(50);
  await closed;
  await close();
});

test('an error of what is done in a transaction is passed on as it is, and is not tried again', async () => {
  const { database } = open(await closedHost());
  const bug = new RangeError('too large');
  let times = 0;
  const work = async () => {
    times += 1;
    throw bug;
  };
  await expect(database.transact(work)).rejects.toBe(bug);
  expect(times).toBe(1);
});

test('a database that was closed rejects at once', async () => {
  const { database, requests } = open(await closedHost());
  await database.close();
  for (const request of requests) await expect(request()).rejects.toThrow(Unavailable);
});

test('a database that was never used closes without a connection', async () => {
  const { database } = open(await closedHost());
  await expect(database.close()).resolves.toBeUndefined();
});
