import { describe, expect, test } from 'vitest';
import type { JsonObject } from '../../../shared/event/json.ts';
import { formatMicros } from '../../../shared/event/time.ts';
import type {
  QuarantineCursor,
  QuarantineFilter,
  QuarantineRecord,
  QuarantineRecords,
} from '../../../shared/ports/quarantine-records.ts';

/** Opens the tables with these rows. */
type OpenTables = (rows: readonly JsonObject[], replayed: readonly JsonObject[]) => Promise<QuarantineRecords>;

export interface Row {
  readonly seal: string;
  readonly payload?: string;
  readonly reason?: string;
  readonly type?: string;
  readonly sdk?: string;
  readonly receivedAtMillis?: number;
  readonly keptAtMillis?: number;
  readonly record_key?: string;
  readonly identity_key?: string;
  readonly identity_keys?: string;
  readonly events?: number;
  readonly sent_at?: string;
  readonly errors?: { readonly path: string; readonly keyword: string }[];
}

const atMillis = Date.UTC(2026, 0, 1, 0, 0, 0, 123);
const timeOf = (millis: number) => formatMicros(millis * 1_000);

export function quarantineRow({
  receivedAtMillis = atMillis,
  keptAtMillis = receivedAtMillis,
  ...row
}: Row): JsonObject {
  return {
    record_key: `key-of-${row.seal}-${row.payload ?? ''}`.replaceAll('=', ''),
    sequence: 0,
    events: 1,
    kept_time: timeOf(keptAtMillis),
    received_time: timeOf(receivedAtMillis),
    enc: 'ZW5j',
    enc_sequence: 7,
    reason: 'unknown-type',
    stage: 'ingest',
    errors: [],
    payload: 'cGF5bG9hZA==',
    ...row,
  };
}

export async function readAll(records: QuarantineRecords, filter: QuarantineFilter = {}, after?: QuarantineCursor) {
  const read: QuarantineRecord[] = [];
  for await (const page of records.read(filter, after)) {
    expect(page.length).toBeGreaterThan(0);
    read.push(...page);
  }
  return read;
}

