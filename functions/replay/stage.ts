import { newUuidV7 } from '../../shared/event/uuid.ts';
import type { Observer } from '../../shared/observe/observer.ts';
import { account } from '../../shared/outcome/account.ts';
import type { StayReason } from '../../shared/outcome/outcome.ts';
import type { Message, Publisher } from '../../shared/ports/publisher.ts';
import type { QuarantineRecord, QuarantineRecords } from '../../shared/ports/quarantine-records.ts';
import type { Random } from '../../shared/ports/random.ts';
import type { ReplayRequest, ReplayRun, Replays, ReplayTotals } from '../../shared/ports/replays.ts';
import { type Deciding, type Decision, decide } from './decide.ts';
import { messagesOf, wholeAgain } from './messages.ts';

export interface ReplayPorts extends Deciding {
  readonly records: QuarantineRecords;
  readonly replays: Replays;
  readonly publisher: Publisher;
  readonly receivedTopic: string;
  /** Of rows of `replayedColumns`. */
  readonly replayedTopic: string;
  readonly random: Random;
  readonly observer: Observer;
}

/** A run of its own, or the last one, which was interrupted: by its id, or whichever it is. */
export type WantedRun =
  | { readonly kind: 'new'; readonly request: ReplayRequest }
  | { readonly kind: 'resume'; readonly id?: string };

export type BegunRun =
  | { readonly kind: 'begun'; readonly run: ReplayRun; readonly work: RunWork }
  /** Another run holds the lease. */
  | { readonly kind: 'busy'; readonly run: ReplayRun }
  /** No run was interrupted, or not the one that was named. */
  | { readonly kind: 'nothing-to-resume' };

/**
 * Works on the run until its end, or until `isOver` says so, asked after every step; yields the run as it was stored with
 * each. `taken-over`: another call goes on with it. Rejects with `Unavailable`; the run can be gone on with.
 */
type RunWork = (isOver: () => boolean) => AsyncGenerator<ReplayRun, 'done' | 'more' | 'taken-over'>;

type RecordOutcome = Decision | 'replayed-before';

const noMarks = { recordKeys: [], atMillis: 0 };

/** While a run rests it looks so often whether its caller has gone. */
const restMillis = 1_000;

interface Held {
  readonly run: ReplayRun;
  readonly version: string;
}

/**
 * Sends quarantined events through ingest's validation again, and those that pass to topic `received`, under the seal,
 * the SDK and the times that they had. So dedup claims as it would have then, and an event that its client has resent or
 * corrected meanwhile is one event, whichever came first. Records go by seal and key; a step of them is decided,
 * published, and then marked in one write with the place that the run has come to: a crash in between repeats the step
 * under the same seals, which changes nothing. What is refused again stays in quarantine untouched, and holds up nobody.
 */
export function makeReplay(ports: ReplayPorts): (wanted: WantedRun) => Promise<BegunRun> {
  const { replays, records, clock, random, config, eventTypes } = ports;
  const leaseEnd = () => clock.nowMillis() + config.leaseSeconds * 1_000;

  async function newRun(request: ReplayRequest): Promise<ReplayRun> {
    const groups = await records.groups(request.filter);
    const count = groups.reduce((sum, group) => sum + group.records, 0);
    const totals = { records: count, read: 0, replayed: 0, replayedBefore: 0, stay: {} };
    const id = newUuidV7(clock, random);
    return { id, request, totals, state: 'running', leasedUntilMillis: leaseEnd(), startedAtMillis: clock.nowMillis() };
  }

  return async (wanted) => {
    const stored = await replays.run();
    const isHeld = stored?.run.state === 'running' && stored.run.leasedUntilMillis > clock.nowMillis();
    // Who names the run has begun it, and asks again because the answer broke off.
    const isOwn = wanted.kind === 'resume' && wanted.id !== undefined && wanted.id === stored?.run.id;
    if (isOwn && stored?.run.state === 'done')
      return { kind: 'begun', run: stored.run, work: () => lastOf(stored.run) };
    if (isHeld && !isOwn) return { kind: 'busy', run: stored.run };
    if (wanted.kind === 'resume' && !isResumable(stored?.run, wanted.id)) return { kind: 'nothing-to-resume' };
    const run: ReplayRun =
      wanted.kind === 'resume' && stored !== undefined
        ? { ...stored.run, state: 'running', leasedUntilMillis: leaseEnd() }
        : await newRun(wanted.kind === 'new' ? wanted.request : { filter: {}, dryRun: true });
    const version = await replays.save(run, noMarks, stored?.version);
    if (version === 'changed') {
      const other = await replays.run();
      return other === undefined ? { kind: 'nothing-to-resume' } : { kind: 'busy', run: other.run };
    }
    await eventTypes.refreshNow();
    return { kind: 'begun', run, work: (isOver) => workOn({ run, version }, isOver, ports) };
  };
}

