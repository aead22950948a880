import type { JsonValue } from '../event/json.ts';
import type { QuarantineGroup, QuarantineRecord } from '../ports/quarantine-records.ts';

/** A row of an answer, by the names of `quarantine-sql.ts`: whole numbers as numbers, texts as they are. */
export type AnswerRow = Readonly<Record<string, JsonValue>>;

export function readGroup({
  reason,
  type,
  records,
  replayed,
  occurrences,
  events,
  oldest,
  newest,
  faults,
  fault,
}: AnswerRow): QuarantineGroup {
  const [keyword = '', path = ''] = typeof fault === 'string' ? fault.split(/ (.*)/s) : [];
  return {
    reason: String(reason),
    ...(typeof type === 'string' ? { type } : {}),
    records: Number(records),
    replayed: Number(replayed),
    occurrences: Number(occurrences),
    events: Number(events),
    oldestMillis: Number(oldest),
    newestMillis: Number(newest),
    faults: Number(faults),
    ...(typeof fault === 'string' ? { fault: { path, keyword } } : {}),
  };
}

export function readRecord(row: AnswerRow): QuarantineRecord {
  const { record_key, seal, received, sent, kept, sdk, reason, type, events, superseded, superseded_at } = row;
  const { enc, enc_sequence, payload } = row;
  return {
    recordKey: String(record_key),
    seal: String(seal),
    receivedAtMillis: Number(received),
    ...(typeof sent === 'number' ? { sentAtMillis: sent } : {}),
    keptAtMillis: Number(kept),
    ...(typeof sdk === 'string' ? { sdk } : {}),
    reason: String(reason),
    ...(typeof type === 'string' ? { type } : {}),
    ...(Number(events) > 1 ? { events: Number(events) } : {}),
    superseded: superseded === true,
    ...(typeof superseded_at === 'string' && Number(events) > 1 ? { supersededAt: placesOf(superseded_at) } : {}),
    enc: String(enc),
    encSequence: Number(enc_sequence),
    payload: String(payload),
  };
}

function placesOf(text: string): number[] {
  return text
    .split(',')
    .map(Number)
    .sort((a, b) => a - b);
}