/** What every reader of the quarantine's table promises. */
export function quarantineRecordsContract(name: string, open: OpenTables): void {
  const recordsOf = (rows: readonly Row[], replayed: readonly string[] = []) =>
    open(
      rows.map(quarantineRow),
      replayed.map((record_key) => ({ record_key, replayed_time: timeOf(atMillis), run: 'r' })),
    );
  const unknown = { reason: 'unknown-type' };

  describe(`quarantine records: ${name}`, () => {
    test('a record is what was stored, once however often its row is there', async () => {
      const row = { seal: 's-1', sdk: 'web', type: 'shop.order.v1' };
      const records = await recordsOf([row, row]);
      expect(await readAll(records, unknown)).toEqual([
        {
          ...row,
          reason: 'unknown-type',
          receivedAtMillis: atMillis,
          keptAtMillis: atMillis,
          payload: 'cGF5bG9hZA==',
          recordKey: 'key-of-s-1-',
          superseded: false,
          enc: 'ZW5j',
          encSequence: 7,
        },
      ]);
      expect(await records.groups({})).toEqual([
        {
          ...unknown,
          type: 'shop.order.v1',
          records: 1,
          replayed: 0,
          occurrences: 1,
          events: 1,
          oldestMillis: atMillis,
          newestMillis: atMillis,
          faults: 0,
        },
      ]);
    });

    test('records without SDK and type; two of a seal are two; several events say how many', async () => {
      const records = await recordsOf([
        { seal: 's-1', payload: 'YQ==' },
        { seal: 's-1', payload: 'Yg==', events: 3 },
      ]);
      const read = await readAll(records, unknown);
      expect(new Set(read.map(({ recordKey }) => recordKey)).size).toBe(2);
      expect(read.every((record) => !('sdk' in record) && !('type' in record))).toBe(true);
      expect(read.map(({ events }) => events)).toEqual([undefined, 3]);
      expect(await records.groups({})).toMatchObject([{ records: 2, events: 4 }]);
    });

    test('one record under several seals is there once, as it first came, and its occurrences are counted', async () => {
      const again = { record_key: 'same-bytes' };
      const records = await recordsOf([
        { seal: 'b', receivedAtMillis: atMillis + 1, ...again },
        { seal: 'c', receivedAtMillis: atMillis + 2, reason: 'schema', ...again },
        { seal: 'a', ...again },
        { seal: 'a', keptAtMillis: atMillis + 9, ...again },
        { seal: 'd', record_key: 'others' },
      ]);
      const keysOf = (page: readonly QuarantineRecord[]) => page.map(({ seal, recordKey }) => [seal, recordKey]);
      expect(keysOf(await readAll(records))).toEqual([
        ['a', 'same-bytes'],
        ['d', 'others'],
      ]);
      expect(await readAll(records, { reason: 'schema' })).toEqual([]);
      expect(await records.groups({})).toMatchObject([{ ...unknown, records: 2, occurrences: 4 }]);
    });

    test('of the records of one identity all but the newest are superseded, whatever their reasons', async () => {
      const of = { identity_key: 'event' };
      const records = await recordsOf([
        { seal: 'a', ...of },
        { seal: 'b', receivedAtMillis: atMillis + 2, reason: 'schema', ...of },
        { seal: 'c', receivedAtMillis: atMillis + 1, ...of },
        // The first was sent again after it was corrected: it is still the older attempt.
        { seal: 'd', record_key: 'key-of-a-', receivedAtMillis: atMillis + 3, ...of },
        { seal: 'e', identity_key: 'other' },
        { seal: 'f' },
        { seal: 'g' },
      ]);
      const superseded = (await readAll(records)).map(({ seal, superseded: is }) => [seal, is]);
      expect(superseded).toEqual([
        ['a', true],
        ['b', false],
        ['c', true],
        ['e', false],
        ['f', false],
        ['g', false],
      ]);
      expect((await readAll(records, unknown))[0]).toMatchObject({ seal: 'a', superseded: true });
    });

    test('of events that are kept together those are superseded that a newer record holds, alone or with others', async () => {
      const key = (name: string) => name.padEnd(22, '_');
      const none = '.'.repeat(22);
      const together = (...names: string[]) => ({
        identity_keys: names.map((name) => (name === '' ? none : key(name))).join(''),
        events: names.length,
      });
      const records = await recordsOf([
        { seal: 'a', ...together('one', 'two', '', 'one', 'three') },
        { seal: 'b', receivedAtMillis: atMillis + 1, identity_key: key('one') },
        { seal: 'c', receivedAtMillis: atMillis + 2, ...together('', 'three', 'four') },
        { seal: 'd', receivedAtMillis: atMillis - 1, identity_key: key('two') },
        { seal: 'e', receivedAtMillis: atMillis - 1, ...together('four', 'three') },
        { seal: 'f', receivedAtMillis: atMillis - 2, ...together('', '') },
      ]);
      const told = (await readAll(records)).map(({ seal, superseded, supersededAt }) => [
        seal,
        superseded,
        supersededAt,
      ]);
      expect(told).toEqual([
        ['a', false, [0, 3, 4]],
        ['b', false, undefined],
        ['c', false, undefined],
        ['d', true, undefined],
        ['e', true, [0, 1]],
        ['f', false, undefined],
      ]);
    });

    test('as many events as a batch holds are told apart', async () => {
      const keys = Array.from({ length: 1_024 }, (_, at) => `k${at}`.padEnd(22, '_'));
      const records = await recordsOf([
        { seal: 'a', events: keys.length, identity_keys: keys.join('') },
        ...[31, 32, 1_023].map((at) => ({
          seal: `b-${at}`,
          receivedAtMillis: atMillis + 1,
          identity_key: keys[at] ?? '',
        })),
      ]);
      expect((await readAll(records))[0]).toMatchObject({ superseded: false, supersededAt: [31, 32, 1_023] });
    });

    test('the time of sending is what the client said, to the millisecond', async () => {
      const records = await recordsOf([
        { seal: 'a', record_key: 'x', sent_at: '0001-01-01T00:00:00.001000Z' },
        { seal: 'a', record_key: 'y', sent_at: '9999-12-31T23:59:59.999000Z' },
      ]);
      expect((await readAll(records)).map(({ sentAtMillis }) => sentAtMillis)).toEqual([
        Date.parse('0001-01-01T00:00:00.001Z'),
        Date.UTC(9999, 11, 31, 23, 59, 59, 999),
      ]);
    });

    test('by seal and key, from after the cursor on, in as many pages as it takes', async () => {
      const count = 60;
      const rows = Array.from({ length: count }, (_, at) => ({
        seal: `s-${String(at % 20).padStart(2, '0')}`,
        record_key: `k-${String(at).padStart(2, '0')}`,
      }));
      const records = await recordsOf(rows.toReversed());
      const all = (await readAll(records)).map(({ seal, recordKey }) => `${seal} ${recordKey}`);
      expect(all).toEqual(rows.map(({ seal, record_key }) => `${seal} ${record_key}`).sort());
      const rest = await readAll(records, {}, { seal: 's-18', recordKey: 'k-38' });
      expect(rest.map(({ recordKey }) => recordKey)).toEqual(['k-58', 'k-19', 'k-39', 'k-59']);
      expect(await readAll(records, {}, { seal: 's-19', recordKey: 'k-59' })).toEqual([]);
    });

    test('a record of any size is read, and those beside it', async () => {
      const payload = 'x'.repeat(3_000_000);
      const records = await recordsOf(['a', 'b', 'c', 'd', 'e'].map((seal) => ({ seal, record_key: seal, payload })));
      expect((await readAll(records)).map((record) => record.payload.length)).toEqual(Array(5).fill(3_000_000));
    });

    test('filters by reason, type, key and time of keeping, quotes included', async () => {
      const records = await recordsOf([
        { seal: 'a', type: 'shop.order.v1' },
        { seal: 'b', type: 'shop.visit.v1', keptAtMillis: atMillis + 10 },
        { seal: 'c', type: 'shop.order.v1', reason: 'schema', keptAtMillis: atMillis + 20 },
      ]);
      const sealsOf = async (filter: QuarantineFilter) => (await readAll(records, filter)).map(({ seal }) => seal);
      expect(await sealsOf({ reason: 'unknown-type' })).toEqual(['a', 'b']);
      expect(await sealsOf({ reason: 'unknown-type', type: 'shop.visit.v1' })).toEqual(['b']);
      expect(await sealsOf({ reason: 'schema' })).toEqual(['c']);
      expect(await sealsOf({ reason: "x' OR 'a' = 'a" })).toEqual([]);
      expect(await sealsOf({ recordKey: 'key-of-b-' })).toEqual(['b']);
      expect(await sealsOf({ keptFromMillis: atMillis + 10 })).toEqual(['b', 'c']);
      expect(await sealsOf({ keptToMillis: atMillis + 10 })).toEqual(['a']);
      expect(await sealsOf({ keptFromMillis: atMillis + 1, keptToMillis: atMillis + 20 })).toEqual(['b']);
    });

    test('groups count records by reason and type, with the oldest and the newest, and what was replayed', async () => {
      const records = await recordsOf(
        [
          { seal: 'a', type: 'shop.order.v1' },
          { seal: 'b', type: 'shop.order.v1', receivedAtMillis: atMillis + 5 },
          { seal: 'c', reason: 'envelope' },
        ],
        ['key-of-a-', 'key-of-a-', 'expired-long-ago'],
      );
      const common = { occurrences: 1, events: 1, oldestMillis: atMillis, newestMillis: atMillis, faults: 0 };
      const newestMillis = atMillis + 5;
      expect(await records.groups({})).toEqual([
        { ...common, reason: 'envelope', records: 1, replayed: 0 },
        {
          ...common,
          ...unknown,
          type: 'shop.order.v1',
          records: 2,
          replayed: 1,
          occurrences: 2,
          events: 2,
          newestMillis,
        },
      ]);
    });

    test('groups tell one fault of their records, and how many different ones there are', async () => {
      const errors = (path: string, keyword: string) => ({
        errors: [
          { path, keyword },
          { path: '', keyword: 'a' },
        ],
      });
      const records = await recordsOf([
        { seal: 'a', reason: 'schema', ...errors('/data/client name', 'required') },
        { seal: 'b', reason: 'schema', ...errors('/data/n', 'type') },
        { seal: 'c', reason: 'schema', ...errors('/data/client name', 'required') },
        { seal: 'd', reason: 'size', ...errors('', 'size') },
        { seal: 'e', reason: 'time' },
      ]);
      const told = (await records.groups({})).map(({ reason, faults, fault }) => ({ reason, faults, fault }));
      expect(told).toEqual([
        { reason: 'schema', faults: 2, fault: { path: '/data/client name', keyword: 'required' } },
        { reason: 'size', faults: 1, fault: { path: '', keyword: 'size' } },
        { reason: 'time', faults: 0 },
      ]);
    });
  });
}
