import type { HistoryEntry, SentEvent } from './history.ts';

/** A row of the exact view, as the query of `exactness.ts` names its columns. */
export interface FoundRow {
  readonly event_id: string;
  readonly time_micros: number | string;
  readonly source: string;
  readonly subject: string;
  readonly track_id: string;
  readonly ms_played: number | string;
  readonly seeks_ms: readonly (number | string)[] | null;
}

export interface Verdict {
  readonly counts: Readonly<Record<string, number>>;
  /** What must not be; empty when the run was exact. */
  readonly violations: readonly string[];
}

interface Known {
  readonly event: SentEvent;
  acknowledged: boolean;
}

/**
 * Judges a run by its history alone: each acknowledged event has one row and the row is what was sent; no row is of an
 * event that nobody sent, or that was only ever refused; a person and an installation have one pseudonym each; the
 * quarantine holds each refused event once, give or take those whose answer never came.
 */
export function judge(history: readonly HistoryEntry[], rows: readonly FoundRow[], quarantined: number): Verdict {
  const { fitting, refused, doubtful } = readSent(history);
  const violations: string[] = [];
  const rowsOf = Map.groupBy(rows, ({ event_id: id }) => id);
  for (const [id, found] of rowsOf) {
    const known = fitting.get(id);
    if (found.length > 1) violations.push(`${found.length} rows of ${id}`);
    if (known === undefined) violations.push(`a row of ${id}, which was never sent in a form that fits`);
    else violations.push(...found.flatMap((row) => differences(known.event, row)));
  }
  const acknowledged = [...fitting.values()].filter((known) => known.acknowledged);
  for (const { event } of acknowledged) if (!rowsOf.has(event.id)) violations.push(`no row of ${event.id}`);
  violations.push(...namesOf(rows, fitting, 'subject'), ...namesOf(rows, fitting, 'source'));
  if (quarantined < refused.size || quarantined > refused.size + doubtful.size) {
    violations.push(
      `${quarantined} records in quarantine of ${refused.size} events refused, ${doubtful.size} in doubt`,
    );
  }
  const counts = {
    requests: history.filter(({ kind }) => kind === 'sent').length,
    'requests without a 200': history.filter((entry) => entry.kind === 'answered' && entry.status !== 200).length,
    'events sent': fitting.size,
    'events acknowledged': acknowledged.length,
    'rows in the exact view': rows.length,
    'events refused': refused.size,
    'records in quarantine': quarantined,
  };
  return { counts, violations };
}

function readSent(history: readonly HistoryEntry[]) {
  const requests = new Map<number, readonly SentEvent[]>();
  const fitting = new Map<string, Known>();
  const [refused, doubtful] = [new Set<string>(), new Set<string>()];
  for (const entry of history) {
    if (entry.kind === 'sent') {
      requests.set(entry.request, entry.events);
      for (const event of entry.events) {
        if (!event.fits) doubtful.add(event.id);
        else if (!fitting.has(event.id)) fitting.set(event.id, { event, acknowledged: false });
      }
    }
    if (entry.kind !== 'answered' || entry.status !== 200) continue;
    for (const [at, event] of (requests.get(entry.request) ?? []).entries()) {
      if (entry.refused.includes(at)) refused.add(event.id);
      else if (!entry.transient.includes(at)) acknowledge(fitting, event);
    }
  }
  return { fitting, refused, doubtful: doubtful.difference(refused) };
}

function acknowledge(fitting: Map<string, Known>, event: SentEvent): void {
  const known = fitting.get(event.id);
  if (known !== undefined && event.fits) known.acknowledged = true;
}

function differences(event: SentEvent, row: FoundRow): string[] {
  const pairs: [name: string, sent: unknown, found: unknown][] = [
    ['time', Date.parse(event.time) * 1_000, Number(row.time_micros)],
    ['track_id', event.trackId, row.track_id],
    ['ms_played', event.msPlayed, Number(row.ms_played)],
    ['seeks_ms', event.seeksMs.join(), (row.seeks_ms ?? []).map(Number).join()],
  ];
  return pairs.flatMap(([name, sent, found]) =>
    sent === found ? [] : [`${name} of ${event.id} is not what was sent`],
  );
}

/** One pseudonym a name, one name a pseudonym, and no name in the clear. */
function namesOf(rows: readonly FoundRow[], fitting: ReadonlyMap<string, Known>, of: 'subject' | 'source'): string[] {
  const pairs = new Set<string>();
  const [names, pseudonyms] = [new Set<string>(), new Set<string>()];
  for (const row of rows) {
    const known = fitting.get(row.event_id);
    if (known === undefined) continue;
    const [name, pseudonym] = [known.event[of], row[of]];
    pairs.add(`${name} ${pseudonym}`);
    names.add(name);
    pseudonyms.add(pseudonym);
  }
  if (names.intersection(pseudonyms).size > 0) return [`a ${of} stands in the clear`];
  return pairs.size === names.size && pairs.size === pseudonyms.size ? [] : [`${of}s and pseudonyms do not pair`];
}
