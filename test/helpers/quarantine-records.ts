import type { KeyObject } from 'node:crypto';
import type { JsonObject } from '../../shared/event/json.ts';
import type { QuarantineRecord } from '../../shared/ports/quarantine-records.ts';
import { openQuarantined } from '../../shared/quarantine/quarantine-record.ts';

/** A row of the quarantine, as it was published or as DuckDB answers it. */
export function quarantineRecordOf(row: JsonObject): QuarantineRecord {
  const { record_key, seal, received_time, kept_time, sent_at, sdk, reason, type, enc, enc_sequence, payload } = row;
  return {
    recordKey: String(record_key),
    seal: String(seal),
    receivedAtMillis: millisOf(received_time),
    keptAtMillis: millisOf(kept_time),
    superseded: false,
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
