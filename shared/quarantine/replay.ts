import type { KeyObject } from 'node:crypto';
import type { BatchIndexEntry, BatchSegment } from '../batch/batch-index.ts';
import { sealBatch } from '../batch/sealed-batch.ts';
import { type JsonValue, parseJson } from '../event/json.ts';
import { mayHoldTinyNumber } from '../event/number-text.ts';
import { rawElements } from '../event/raw-elements.ts';
import { type Checked, checkEvent, type EventLimits } from '../event-types/check-event.ts';
import type { EventTypes } from '../event-types/event-types.ts';
import type { Observer } from '../observe/observer.ts';
import { account, type Counters } from '../outcome/account.ts';
import { rejected, type StayReason } from '../outcome/outcome.ts';
import type { Clock } from '../ports/clock.ts';
import type { Message, Publisher } from '../ports/publisher.ts';
import type { QuarantineFilter, QuarantineRecord, QuarantineRecords } from '../ports/quarantine-records.ts';
import type { ReplayMarks } from '../ports/replay-marks.ts';
import { openQuarantined } from './quarantine-record.ts';

export interface ReplayConfig extends EventLimits {
  /** A run ends with the page with which it has read this many records, those that were replayed before included. */
  readonly maxRecords: number;
  /** Seals, and so messages, of one page: what is in memory at once, and published with one call. Default 100. */
  readonly maxPageSeals: number;
}

export interface ReplayOptions {
  readonly records: Pick<QuarantineRecords, 'page'>;
  readonly marks: ReplayMarks;
  readonly eventTypes: EventTypes;
  readonly publisher: Publisher;
  readonly receivedTopic: string;
  /** Opens the payloads; never leaves the process. */
  readonly privateKey: KeyObject;
  readonly clock: Clock;
  readonly observer: Observer;
  readonly config: ReplayConfig;
}

export interface ReplayRequest extends QuarantineFilter {
  /** Goes on after this seal; absent: from the oldest on. */
  readonly afterSeal?: string;
  /** Records to try, those that were replayed before not counted; the rest of the last one's seal is tried too. */
  readonly limit?: number;
  /** True: decides every event, publishes and marks nothing. */
  readonly dryRun: boolean;
}

export interface ReplayResult {
  /** Events that were accepted and published; in a dry run those that would be. */
  readonly replayed: number;
  /** Records that an earlier run has replayed. */
  readonly replayedBefore: number;
  /** Records that stay as they are, by reason. `unreadable`: not encrypted to this key, or no JSON. */
  readonly refused: Readonly<Partial<Record<StayReason, number>>>;
  /** Where the next run goes on; absent when there is nothing more. */
  readonly nextAfterSeal?: string;
}

interface AcceptedEvent {
  readonly record: QuarantineRecord;
  readonly checked: Checked;
  readonly text: string;
}

interface Accepted {
  readonly kind: 'accepted';
  readonly record: QuarantineRecord;
  /** Of a record that holds several, those that pass, each once. */
  readonly events: readonly AcceptedEvent[];
  /** Why some of them do not. The record is not marked then, and its next replay repeats these under their own seal. */
  readonly stay?: StayReason;
}

type Decision = Accepted | { readonly kind: 'refused'; readonly reason: StayReason };

/** What becomes of a record of a page; `left`: it comes after the request's limit, and is for the next run. */
type RecordOutcome = Decision | 'replayed-before' | 'left';

/**
 * Sends quarantined events through ingest's validation again, and those that pass to topic `received`: one message a
 * seal, with seal, time of receipt and SDK as they were. So dedup claims under the owner of then, and an event that its
 * client has resent meanwhile is one event, whichever came first. An event is marked after it is published; a crash in
 * between repeats it under its own seal, which changes nothing. What is refused again stays in quarantine untouched.
 *
 * The claim of a seal older than the look-back holds off no later resend; then the exact view alone makes the two one.
 *
 * Where the record names no SDK (a local development key and a type that nobody knew), it is the first that the type
 * allows, as ingest has it for that key.
 */
