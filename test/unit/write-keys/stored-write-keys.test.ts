import { beforeEach, expect, test } from 'vitest';
import { createManualClock, type ManualClock } from '../../../shared/adapters/memory/manual-clock.ts';
import { createSeededRandom } from '../../../shared/adapters/memory/seeded-random.ts';
import { createMemoryWriteKeyRecords } from '../../../shared/adapters/memory/write-key-records.ts';
import { Unavailable } from '../../../shared/ports/unavailable.ts';
import type { WriteKeyRecords } from '../../../shared/ports/write-key-records.ts';
import type { WriteKeys } from '../../../shared/ports/write-keys.ts';
import { makeStoredWriteKeys } from '../../../shared/write-keys/stored-write-keys.ts';
import { type NewWriteKey, newWriteKey } from '../../../shared/write-keys/write-key.ts';

const random = createSeededRandom(3);
const settings = { maxStalenessSeconds: 10, maxOutageStalenessSeconds: 60, maxCachedKeys: 3 };
let clock: ManualClock;
let records: WriteKeyRecords;
let writeKeys: WriteKeys;
let lookUps: number;
let down: boolean;

beforeEach(() => {
  clock = createManualClock();
  lookUps = 0;
  down = false;
  records = createMemoryWriteKeyRecords({
    gate(operation) {
      if (operation === 'find') lookUps += 1;
      if (down) throw new Unavailable('write-keys', 'down');
    },
  });
  writeKeys = makeStoredWriteKeys({ records, clock, settings });
});

async function create(sdk: string): Promise<NewWriteKey> {
  const key = newWriteKey('test', random);
  await records.create({ ...key.identity, sdk, createdAtMillis: clock.nowMillis() });
  return key;
}

test('a stored key sends as its SDK; others are unknown, and nonsense is without a look-up', async () => {
  const { writeKey } = await create('web');
  expect(await writeKeys.find(writeKey)).toEqual({ kind: 'sdk', sdk: 'web' });
  expect(await writeKeys.find(newWriteKey('test', random).writeKey)).toEqual({ kind: 'unknown' });
  expect(lookUps).toBe(2);
  expect(await writeKeys.find('edi_test_nonsense')).toEqual({ kind: 'unknown' });
  expect(lookUps).toBe(2);
});

test('a key whose id is right and whose hash is not is unknown', async () => {
  const { writeKey, identity } = newWriteKey('test', random);
  await records.create({ ...identity, hash: 'f'.repeat(64), sdk: 'web', createdAtMillis: 0 });
  expect(await writeKeys.find(writeKey)).toEqual({ kind: 'unknown' });
});

test('a revoked key is refused within the stated seconds, and is looked up once meanwhile', async () => {
  const { writeKey, identity } = await create('web');
  await writeKeys.find(writeKey);
  await records.revoke(identity.keyId, clock.nowMillis());
  clock.advance(9_999);
  expect(await writeKeys.find(writeKey)).toEqual({ kind: 'sdk', sdk: 'web' });
  expect(lookUps).toBe(1);
  clock.advance(1);
  expect(await writeKeys.find(writeKey)).toEqual({ kind: 'unknown' });
  clock.advance(5_000);
  expect(await writeKeys.find(writeKey)).toEqual({ kind: 'unknown' });
  expect(lookUps).toBe(2);
});

test('a key that is made after it was refused is taken within the stated seconds', async () => {
  const { writeKey, identity } = newWriteKey('test', random);
  expect(await writeKeys.find(writeKey)).toEqual({ kind: 'unknown' });
  await records.create({ ...identity, sdk: 'web', createdAtMillis: 0 });
  expect(await writeKeys.find(writeKey)).toEqual({ kind: 'unknown' });
  clock.advance(10_000);
  expect(await writeKeys.find(writeKey)).toEqual({ kind: 'sdk', sdk: 'web' });
});

test('look-ups of one key that come together are one', async () => {
  const { writeKey } = await create('web');
  await Promise.all(Array.from({ length: 20 }, () => writeKeys.find(writeKey)));
  expect(lookUps).toBe(1);
});

test('guesses push no good key out, and of good keys the one that was used longest ago goes', async () => {
  const keys = await Promise.all(['a', 'b', 'c', 'd'].map((sdk) => create(sdk)));
  const [a = '', b = '', c = '', d = ''] = keys.map((key) => key.writeKey);
  for (const key of [a, b, c]) await writeKeys.find(key);
  for (let guess = 0; guess < 10; guess += 1) await writeKeys.find(newWriteKey('test', random).writeKey);
  lookUps = 0;
  for (const key of [c, b, a]) await writeKeys.find(key);
  expect(lookUps).toBe(0);
  await writeKeys.find(d);
  await writeKeys.find(a);
  expect(lookUps).toBe(1);
  await writeKeys.find(c);
  expect(lookUps).toBe(2);
});

test('in an outage a good key goes on for its bound, asking once in a while, and others cannot be known', async () => {
  const { writeKey } = await create('web');
  await writeKeys.find(writeKey);
  down = true;
  lookUps = 0;
  for (let second = 10; second <= 60; second += 5) {
    clock.advance(second === 10 ? 10_000 : 5_000);
    expect(await writeKeys.find(writeKey)).toEqual({ kind: 'sdk', sdk: 'web' });
  }
  expect(lookUps).toBe(6);
  clock.advance(10_001);
  await expect(writeKeys.find(writeKey)).rejects.toThrow(Unavailable);
  await expect(writeKeys.find(newWriteKey('test', random).writeKey)).rejects.toThrow(Unavailable);
  down = false;
  expect(await writeKeys.find(writeKey)).toEqual({ kind: 'sdk', sdk: 'web' });
});

test('a key that was revoked before an outage does not come back in it', async () => {
  const { writeKey, identity } = await create('web');
  await writeKeys.find(writeKey);
  await records.revoke(identity.keyId, clock.nowMillis());
  clock.advance(10_000);
  await writeKeys.find(writeKey);
  down = true;
  clock.advance(10_000);
  await expect(writeKeys.find(writeKey)).rejects.toThrow(Unavailable);
});

test('a bug in the storage is not taken for an outage', async () => {
  const broken = { ...records, find: async () => Promise.reject(new TypeError('bug')) };
  const { writeKey } = await create('web');
  await expect(makeStoredWriteKeys({ records: broken, clock, settings }).find(writeKey)).rejects.toThrow(TypeError);
});