/** Of a run whose caller has not heard that it is done. */
async function* lastOf(run: ReplayRun): ReturnType<RunWork> {
  yield run;
  return 'done';
}

function isResumable(run: ReplayRun | undefined, id: string | undefined): boolean {
  return run !== undefined && run.state !== 'done' && (id === undefined || id === run.id);
}

async function* workOn(begun: Held, isOver: () => boolean, ports: ReplayPorts): ReturnType<RunWork> {
  const { clock, config, records, replays } = ports;
  let held = begun;

  /** Stores what the run has come to; false where another call has it now. */
  async function save(run: ReplayRun, recordKeys: readonly string[]): Promise<boolean> {
    const atMillis = clock.nowMillis();
    const leased = { ...run, leasedUntilMillis: atMillis + config.leaseSeconds * 1_000 };
    const version = await replays.save(leased, { recordKeys, atMillis }, held.version);
    if (version === 'changed') return false;
    held = { run: leased, version };
    return true;
  }

  /** Waits for what the rate gives the last step, while it is not over; false where another call has the run now. */
  async function rest(): Promise<boolean> {
    for (;;) {
      const { nextStepMillis = 0, leasedUntilMillis } = held.run;
      const nowMillis = clock.nowMillis();
      if (nowMillis >= nextStepMillis || isOver()) return true;
      // A record may hold more events than a lease has seconds.
      const isHalfOver = leasedUntilMillis - nowMillis < config.leaseSeconds * 500;
      if (isHalfOver && !(await save(held.run, []))) return false;
      const waitMillis = Math.min(nextStepMillis - nowMillis, restMillis);
      await new Promise<void>((resolve) => void clock.after(waitMillis, resolve));
    }
  }

  // What an interrupted run had not rested yet.
  if (!(await rest())) return 'taken-over';
  if ((held.run.nextStepMillis ?? 0) > clock.nowMillis()) return yield* end('interrupted');
  for await (const page of records.read(begun.run.request.filter, begun.run.cursor)) {
    for (let at = 0; at < page.length; ) {
      const size = stepSize(held.run, config.maxStepRecords);
      // Below 0 where the last record held more events than were left.
      if (size <= 0) return yield* end('done');
      const step = page.slice(at, at + size);
      at += step.length;
      const { run, sent } = await takeStep(held.run, step, ports);
      if (!(await save(run, sent))) return 'taken-over';
      yield held.run;
      if (!(await rest())) return 'taken-over';
      if (isOver()) return yield* end('interrupted');
    }
  }
  return yield* end('done');

  async function* end(state: 'done' | 'interrupted'): ReturnType<RunWork> {
    if (!(await save({ ...held.run, state }, []))) return 'taken-over';
    yield held.run;
    return state === 'done' ? 'done' : 'more';
  }
}

