import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createManualClock } from '../../../shared/adapters/memory/manual-clock.ts';
import { createMemoryPublisher } from '../../../shared/adapters/memory/publisher.ts';
import { createSeededRandom } from '../../../shared/adapters/memory/seeded-random.ts';
import { importHashKey } from '../../../shared/crypto/keyed-hash.ts';
import { generateSealedBoxKeyPair } from '../../../shared/crypto/sealed-box.ts';
import type { JsonObject } from '../../../shared/event/json.ts';
import type { QuarantinedEvent } from '../../../shared/ports/quarantine.ts';
import type { QuarantineRecord } from '../../../shared/ports/quarantine-records.ts';
import { Unavailable } from '../../../shared/ports/unavailable.ts';
import { quarantineColumns, quarantinePartitionColumn } from '../../../shared/quarantine/quarantine-columns.ts';
import { makeEncryptedQuarantine, openQuarantined } from '../../../shared/quarantine/quarantine-record.ts';
import { quarantinedText, quarantineRecordOf } from '../../helpers/quarantine-records.ts';

const random = createSeededRandom(1);
const { publicKey, privateKey } = generateSealedBoxKeyPair(random);
const recordKey = importHashKey(Buffer.alloc(32, 5));
const keptAtMillis = Date.UTC(2026, 0, 2);
const event: QuarantinedEvent = {
  seal: '0190c1f0-1234-7000-8000-00000000000a',
  sequence: 3,
  events: 1,
  receivedAtMillis: Date.UTC(2026, 0, 1),
  sentAtMillis: Date.UTC(2025, 11, 31, 23, 59, 58, 7),
  sdk: 'web',
  reason: 'schema',
  errors: [{ path: '/data/people/*', keyword: 'type' }],
  type: 'shop.order.v1',
  stage: 'ingest',
  provenSubjects: [],
  payload: Buffer.from('{"data":"alice@example.com"}'),
};

/** A quarantine and the rows that it has published. */
function quarantineWorld(key = recordKey) {
  const clock = createManualClock(keptAtMillis);
  const publisher = createMemoryPublisher();
  const quarantine = makeEncryptedQuarantine({
    publisher,
    topic: 'quarantine',
    publicKey,
    recordKey: key,
    clock,
    random,
  });
  const rows = (): JsonObject[] =>
    publisher.messagesOf('quarantine').map(({ data }) => JSON.parse(Buffer.from(data).toString('utf8')));
  return { clock, publisher, quarantine, rows };
}

async function rowsOf(events: readonly QuarantinedEvent[], key = recordKey): Promise<JsonObject[]> {
  const { quarantine, rows } = quarantineWorld(key);
  await quarantine.keep(events);
  return rows();
}

async function recordOf(kept: QuarantinedEvent): Promise<QuarantineRecord> {
  const [row = {}] = await rowsOf([kept]);
  return quarantineRecordOf(row);
}

test('19: a record has its final form: a row of its table, in the clear but for the payload', async () => {
  const [row] = await rowsOf([event]);
  expect(row).toEqual({
    // Of the key, the SDK and the bytes: another would tell resends of what is kept from one another.
    record_key: 'owYqVN3SGtGG42o0p-d-vQ',
    seal: event.seal,
    sequence: 3,
    events: 1,
    kept_time: '2026-01-02T00:00:00.000000Z',
    received_time: '2026-01-01T00:00:00.000000Z',
    sent_at: '2025-12-31T23:59:58.007000Z',
    sdk: 'web',
    stage: 'ingest',
    reason: 'schema',
    type: 'shop.order.v1',
    errors: [{ path: '/data/people/*', keyword: 'type' }],
    enc: expect.stringMatching(/^[\w+/]{43}=$/),
    enc_sequence: 0,
    payload: expect.stringMatching(/^[\w+/]+=*$/),
  });
  expect(JSON.stringify(row)).not.toContain('alice');
  expect(quarantinePartitionColumn).toBe('kept_time');
});

test('events that are kept together have the identity key that each would have alone', async () => {
  const [one, other] = ['a', 'b'].map((id) => ({ source: 's', id, timeMicros: 5 }));
  const alone = async (changes: Partial<QuarantinedEvent>) =>
    (await rowsOf([{ ...event, ...changes }]))[0]?.['identity_key'];
  const [a, b] = [
    await alone({ ...(one ? { identity: one } : {}) }),
    await alone({ ...(other ? { identity: other } : {}) }),
  ];
  expect(a).toMatch(/^[\w-]{22}$/);
  const [row] = await rowsOf([{ ...event, events: 4, identities: [one, undefined, other, one] }]);
  expect(row).toMatchObject({ identity_keys: `${a}${'.'.repeat(22)}${b}${a}` });
  expect(row).not.toHaveProperty('identity_key');
  const [others] = await rowsOf([{ ...event, sdk: 'phone', events: 2, identities: [one, other] }]);
  expect(String(others?.['identity_keys'])).not.toContain(String(a));
});

test('a row has every required column and none that the table has not', async () => {
  const { sdk: _sdk, type: _type, ...least } = event;
  for (const row of await rowsOf([event, least])) {
    const names = Object.keys(row);
    expect(quarantineColumns.map(({ name }) => name)).toEqual(expect.arrayContaining(names));
    for (const column of quarantineColumns) if (column.mode === 'REQUIRED') expect(names).toContain(column.name);
  }
});

