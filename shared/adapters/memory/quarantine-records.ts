import { asList, isJsonObject, type JsonObject, parseJson } from '../../event/json.ts';
import type { Message } from '../../ports/publisher.ts';
import type {
  QuarantineCursor,
  QuarantineFilter,
  QuarantineRecord,
  QuarantineRecords,
} from '../../ports/quarantine-records.ts';
import { noIdentityKey } from '../../quarantine/quarantine-sql.ts';

/** Records of one page; small, so that tests have several. */
const maxPageRecords = 10;

interface Seen {
  readonly record: QuarantineRecord;
  /** By the places of its events; undefined for those that name none. */
  readonly identityKeys: readonly (string | undefined)[];
  readonly seals: ReadonlySet<string>;
  readonly events: number;
  /** Keyword and path of its first error. */
  readonly fault: string | undefined;
}

/** The quarantine's tables as the messages of their topics fill them; each of them may be there again. */
export function createMemoryQuarantineRecords(
  messages: () => readonly Message[],
  replayed: () => readonly Message[] = () => [],
): QuarantineRecords {
  function matching(filter: QuarantineFilter): Seen[] {
    return eachOnce(messages()).filter(({ record }) => fits(record, filter));
  }
  return {
    async groups(filter) {
      const sent = new Set(rowsOf(replayed()).map((row) => String(row['record_key'])));
      const groups = Map.groupBy(matching(filter), ({ record: { reason, type = '' } }) => `${reason} ${type}`);
      return [...groups.entries()].sort(([a], [b]) => compare(a, b)).flatMap(([, seen]) => groupOf(seen, sent));
    },
    async *read(filter, after) {
      const records = matching(filter).map(({ record }) => record);
      const rest = records.filter((record) => after === undefined || comparePlaces(record, after) > 0);
      for (let at = 0; at < rest.length; at += maxPageRecords) yield rest.slice(at, at + maxPageRecords);
    },
  };
}

function eachOnce(messages: readonly Message[]): Seen[] {
  const records = [...Map.groupBy(rowsOf(messages), (row) => String(row['record_key'])).values()].flatMap(
    (copies): Seen[] => {
      const [oldest] = copies
        .map((row) => ({ row, record: recordOf(row) }))
        .sort((a, b) => compareAge(a.record, b.record));
      if (oldest === undefined) return [];
      const seals = new Set(copies.map((row) => String(row['seal'])));
      return [
        {
          ...{ record: oldest.record, fault: faultOf(oldest.row), seals },
          ...{ identityKeys: keysOf(copies[0] ?? {}), events: Number(copies[0]?.['events'] ?? 1) },
        },
      ];
    },
  );
  const newest = new Map<string, string>();
  for (const { record, identityKeys } of records.toSorted((a, b) => compareAge(a.record, b.record))) {
    for (const key of identityKeys) if (key !== undefined) newest.set(key, record.recordKey);
  }
  return records
    .map((one) => ({ ...one, record: superseding(one, newest) }))
    .sort((a, b) => comparePlaces(a.record, b.record));
}

function faultOf({ errors }: JsonObject): string | undefined {
  const [error] = asList(errors);
  return isJsonObject(error) ? `${error['keyword']} ${error['path']}` : undefined;
}

function superseding({ record, identityKeys, events }: Seen, newest: ReadonlyMap<string, string>): QuarantineRecord {
  const supersededAt = [...identityKeys.entries()]
    .filter(([, key]) => key !== undefined && newest.get(key) !== record.recordKey)
    .map(([place]) => place);
  const superseded = supersededAt.length >= events;
  return { ...record, superseded, ...(events > 1 && supersededAt.length > 0 ? { supersededAt } : {}) };
}

function keysOf({ record_key, identity_key, identity_keys }: JsonObject): (string | undefined)[] {
  if (typeof identity_keys !== 'string') return [String(identity_key ?? record_key)];
  const length = noIdentityKey.length;
  return Array.from({ length: identity_keys.length / length }, (_, place) => {
    const key = identity_keys.slice(place * length, (place + 1) * length);
    return key === noIdentityKey ? undefined : key;
  });
}

function rowsOf(messages: readonly Message[]): JsonObject[] {
  return messages.map(({ data }) => parseJson(Buffer.from(data).toString('utf8'))).filter(isJsonObject);
}

function recordOf(row: JsonObject): QuarantineRecord {
  const { record_key, seal, received_time, kept_time, sent_at, sdk, reason, type, events } = row;
  const { enc, enc_sequence, payload } = row;
  return {
    recordKey: String(record_key),
    seal: String(seal),
    receivedAtMillis: Date.parse(String(received_time)),
    ...(typeof sent_at === 'string' ? { sentAtMillis: Date.parse(sent_at) } : {}),
    keptAtMillis: Date.parse(String(kept_time)),
    ...(typeof sdk === 'string' ? { sdk } : {}),
    reason: String(reason),
    ...(typeof type === 'string' ? { type } : {}),
    ...(Number(events) > 1 ? { events: Number(events) } : {}),
    superseded: false,
    enc: String(enc),
    encSequence: Number(enc_sequence),
    payload: String(payload),
  };
}

function fits(record: QuarantineRecord, filter: QuarantineFilter): boolean {
  const { reason = record.reason, type = record.type, recordKey = record.recordKey } = filter;
  const { keptFromMillis = record.keptAtMillis, keptToMillis = Number.POSITIVE_INFINITY } = filter;
  if (record.reason !== reason || record.type !== type || record.recordKey !== recordKey) return false;
  return record.keptAtMillis >= keptFromMillis && record.keptAtMillis < keptToMillis;
}

function groupOf(seen: readonly Seen[], sent: ReadonlySet<string>) {
  const [first] = seen;
  if (first === undefined) return [];
  const { reason, type } = first.record;
  const received = seen.map(({ record }) => record.receivedAtMillis);
  const faults = [...new Set(seen.flatMap(({ fault }) => fault ?? []))].sort(compare);
  const [keyword = '', path = ''] = faults[0]?.split(/ (.*)/s) ?? [];
  const sum = (amount: (one: Seen) => number) => seen.reduce((total, one) => total + amount(one), 0);
  return [
    {
      reason,
      ...(type === undefined ? {} : { type }),
      records: seen.length,
      replayed: seen.filter(({ record }) => sent.has(record.recordKey)).length,
      occurrences: sum(({ seals }) => seals.size),
      events: sum(({ events }) => events),
      oldestMillis: Math.min(...received),
      newestMillis: Math.max(...received),
      faults: faults.length,
      ...(faults.length === 0 ? {} : { fault: { path, keyword } }),
    },
  ];
}

function compareAge(a: QuarantineRecord, b: QuarantineRecord): number {
  return a.receivedAtMillis - b.receivedAtMillis || comparePlaces(a, b);
}

function comparePlaces(a: QuarantineCursor, b: QuarantineCursor): number {
  return compare(a.seal, b.seal) || compare(a.recordKey, b.recordKey);
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