export function makeReplay(options: ReplayOptions): (request: ReplayRequest) => Promise<ReplayResult> {
  const { records, marks, eventTypes, config, clock } = options;
  return async ({ afterSeal, dryRun, limit = Number.POSITIVE_INFINITY, ...filter }) => {
    await eventTypes.refreshNow();
    const refused: Partial<Record<StayReason, number>> = {};
    let [read, replayed, replayedBefore, tried, after] = [0, 0, 0, 0, afterSeal];
    const counters: Counters<RecordOutcome> = {
      accepted: (records) => {
        for (const { events, stay } of records) {
          replayed += events.length;
          if (stay !== undefined) refused[stay] = (refused[stay] ?? 0) + 1;
        }
      },
      refused: (stay) => {
        for (const { reason } of stay) refused[reason] = (refused[reason] ?? 0) + 1;
      },
      'replayed-before': (before) => {
        replayedBefore += before.length;
      },
      left: () => {},
    };
    do {
      const page = await records.page(filter, config.maxPageSeals, after);
      const decided = await decidePage(page.records, limit - tried, options);
      const accounts = account(page.records, decided.outcomes, counters);
      const accepted = accounts.of('accepted').map(({ outcome }) => outcome);
      after = decided.lastSeal ?? page.nextAfterSeal;
      if (!dryRun && accepted.length > 0) {
        await options.publisher.publish(options.receivedTopic, messagesOf(accepted.flatMap(({ events }) => events)));
        const replayedAtMillis = clock.nowMillis();
        const whole = accepted.filter(({ stay }) => stay === undefined);
        await marks.mark(whole.map(({ record }) => ({ ...markOf(record), replayedAtMillis })));
      }
      accounts.count();
      read += page.records.length;
      tried += decided.tried;
    } while (after !== undefined && read < config.maxRecords && tried < limit);
    return { replayed, replayedBefore, refused, ...(after === undefined ? {} : { nextAfterSeal: after }) };
  };
}

interface DecidedPage {
  /** By record of the page. */
  readonly outcomes: readonly RecordOutcome[];
  readonly tried: number;
  /** The seal with which the limit was reached, where the page has more after it. */
  readonly lastSeal?: string;
}

/** Decides a page up to the limit, and the rest of the seal with which that is reached. */
async function decidePage(
  records: readonly QuarantineRecord[],
  limit: number,
  options: ReplayOptions,
): Promise<DecidedPage> {
  const known = await options.marks.replayed(records.map(({ recordKey }) => recordKey));
  const outcomes: RecordOutcome[] = [];
  let [tried, seal, isFull] = [0, records[0]?.seal, false];
  for (const record of records) {
    isFull ||= record.seal !== seal && tried >= limit;
    if (isFull) {
      outcomes.push('left');
      continue;
    }
    seal = record.seal;
    if (known.has(record.recordKey)) {
      outcomes.push('replayed-before');
      continue;
    }
    outcomes.push(await decide(record, options));
    tried++;
  }
  return { outcomes, tried, ...(isFull && seal !== undefined ? { lastSeal: seal } : {}) };
}

async function decide(record: QuarantineRecord, options: ReplayOptions): Promise<Decision> {
  const written = writtenEvents(record, options.privateKey);
  if (written === undefined) return { kind: 'refused', reason: 'unreadable' };
  const events = new Map<string, AcceptedEvent>();
  let stay: StayReason | undefined;
  for (const { value, text } of written) {
    const outcome = await checkAgain(value, text, { record, options });
    if (outcome.kind !== 'valid') {
      stay ??= outcome.reason;
      continue;
    }
    const { source, id, timeMicros } = outcome.envelope;
    // As ingest has it: what repeats an earlier event of its request is not sent on.
    const identity = JSON.stringify([source, id, timeMicros]);
    if (!events.has(identity)) events.set(identity, { record, checked: outcome, text });
  }
  if (events.size === 0) return { kind: 'refused', reason: stay ?? 'unreadable' };
  return { kind: 'accepted', record, events: [...events.values()], ...(stay === undefined ? {} : { stay }) };
}

