import { createHash, type KeyObject } from 'node:crypto';
import type { BatchIndexEntry } from '../batch/batch-index.ts';
import { sealBatch } from '../batch/sealed-batch.ts';
import type { JsonValue } from '../event/json.ts';
import type { Observer } from '../observe/observer.ts';
import type { Clock } from '../ports/clock.ts';
import type { Publisher } from '../ports/publisher.ts';
import type {
  QuarantineFilter,
  QuarantineRecord,
  QuarantineRecords,
  ReplayMarks,
} from '../ports/quarantine-records.ts';
import type { EventTypes } from '../schema-language/event-types.ts';
import { type CheckBounds, type Checked, checkEvent } from '../validation/check-event.ts';
import { openQuarantinedPayload } from './quarantine-record.ts';

export interface ReplayPorts {
  readonly records: QuarantineRecords;
  readonly marks: ReplayMarks;
  readonly eventTypes: EventTypes;
  readonly publisher: Publisher;
  /** Where ingest publishes sealed batches. */
  readonly receivedTopic: string;
  /** Opens the payloads. Nobody but a replay has it. */
  readonly privateKey: KeyObject;
  readonly clock: Clock;
  readonly observer: Observer;
}

export interface ReplayConfig extends CheckBounds {
  /** Records that are read at once. Default 500. */
  readonly pageRecords: number;
  /** Records of one run; the next run goes on after them. Default 10,000. */
  readonly maxRecords: number;
}

export const defaultReplayConfig: ReplayConfig = {
  maxNesting: 32,
  maxAheadHours: 24,
  pageRecords: 500,
  maxRecords: 10_000,
};

export interface ReplayRequest extends QuarantineFilter {
  /** At most `maxRecords`, which is also the default. */
  readonly limit?: number;
  /** Says what would be done, and does nothing. */
  readonly dryRun?: boolean;
}

/** What became of the records that a request named. */
export interface ReplayReport {
  readonly replayed: number;
  /** Replayed before, or delivered to the table twice. */
  readonly replayedBefore: number;
  /** Still refused, by the reason that they are refused for now; they stay in quarantine. */
  readonly refused: Readonly<Record<string, number>>;
  /** Not made for this key: they stay. */
  readonly unreadable: number;
  /** There are more records than one run takes. */
  readonly more: boolean;
}

/** The same for a record however often its table holds it: what was encrypted once is there in one form only. */
export function recordId({ seal, payload }: QuarantineRecord): string {
  return createHash('sha256').update(`${seal}\n${payload}`).digest('hex').slice(0, 32);
}

interface Tally {
  replayed: number;
  replayedBefore: number;
  unreadable: number;
  readonly refused: Record<string, number>;
}

interface Admitted {
  readonly id: string;
  readonly record: QuarantineRecord;
  readonly text: Uint8Array;
  readonly checked: Checked;
}

/**
 * Takes quarantined events through validation again. What is accepted now goes to dedup under the seal and with the time
 * of receipt that it had: a message a seal. Since the seal owns the claims, it does not matter how often a record is
 * replayed, nor whether the client resends the event meanwhile: one of the two is a duplicate, and a second replay is a
 * copy that the exact view leaves out. Published before it is marked, so that a crash between the two replays again.
 *
 * A record without an SDK (the local development key had not told it yet) is taken for the first that the type allows.
 * Rejects with `Unavailable`.
 */
export async function replayQuarantine(
  ports: ReplayPorts,
  config: ReplayConfig,
  request: ReplayRequest,
): Promise<ReplayReport> {
  const { reason, type, dryRun = false } = request;
  const limit = Math.min(request.limit ?? config.maxRecords, config.maxRecords);
  const filter = { ...(reason === undefined ? {} : { reason }), ...(type === undefined ? {} : { type }) };
  const tally: Tally = { replayed: 0, replayedBefore: 0, unreadable: 0, refused: {} };
  const seen = new Set<string>();
  await ports.eventTypes.refreshNow();
  let offset = 0;
  let more = false;
  for (;;) {
    const page = await ports.records.read(filter, { offset, limit: config.pageRecords });
    offset += page.length;
    const fresh = await freshRecords(ports.marks, page, { seen, tally });
    const room = limit - tally.replayed;
    const admitted: Admitted[] = [];
    for (const [id, record] of fresh) {
      if (admitted.length >= room) {
        more = true;
        break;
      }
      const one = await admit(ports, config, { id, record, tally });
      if (one !== undefined) admitted.push(one);
    }
    if (!dryRun) await publish(ports, admitted);
    tally.replayed += admitted.length;
    if (more || page.length < config.pageRecords) break;
  }
  if (!dryRun) ports.observer.count('replayed', tally.replayed);
  return { ...tally, more };
}

