import { isJsonObject, type JsonObject, type JsonValue } from '../../shared/event/json.ts';
import { type LegacyMapping, readMapping } from '../../shared/legacy/mapping.ts';
import { LegacyReader, type ReaderOptions } from '../../shared/legacy/reader.ts';
import type { BadRecord, MappedRecord } from '../../shared/legacy/records.ts';

export function mappingOf(document: JsonObject, name = 'tv'): LegacyMapping {
  const read = readMapping(name, document);
  if (read.kind === 'mapping') return read.mapping;
  throw new Error(read.problems.map(({ pointer, message }) => `${pointer} ${message}`).join('\n'));
}

export function problemsOf(document: JsonObject): readonly string[] {
  const read = readMapping('tv', document);
  return read.kind === 'bad' ? read.problems.map(({ pointer, message }) => `${pointer}: ${message}`) : [];
}

/** A mapping of columns to `data` of one type. */
export function simpleMapping(format: JsonObject, columns: JsonObject = {}, data: JsonObject = {}): JsonObject {
  const events = [{ type: 'shop.order.v1', source: { $constant: 'till' }, time: 'at', data }];
  return {
    description: 'Tills',
    owner: 'team',
    format,
    columns: { at: { type: 'time', format: 'unix-s' }, ...columns },
    events,
  };
}

/** Every record of a file, which comes in pieces that end at `cuts`. */
export function readAll(
  mapping: LegacyMapping,
  file: string | Uint8Array,
  options: Partial<ReaderOptions> & { readonly cuts?: readonly number[] } = {},
) {
  const bytes = Buffer.from(file);
  const { cuts = [], ...others } = options;
  const reader = new LegacyReader(mapping, { maxRecordBytes: 65_536, ...others });
  const ends = [...cuts.map((cut) => cut % (bytes.length + 1)), bytes.length].sort((one, other) => one - other);
  let start = options.from?.countFrom.offset ?? 0;
  const records: PlainRecord[] = [];
  for (const end of ends) {
    if (end <= start) continue;
    records.push(...reader.push(bytes.subarray(start, end)).map(plainRecord));
    start = end;
  }
  records.push(...reader.end().map(plainRecord));
  return { records, counts: reader.counts, unusable: reader.unusable };
}

/** A record without the bytes that it shares with others, which have to say the same as its text. */
export type PlainRecord = Omit<MappedRecord, 'written' | 'start' | 'end'> | BadRecord;

export function plainRecord(record: MappedRecord | BadRecord): PlainRecord {
  if (record.kind === 'bad') return record;
  const { kind, place, type, line, text, written, start, end } = record;
  if (!written.bytes.subarray(start, end).equals(Buffer.from(text))) throw new Error(`its bytes are not ${text}`);
  return { kind, place, type, line, text };
}

export function eventOf(record: PlainRecord | undefined): JsonObject {
  if (record?.kind !== 'event') throw new Error(`the record is ${record?.reason ?? 'not there'}`);
  const event: JsonValue = JSON.parse(record.text);
  if (!isJsonObject(event)) throw new Error('an event is an object');
  return event;
}

/** What of a record a test looks at: the data of its event, or why there is none. */
export function resultOf(record: PlainRecord): JsonValue {
  if (record.kind === 'event') return eventOf(record)['data'] ?? null;
  return record.column === undefined ? record.reason : `${record.reason} ${record.column}`;
}

export function idsOf(records: readonly PlainRecord[]): readonly JsonValue[] {
  return records.map((record) => (record.kind === 'event' ? (eventOf(record)['id'] ?? null) : record.reason));
}