interface Written {
  readonly value: JsonValue;
  /** As the client wrote it. */
  readonly text: string;
}

/** The events that a record holds; undefined when it does not open, or holds no JSON. */
function writtenEvents(record: QuarantineRecord, privateKey: KeyObject): readonly Written[] | undefined {
  const opened = openQuarantined(privateKey, record);
  if (opened === undefined) return undefined;
  const text = Buffer.from(opened.payload).toString('utf8');
  const value = parseJson(text);
  if (value === undefined) return undefined;
  if (record.events === undefined) return [{ value, text }];
  if (!Array.isArray(value) || value.length !== record.events) return undefined;
  return rawElements(text).map((own, at) => ({ value: value[at] ?? null, text: own }));
}

async function checkAgain(
  value: JsonValue,
  text: string,
  { record, options }: { readonly record: QuarantineRecord; readonly options: ReplayOptions },
) {
  const { eventTypes, config, observer } = options;
  const { sdk, receivedAtMillis } = record;
  if (Buffer.byteLength(text) > config.maxEventBytes) return rejected('size');
  const key = sdk === undefined ? ({ kind: 'first-allowed-sdk' } as const) : ({ kind: 'sdk', sdk } as const);
  const written = { value, text: () => text, mayHoldTinyNumber: () => mayHoldTinyNumber(text) };
  return checkEvent(written, { eventTypes, limits: config, key, receivedAtMillis, observer });
}

/** A seal's events came in one batch, so they fit into one; its SDK is one too. */
function messagesOf(accepted: readonly AcceptedEvent[]): Message[] {
  return [...Map.groupBy(accepted, ({ record }) => record.seal)].flatMap(([seal, events]) =>
    [...Map.groupBy(events, ({ checked }) => checked.sdk)].map(([sdk, group]) => sealAgain(seal, sdk, group)),
  );
}

/** A segment for each time of receipt and of sending. */
function sealAgain(seal: string, sdk: string, events: readonly AcceptedEvent[]): Message {
  const segments: { readonly segment: BatchSegment; readonly bytes: Uint8Array }[] = [];
  const entries: BatchIndexEntry[] = [];
  const timesOf = ({ record }: AcceptedEvent) => `${record.receivedAtMillis} ${record.sentAtMillis ?? ''}`;
  for (const group of Map.groupBy(events, timesOf).values()) {
    const bytes = Buffer.from(`[${group.map(({ text }) => text).join(',')}]`);
    const segment = segments.push({ segment: segmentOf(group, bytes), bytes }) - 1;
    for (const { checked } of group) {
      const { source, id, timeMicros, type } = checked.envelope;
      entries.push({ segment, source, id, timeMicros, type, revision: checked.eventType.revision });
    }
  }
  return sealBatch({
    seal,
    sdk,
    replayed: true,
    index: { segments: segments.map(({ segment }) => segment), entries },
    segments: segments.map(({ bytes }) => bytes),
  });
}

/** The times of a group are those of each in it. */
function segmentOf([first]: readonly AcceptedEvent[], { length: lengthBytes }: Uint8Array): BatchSegment {
  if (first === undefined) throw new Error('a segment holds at least one event');
  const { receivedAtMillis, sentAtMillis } = first.record;
  return { lengthBytes, receivedAtMillis, ...(sentAtMillis === undefined ? {} : { sentAtMillis }) };
}

function markOf({ recordKey, reason, type }: QuarantineRecord) {
  return { recordKey, reason, ...(type === undefined ? {} : { type }) };
}