/** As many as the limit leaves, and a second's at most, so that the lease and whoever watches hear of each step. */
function stepSize({ request: { limit, rate }, totals }: ReplayRun, maxStepRecords: number): number {
  return Math.min(maxStepRecords, (limit ?? Number.POSITIVE_INFINITY) - tried(totals), rate ?? maxStepRecords);
}

function tried({ replayed, stay }: ReplayTotals): number {
  return replayed + Object.values(stay).reduce((sum, count) => sum + count, 0);
}

interface Step {
  readonly run: ReplayRun;
  /** Keys of the records that were sent on. */
  readonly sent: readonly string[];
}

/** Decides the records and publishes those that go on. */
async function takeStep(run: ReplayRun, step: readonly QuarantineRecord[], ports: ReplayPorts): Promise<Step> {
  const { replays, config, observer, clock } = ports;
  const { dryRun, rate } = run.request;
  const startedAtMillis = clock.nowMillis();
  const known = await replays.replayed(step.map(({ recordKey }) => recordKey));
  const outcomes: RecordOutcome[] = [];
  for (const record of step)
    outcomes.push(known.has(record.recordKey) ? 'replayed-before' : await decide(record, ports));
  const stay: Record<string, number> = { ...run.totals.stay };
  let [replayed, replayedBefore] = [run.totals.replayed, run.totals.replayedBefore];
  const goesOn = (events: number) => {
    replayed += events;
    if (!dryRun) observer.count('replayed', events);
  };
  const stays = (reason: StayReason) => {
    stay[reason] = (stay[reason] ?? 0) + 1;
    if (!dryRun) observer.count('replay-stays', 1, reason);
  };
  const accounts = account<QuarantineRecord, RecordOutcome>(step, outcomes, {
    accepted(those) {
      for (const { events, stay: reason } of those) {
        goesOn(events.length);
        if (reason !== undefined) stays(reason);
      }
    },
    whole: (those) => goesOn(those.length),
    stays(those) {
      for (const { reason } of those) stays(reason);
    },
    'replayed-before': (before) => {
      replayedBefore += before.length;
    },
  });
  const accepted = accounts.of('accepted').map(({ outcome }) => outcome);
  const whole = accounts.of('whole').map(({ outcome }) => outcome);
  const finished = [...accepted.filter((one) => one.stay === undefined), ...whole];
  const sent = dryRun ? [] : finished.map(({ record }) => record.recordKey);
  const messages = [
    ...messagesOf(
      accepted.flatMap(({ events }) => events),
      config,
    ),
    ...whole.map(wholeAgain),
  ];
  if (!dryRun && messages.length > 0) await send(messages, { run: run.id, sent }, ports);
  accounts.count();
  const totals = { ...run.totals, read: run.totals.read + step.length, replayed, replayedBefore, stay };
  const last = step.at(-1);
  const cursor = last === undefined ? {} : { cursor: { seal: last.seal, recordKey: last.recordKey } };
  const paceMillis = rate === undefined || dryRun ? 0 : ((replayed - run.totals.replayed) * 1_000) / rate;
  const nextStepMillis = Math.ceil(startedAtMillis + paceMillis);
  return { run: { ...run, totals, ...cursor, nextStepMillis }, sent };
}

interface Sent {
  readonly run: string;
  /** Keys of the records. */
  readonly sent: readonly string[];
}

/** First the events: a row of `replayed` says that they went. */
async function send(messages: readonly Message[], { run, sent }: Sent, ports: ReplayPorts): Promise<void> {
  const { publisher, receivedTopic, replayedTopic, clock } = ports;
  await publisher.publish(receivedTopic, messages);
  if (sent.length === 0) return;
  const replayed_time = new Date(clock.nowMillis()).toISOString();
  const rows = sent.map((record_key) => Buffer.from(JSON.stringify({ record_key, replayed_time, run })));
  await publisher.publish(
    replayedTopic,
    rows.map((data) => ({ data, attributes: {} })),
  );
}
