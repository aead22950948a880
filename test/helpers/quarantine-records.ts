import type { KeyObject } from 'node:crypto';
import type { JsonObject } from '../../shared/event/json.ts';
import type { QuarantineRecord, QuarantineRecords } from '../../shared/ports/quarantine-records.ts';
import { openQuarantined } from '../../shared/quarantine/quarantine-record.ts';

/** The quarantine's rows as they were published, some of them twice. */
export function makeTestQuarantineRecords(rows: () => readonly JsonObject[]): Pick<QuarantineRecords, 'page'> {
  return {
    async page({ reason, type }, maxSeals, afterSeal = '') {
      const bySeal = rows()
        .map(quarantineRecordOf)
        .filter((record) => record.reason === reason && (type ?? record.type) === record.type)
        .sort((a, b) => (a.seal < b.seal ? -1 : 1));
      // The oldest of a record is the last that is set.
      const all = new Map(bySeal.toReversed().map((record) => [record.recordKey, record]));
      const matching = [...all.values()].reverse().filter(({ seal }) => seal > afterSeal);
      const seals = [...new Set(matching.map(({ seal }) => seal))];
      const last = seals.length > maxSeals ? seals[maxSeals - 1] : undefined;
      const records = matching.filter(({ seal }) => last === undefined || seal <= last);
      return { records, ...(last === undefined ? {} : { nextAfterSeal: last }) };
    },
  };
}

/** A row of the quarantine, as it was published or as DuckDB answers it. */
export function quarantineRecordOf(row: JsonObject): QuarantineRecord {
  const { record_key, seal, sequence, received_time, sent_at, sdk, reason, type, enc, enc_sequence, payload, events } =
    row;
  return {
    recordKey: String(record_key),
    seal: String(seal),
    sequence: Number(sequence),
    ...(Number(events) > 1 ? { events: Number(events) } : {}),
    receivedAtMillis: millisOf(received_time),
    ...(typeof sent_at === 'string' ? { sentAtMillis: millisOf(sent_at) } : {}),
    ...(typeof sdk === 'string' ? { sdk } : {}),
    reason: String(reason),
    ...(typeof type === 'string' ? { type } : {}),
    enc: String(enc),
    encSequence: Number(enc_sequence),
    payload: String(payload),
  };
}

/** The text that a row keeps, or undefined where this key does not open it. */
export function quarantinedText(privateKey: KeyObject, row: JsonObject): string | undefined {
  const opened = openQuarantined(privateKey, quarantineRecordOf(row));
  return opened === undefined ? undefined : Buffer.from(opened.payload).toString('utf8');
}

function millisOf(time: unknown): number {
  return Date.parse(String(time));
}
