import { beforeEach, expect, test } from 'vitest';
import { createManualClock, type ManualClock } from '../../../shared/adapters/memory/manual-clock.ts';
import { createSeededRandom } from '../../../shared/adapters/memory/seeded-random.ts';
import { createMemoryWriteKeyRecords } from '../../../shared/adapters/memory/write-key-records.ts';
import type { WriteKeyRecords } from '../../../shared/ports/write-key-records.ts';
import type { WriteKeys } from '../../../shared/ports/write-keys.ts';
import { type KeyAdmin, makeKeyAdmin } from '../../../shared/write-keys/key-admin.ts';
import { makeStoredWriteKeys } from '../../../shared/write-keys/stored-write-keys.ts';

let clock: ManualClock;
let records: WriteKeyRecords;
let admin: KeyAdmin;
let writeKeys: WriteKeys;

beforeEach(() => {
  clock = createManualClock();
  records = createMemoryWriteKeyRecords();
  const random = createSeededRandom(5);
  admin = makeKeyAdmin({ records, readSdks: async () => ['ios', 'web'], environment: 'staging', clock, random });
  writeKeys = makeStoredWriteKeys({ records, clock });
});

async function create(sdk: string) {
  const outcome = await admin.create(sdk);
  if (outcome.kind !== 'created') throw new Error('the SDK is known');
  return outcome;
}

test('a created key is accepted at once, for its SDK, and names its environment', async () => {
  const { keyId, sdk, writeKey } = await create('web');
  expect(sdk).toBe('web');
  expect(writeKey).toMatch(/^edi_staging_/);
  expect(await writeKeys.find(writeKey)).toEqual({ kind: 'sdk', sdk: 'web' });
  expect(await admin.list()).toEqual([{ keyId, sdk: 'web', createdAtMillis: clock.nowMillis() }]);
});

test('what is stored is enough to recognise a key, and not enough to send with it', async () => {
  const { writeKey } = await create('ios');
  expect(JSON.stringify(await records.list())).not.toContain(writeKey.slice(-43));
  expect(JSON.stringify(await admin.list())).not.toContain(writeKey.slice(-43));
});

test('an SDK without a binding gets no key, and is told which there are', async () => {
  for (const sdk of ['', 'IOS', 'ios ', '__proto__']) {
    expect(await admin.create(sdk)).toEqual({ kind: 'unknown-sdk', sdks: ['ios', 'web'] });
  }
  expect(await admin.list()).toEqual([]);
});

test('a revoked key is refused when the seconds that were told are over, and stays listed', async () => {
  const { keyId, writeKey } = await create('ios');
  const other = await create('ios');
  await writeKeys.find(writeKey);
  clock.advance(1_000);
  const revokedAtMillis = clock.nowMillis();
  const { kind, refusedWithinSeconds } = await admin.revoke(keyId);
  expect(kind).toBe('revoked');
  clock.advance(refusedWithinSeconds * 1_000);
  expect(await writeKeys.find(writeKey)).toEqual({ kind: 'unknown' });
  expect(await writeKeys.find(other.writeKey)).toEqual({ kind: 'sdk', sdk: 'ios' });
  expect((await admin.revoke(keyId)).kind).toBe('already-revoked');
  expect((await admin.list()).find((key) => key.keyId === keyId)).toMatchObject({ revokedAtMillis });
});

test('only an id can be revoked', async () => {
  const { keyId, writeKey } = await create('ios');
  for (const text of [writeKey, '', keyId.toUpperCase(), `${keyId}/x`, '0123456789abcdef']) {
    expect((await admin.revoke(text)).kind, text.length.toString()).toBe('unknown');
  }
  expect(await writeKeys.find(writeKey)).toEqual({ kind: 'sdk', sdk: 'ios' });
});