async function freshRecords(
  marks: ReplayMarks,
  page: readonly QuarantineRecord[],
  { seen, tally }: { readonly seen: Set<string>; readonly tally: Tally },
): Promise<[string, QuarantineRecord][]> {
  const known = page.map((record): [string, QuarantineRecord] => [recordId(record), record]);
  const marked = await marks.marked(known.map(([id]) => id));
  const fresh = known.filter(([id]) => {
    const isNew = !seen.has(id);
    seen.add(id);
    return isNew && !marked.has(id);
  });
  tally.replayedBefore += known.length - fresh.length;
  return fresh;
}

interface Candidate {
  readonly id: string;
  readonly record: QuarantineRecord;
  readonly tally: Tally;
}

/** The event of a record where it is valid now. */
async function admit(
  { eventTypes, privateKey }: ReplayPorts,
  config: ReplayConfig,
  { id, record, tally }: Candidate,
): Promise<Admitted | undefined> {
  const text = openQuarantinedPayload(privateKey, record.seal, record.payload);
  const event = text === undefined ? undefined : parse(text);
  if (text === undefined || event === undefined) {
    tally.unreadable += 1;
    return undefined;
  }
  const key =
    record.sdk === undefined ? ({ kind: 'first-allowed-sdk' } as const) : ({ kind: 'sdk', sdk: record.sdk } as const);
  const outcome = await checkEvent(event, { eventTypes, config, key, receivedAtMillis: record.receivedAtMillis });
  if (outcome.kind === 'valid') return { id, record, text, checked: outcome };
  tally.refused[outcome.reason] = (tally.refused[outcome.reason] ?? 0) + 1;
  return undefined;
}

function parse(text: Uint8Array): JsonValue | undefined {
  try {
    return JSON.parse(Buffer.from(text).toString('utf8'));
  } catch {
    return undefined;
  }
}

/** A message for each seal and SDK, then the marks. */
async function publish(
  { publisher, receivedTopic, marks, clock }: ReplayPorts,
  admitted: readonly Admitted[],
): Promise<void> {
  if (admitted.length === 0) return;
  const batches = Map.groupBy(admitted, ({ record, checked }) => `${record.seal} ${checked.sdk}`);
  await publisher.publish(receivedTopic, [...batches.values()].map(messageOf));
  await marks.mark(
    admitted.map(({ id }) => id),
    clock.nowMillis(),
  );
}

function messageOf(batch: readonly Admitted[]) {
  const [first] = batch;
  if (first === undefined) throw new RangeError('a batch holds one event at least');
  const byReceipt = [...Map.groupBy(batch, ({ record }) => record.receivedAtMillis)];
  const segments = byReceipt.map(([, events]) =>
    Buffer.from(`[${events.map(({ text }) => Buffer.from(text)).join(',')}]`),
  );
  const entries = byReceipt.flatMap(([, events], segment) =>
    events.map(({ checked }): BatchIndexEntry => {
      const { source, id, timeMicros, type } = checked.envelope;
      return { segment, source, id, timeMicros, type, revision: checked.eventType.revision };
    }),
  );
  return sealBatch({
    seal: first.record.seal,
    sdk: first.checked.sdk,
    index: {
      segments: byReceipt.map(([receivedAtMillis], at) => ({
        lengthBytes: segments[at]?.length ?? 0,
        receivedAtMillis,
      })),
      entries,
    },
    segments,
  });
}
