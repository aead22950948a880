import { describe, expect, test } from 'vitest';
import { defaultPseudonymizeConfig, type PseudonymizeConfig } from '../../../functions/pseudonymize/config.ts';
import { makeSubjectKeys, type SubjectCiphers } from '../../../functions/pseudonymize/subject-keys.ts';
import { createManualClock } from '../../../shared/adapters/memory/manual-clock.ts';
import { createSeededRandom } from '../../../shared/adapters/memory/seeded-random.ts';
import { createMemorySubjectKeyRecords } from '../../../shared/adapters/memory/subject-key-records.ts';
import { makeAead } from '../../../shared/crypto/tink-aead.ts';
import { newAesGcmKeyset } from '../../../shared/crypto/tink-keyset.ts';
import { subjectKeyId } from '../../../shared/erasure/subject-key-id.ts';
import type { DataSubject } from '../../../shared/event-types/project.ts';
import type { SubjectKeyRecords } from '../../../shared/ports/subject-key-records.ts';
import { lookupKey } from '../../helpers/pseudonymize-world.ts';

const subject = (name: string, realm = 'customer') => ({ realm, subject: name });
const moment = { receivedAtMillis: 0, ownMicros: 0 };
const uses = (...subjects: DataSubject[]) =>
  subjects.map((one) => ({ moment, owners: [], personalValues: [{ subject: one }] }));

function keysWorld(config: Partial<PseudonymizeConfig> = {}) {
  const clock = createManualClock();
  const random = createSeededRandom(1);
  const master = makeAead(newAesGcmKeyset(random), random);
  const memory = createMemorySubjectKeyRecords();
  const reads: (readonly string[])[] = [];
  const created: string[] = [];
  const records: SubjectKeyRecords = {
    read: (ids) => {
      reads.push(ids);
      return memory.read(ids);
    },
    createMissing: (missing) => {
      created.push(...missing.map(({ id }) => id));
      return memory.createMissing(missing);
    },
  };
  const settings = { ...defaultPseudonymizeConfig, ...config };
  const makeKeys = () => makeSubjectKeys({ records, lookupKey, master, clock, random, config: settings });
  return { clock, memory, reads, created, makeKeys };
}

function encryptWith(ciphers: SubjectCiphers, of: DataSubject, value: string): string {
  const cipher = ciphers.of(of, moment);
  if (cipher.kind !== 'cipher') throw new Error(cipher.kind);
  return cipher.encrypt(value);
}

test('keys are found again by another instance', async () => {
  const { makeKeys, created } = keysWorld();
  const first = encryptWith(await makeKeys().obtain(uses(subject('a'))), subject('a'), 'x');
  expect(encryptWith(await makeKeys().obtain(uses(subject('a'))), subject('a'), 'x')).toBe(first);
  expect(created).toHaveLength(1);
});

test('one question for all subjects of a batch, each asked for once', async () => {
  const { makeKeys, reads } = keysWorld();
  await makeKeys().obtain(uses(subject('a'), subject('b'), subject('a'), subject('a', 'user')));
  expect(reads.map((ids) => new Set(ids).size)).toEqual([3]);
  expect(reads[0]).toHaveLength(3);
});

test('the id of a record tells neither realm nor subject', () => {
  const id = subjectKeyId(lookupKey, subject('alice@example.com'));
  expect(id).toMatch(/^[\w-]{27}$/);
  expect(subjectKeyId(lookupKey, subject('alice@example.com', 'user'))).not.toBe(id);
  expect(subjectKeyId(lookupKey, subject('b', 'a'))).not.toBe(subjectKeyId(lookupKey, subject('', 'ab')));
});

test('throws for a subject that was not asked for', async () => {
  const { makeKeys } = keysWorld();
  const ciphers = await makeKeys().obtain(uses(subject('a')));
  expect(() => ciphers.of(subject('b'), moment)).toThrow(/not obtained/);
  expect(() => ciphers.of(subject('a', 'user'), moment)).toThrow(/not obtained/);
});

test('a record that belongs to somebody else is not used', async () => {
  const { makeKeys, memory } = keysWorld();
  await makeKeys().obtain(uses(subject('a')));
  const [stolen] = await memory.read([subjectKeyId(lookupKey, subject('a'))]);
  if (stolen?.kind !== 'keyset') throw new Error('there is no key');
  const { encryptedKeyset } = stolen;
  await memory.createMissing([{ id: subjectKeyId(lookupKey, subject('b')), encryptedKeyset }]);
  const ciphers = await makeKeys().obtain(uses(subject('a'), subject('b')));
  expect(ciphers.of(subject('b'), moment)).toEqual({ kind: 'unreadable', problem: expect.any(String) });
  expect(ciphers.of(subject('a'), moment).kind).toBe('cipher');
});

describe('the cache', () => {
  test('asks again once a key is as old as an erasure may wait, used or not', async () => {
    const { makeKeys, clock, reads } = keysWorld({ keyCacheSeconds: 60 });
    const keys = makeKeys();
    await keys.obtain(uses(subject('a')));
    for (let second = 0; second < 59; second += 10) {
      clock.advance(second === 50 ? 9_999 : 10_000);
      await keys.obtain(uses(subject('a')));
    }
    expect(reads).toHaveLength(1);
    clock.advance(1);
    await keys.obtain(uses(subject('a')));
    expect(reads).toHaveLength(2);
  });

  test('gives a new key to a subject whose old one was destroyed', async () => {
    const clock = createManualClock();
    const [before, after] = [createMemorySubjectKeyRecords(), createMemorySubjectKeyRecords()];
    let store = before;
    const random = createSeededRandom(2);
    const keys = makeSubjectKeys({
      records: { read: (ids) => store.read(ids), createMissing: (missing) => store.createMissing(missing) },
      lookupKey,
      master: makeAead(newAesGcmKeyset(random), random),
      clock,
      random,
      config: defaultPseudonymizeConfig,
    });
    const pseudonym = async () => encryptWith(await keys.obtain(uses(subject('a'))), subject('a'), 'x');
    const old = await pseudonym();
    store = after;
    expect(await pseudonym()).toBe(old);
    clock.advance(defaultPseudonymizeConfig.keyCacheSeconds * 1_000);
    expect(await pseudonym()).not.toBe(old);
  });

  test('holds so many keys and no more: the least recently used goes', async () => {
    const { makeKeys, reads } = keysWorld({ maxCachedKeys: 2 });
    const keys = makeKeys();
    for (const name of ['a', 'b', 'a', 'c', 'a']) await keys.obtain(uses(subject(name)));
    expect(reads).toHaveLength(3);
    await keys.obtain(uses(subject('b')));
    expect(reads).toHaveLength(4);
  });

  test('serves a batch with more subjects than it can hold', async () => {
    const { makeKeys } = keysWorld({ maxCachedKeys: 2 });
    const subjects = ['a', 'b', 'c', 'd'].map((name) => subject(name));
    const ciphers = await makeKeys().obtain(uses(...subjects));
    expect(new Set(subjects.map((one) => encryptWith(ciphers, one, 'x'))).size).toBe(4);
  });

  test('remembers values up to a bound, with the same answer beyond it', async () => {
    const { makeKeys } = keysWorld({ maxRememberedValues: 1 });
    const ciphers = await makeKeys().obtain(uses(subject('a')));
    const values = ['x', 'y', 'x', 'y', ''];
    const [x, y, ...again] = values.map((value) => encryptWith(ciphers, subject('a'), value));
    expect(again.slice(0, 2)).toEqual([x, y]);
    expect(new Set([x, y, again[2]]).size).toBe(3);
  });
});
