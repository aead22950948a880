import type { JsonObject } from '../../shared/event/json.ts';
import type { QuarantineRecord, QuarantineRecords } from '../../shared/ports/quarantine-records.ts';

/** The quarantine's rows as they were published, some of them twice. */
export function makeTestQuarantineRecords(rows: () => readonly JsonObject[]): Pick<QuarantineRecords, 'page'> {
  return {
    async page({ reason, type }, maxSeals, afterSeal = '') {
      const all = new Map(
        rows().map((row): [string, QuarantineRecord] => [`${row['seal']} ${row['payload']}`, recordOf(row)]),
      );
      const matching = [...all.values()]
        .filter((record) => record.reason === reason && (type ?? record.type) === record.type)
        .filter(({ seal }) => seal > afterSeal)
        .sort((a, b) => (a.seal < b.seal ? -1 : 1));
      const seals = [...new Set(matching.map(({ seal }) => seal))];
      const last = seals.length > maxSeals ? seals[maxSeals - 1] : undefined;
      const records = matching.filter(({ seal }) => last === undefined || seal <= last);
      return { records, ...(last === undefined ? {} : { nextAfterSeal: last }) };
    },
  };
}

function recordOf(row: JsonObject): QuarantineRecord {
  const { seal, received_time, sdk, reason, type, payload } = row;
  return {
    recordId: `${seal} ${payload}`,
    seal: String(seal),
    receivedAtMillis: Date.parse(String(received_time)),
    ...(typeof sdk === 'string' ? { sdk } : {}),
    reason: String(reason),
    ...(typeof type === 'string' ? { type } : {}),
    payload: String(payload),
  };
}