test('19: the record key is of the SDK and the bytes, the same on every attempt, and of nothing else', async () => {
  const keyOf = async (changes: Partial<QuarantinedEvent>) => (await recordOf({ ...event, ...changes })).recordKey;
  const key = await keyOf({});
  expect(key).toMatch(/^[\w-]{22}$/);
  const { sdk: _sdk, sentAtMillis: _sentAt, ...noSdk } = event;
  const again = {
    seal: '0190c1f0-1234-7000-8000-00000000000b',
    sequence: 0,
    receivedAtMillis: 5,
    reason: 'mapping',
    stage: 'pseudonymize',
  } as const;
  expect(await keyOf(again)).toBe(key);
  const others = [
    await keyOf({ sdk: 'phone' }),
    await keyOf({ payload: Buffer.from('{"data":"alice@example.com" }') }),
    (await recordOf(noSdk)).recordKey,
    (await recordOf({ ...noSdk, sdk: '' })).recordKey,
    (await rowsOf([event], importHashKey(Buffer.alloc(32, 6))))[0]?.['record_key'],
  ];
  expect(new Set([key, ...others]).size).toBe(others.length + 1);
});

test('19: a box opens only with all that a replay trusts as it was', async () => {
  const record = await recordOf(event);
  const { sdk: _sdk, sentAtMillis: _sentAt, type: _type, ...without } = record;
  const { seal, receivedAtMillis, sentAtMillis, type, sdk, recordKey: key, enc, encSequence, payload } = record;
  const all = { ...without, sdk: 'web', sentAtMillis: Number(sentAtMillis), type: 'shop.order.v1' };
  expect(Buffer.from(openQuarantined(privateKey, all)?.payload ?? []).toString()).toBe(event.payload.toString());
  const { sdk: _1, ...noSdk } = all;
  const { sentAtMillis: _2, ...noSentAt } = all;
  const { type: _3, ...noType } = all;
  const changed: readonly QuarantineRecord[] = [
    { ...all, recordKey: `${key.slice(1)}A` },
    { ...all, seal: seal.replace('a', 'b') },
    { ...all, sdk: 'phone' },
    noSdk,
    { ...all, sdk: '' },
    { ...all, receivedAtMillis: receivedAtMillis + 1 },
    { ...all, sentAtMillis: Number(sentAtMillis) + 1 },
    noSentAt,
    { ...all, type: 'shop.visit.v1' },
    noType,
    { ...all, sdk: String(type), type: String(sdk) },
    { ...all, enc: enc.replace(/^./, (first) => (first === 'A' ? 'B' : 'A')) },
    { ...all, encSequence: encSequence + 1 },
    { ...all, payload: payload.slice(4) },
    { ...all, payload: 'AAAA' },
    { ...all, enc: '' },
  ];
  for (const record of changed) expect(openQuarantined(privateKey, record)).toBeUndefined();
  expect(openQuarantined(generateSealedBoxKeyPair(random).privateKey, all)).toBeUndefined();
});

test('19: whom the request proved to speak for is in the box, and nowhere beside it', async () => {
  const provenSubjects = [
    { realm: 'customer', subject: 'alice "1"' },
    { realm: 'staff', subject: 'Bob' },
  ];
  const [row = {}] = await rowsOf([{ ...event, provenSubjects }]);
  expect(openQuarantined(privateKey, quarantineRecordOf(row))).toMatchObject({ provenSubjects });
  expect(JSON.stringify(row)).not.toMatch(/alice|Bob/);
  expect(openQuarantined(privateKey, await recordOf(event))).toMatchObject({ provenSubjects: [] });
});

test('19: a time of sending that no table takes is left out; every other is kept to the millisecond', async () => {
  for (const sentAtMillis of [999_999_999_999_999, -99_999_999_999_999]) {
    const [row = {}] = await rowsOf([{ ...event, sentAtMillis }]);
    expect(row).not.toHaveProperty('sent_at');
    expect(quarantinedText(privateKey, row)).toBe(event.payload.toString());
  }
  const millis = fc.integer({ min: Date.parse('0001-01-01T00:00:00Z'), max: Date.parse('9999-12-31T23:59:59.999Z') });
  await fc.assert(
    fc.asyncProperty(millis, async (sentAtMillis) => {
      expect(await recordOf({ ...event, sentAtMillis })).toMatchObject({ sentAtMillis });
    }),
    { numRuns: 50 },
  );
});

test('9: records of one call share an encapsulation, and each opens alone', async () => {
  const rows = await rowsOf(Array.from({ length: 50 }, (_, at) => ({ ...event, payload: Buffer.from(`{"n":${at}}`) })));
  expect(new Set(rows.map(({ enc }) => enc)).size).toBe(1);
  expect(rows.map((row) => row['enc_sequence'])).toEqual(rows.map((_, at) => at));
  for (const [at, row] of [...rows.entries()].reverse()) expect(quarantinedText(privateKey, row)).toBe(`{"n":${at}}`);
});

test('9: so do those of calls within a second, and those after it have another', async () => {
  const { clock, quarantine, rows } = quarantineWorld();
  for (const _ of [1, 2]) await quarantine.keep([event]);
  clock.advance(1_000);
  await quarantine.keep([event]);
  const [first, second, third] = rows();
  expect([first?.['enc_sequence'], second?.['enc_sequence'], third?.['enc_sequence']]).toEqual([0, 1, 0]);
  expect(second?.['enc']).toBe(first?.['enc']);
  expect(third?.['enc']).not.toBe(first?.['enc']);
  for (const row of rows()) expect(quarantinedText(privateKey, row)).toBe(event.payload.toString());
});

test('rejects when the records are not known to be stored', async () => {
  const { publisher, quarantine } = quarantineWorld();
  publisher.failNext(1, 'stored');
  await expect(quarantine.keep([event])).rejects.toThrow(Unavailable);
});
