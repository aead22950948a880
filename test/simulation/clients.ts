import type { IngestAnswer } from '../../functions/ingest/stage.ts';
import type { Surroundings } from './instances.ts';
import { day, hour, minute, type PlannedClient } from './plan.ts';
import { correct, type SentEvent, type SentVersion } from './sent-events.ts';

export interface Request {
  readonly sdk: PlannedClient['sdk'];
  readonly source: string;
  readonly body: string;
  readonly sentAtMillis?: number;
}

/** `POST /v1/events`: answers, or rejects as the network and a server do. */
export type Send = (request: Request) => Promise<IngestAnswer>;

/** Requests that wait longer are given up, and their events sent again. */
const timeoutMillis = minute;

/**
 * A client as SDKs are: sends what is not settled in batches that it makes anew every time, until it is; corrects what
 * was refused, where it does that; and sometimes sends what was settled long ago. It never gives up.
 */
export async function runClient(
  around: Surroundings & { readonly send: Send; readonly isCalm: () => boolean },
  client: PlannedClient,
  events: readonly SentEvent[],
  startMillis: number,
): Promise<void> {
  const { dice, scheduler, chaos, isCalm } = around;
  const { clock } = scheduler;
  const pause = (millis: number) => new Promise<void>((resolve) => clock.after(millis, resolve));
  let failures = 0;
  for (;;) {
    const nowMillis = clock.nowMillis();
    const happened = events.filter(({ planned }) => startMillis + planned.happensMillis <= nowMillis);
    const open = happened.filter((event) => current(event)?.promise === 'none');
    const again = happened.filter((event) => !open.includes(event) && chaos.strikes('resend'));
    const some = isCalm() ? open : open.filter(() => dice.chance(0.8));
    const batch = shuffled([...some, ...again], around).flatMap((event) => versionOf(event, around));
    if (batch.length > 0) failures = (await sendBatch(around, client, batch)) ? 0 : failures + 1;
    for (const event of happened) if (client.corrects && mayBeCorrected(event)) correct(event);
    const waiting = events.filter((event) => current(event)?.promise === 'none');
    if (waiting.length === 0 && (isCalm() || !dice.chance(0.7))) return;
    if (chaos.strikes('offline')) await pause(dice.below(12 * day));
    else if (failures > 0) await pause(Math.min(6 * hour, 2 ** failures * 1_000));
    else if (open.length > some.length) await pause(dice.below(10 * minute));
    else await pause(nextMillis(waiting, startMillis - nowMillis) + dice.below(12 * hour));
  }
}

function current(event: SentEvent): SentVersion | undefined {
  return event.versions.at(-1);
}

function mayBeCorrected({ versions, timeFits }: SentEvent): boolean {
  const [first] = versions;
  return versions.length === 1 && first?.promise === 'quarantined' && timeFits;
}

function nextMillis(waiting: readonly SentEvent[], startsInMillis: number): number {
  const times = waiting.map(({ planned }) => planned.happensMillis + startsInMillis);
  return Math.max(0, Math.min(...times, 3 * day));
}

/** The version that the client has now, or of what was settled any; at times twice. */
function versionOf(event: SentEvent, { dice, chaos }: Surroundings): SentVersion[] {
  const version = current(event);
  if (version === undefined) return [];
  const sent = version.promise === 'none' ? version : (event.versions[dice.below(event.versions.length)] ?? version);
  return chaos.strikes('repeat') ? [sent, sent] : [sent];
}

function shuffled<T>(items: readonly T[], { dice }: Surroundings): T[] {
  return items
    .map((item) => [dice.below(1_000_000), item] as const)
    .sort(([a], [b]) => a - b)
    .map(([, item]) => item);
}

/** True when it was answered. */
async function sendBatch(
  { scheduler, chaos, send }: Surroundings & { readonly send: Send },
  client: PlannedClient,
  batch: readonly SentVersion[],
): Promise<boolean> {
  const { clock } = scheduler;
  const fromMillis = clock.nowMillis();
  if (client.clockOffsetMillis !== 0) chaos.tell('wrong-clock');
  const sentAt = client.tellsSentAt ? { sentAtMillis: fromMillis + client.clockOffsetMillis } : {};
  const request = { fromMillis, untilMillis: Number.POSITIVE_INFINITY, ...sentAt };
  for (const version of new Set(batch)) version.requests.push(request);
  const body = `[${batch.map(({ text }) => text).join(',')}]`;
  const answered = send({ sdk: client.sdk, source: client.source, body, ...sentAt }).catch(() => undefined);
  const given = new Promise<undefined>((resolve) => clock.after(timeoutMillis, () => resolve(undefined)));
  const answer = await Promise.race([answered, given]);
  if (answer === undefined || chaos.strikes('lost-answer')) return false;
  const rejected = new Map(answer.rejected.map((rejection) => [rejection.index, rejection]));
  for (const [index, version] of batch.entries()) {
    const rejection = rejected.get(index);
    if (rejection?.transient) continue;
    // What was accepted once stays a promise, whatever a later copy is told.
    if (rejection === undefined) version.promise = 'accepted';
    else if (version.promise === 'none') version.promise = 'quarantined';
  }
  return true;
}
