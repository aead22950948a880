import { isJsonObject, parseJson } from '../../../shared/event/json.ts';
import { datasets } from '../../naming.ts';
import type { LocalStatus } from '../local-deployment.ts';

/** Sums the counts that functions log, and tells every other line on. */
export interface LoggedCounts {
  readonly onLine: (component: string, line: string) => void;
  /** By component and name. */
  readonly count: (component: string, name: string) => number;
}

export function makeLoggedCounts(writeLine: (line: string) => void): LoggedCounts {
  const sums = new Map<string, number>();
  return {
    onLine(component, line) {
      const counts = readCounts(line);
      if (counts === undefined) return writeLine(line);
      for (const [name, amount] of Object.entries(counts)) {
        // `rejected.schema` counts as `rejected`.
        const key = `${component} ${name.split('.', 1)[0]}`;
        if (typeof amount === 'number') sums.set(key, (sums.get(key) ?? 0) + amount);
      }
    },
    count: (component, name) => sums.get(`${component} ${name}`) ?? 0,
  };
}

function readCounts(line: string) {
  const value = parseJson(line);
  if (!isJsonObject(value) || value['message'] !== 'counts') return undefined;
  return isJsonObject(value['counts']) ? value['counts'] : undefined;
}

/**
 * The status from counts. Google's emulator tells no backlog, so it is what has gone into a stage and not come out yet,
 * in events. A redelivery is counted twice, so after one the backlog may show too little; rows are what they are.
 */
export function statusFromCounts(
  { count }: LoggedCounts,
  replayed: number,
  rowsWritten: (dataset: string) => number,
): LocalStatus {
  const accepted = count('ingest', 'accepted');
  const claimed = count('dedup', 'claimed');
  const duplicates = count('dedup', 'duplicates');
  const delivered = count('pseudonymize', 'delivered');
  const setAside = count('pseudonymize', 'quarantined');
  const rejected = count('ingest', 'rejected');
  const rows = rowsWritten(datasets.raw);
  const quarantined = rowsWritten(datasets.operations);
  const waiting = [
    accepted + replayed - claimed - duplicates,
    claimed - delivered - setAside,
    delivered - rows,
    rejected + setAside - quarantined,
  ];
  return {
    accepted,
    duplicates: duplicates + count('ingest', 'duplicates-in-request'),
    rejected,
    rows,
    quarantined,
    backlog: waiting.reduce((sum, events) => sum + Math.max(0, events), 0),
    deadLetters: 0,
  };
}
