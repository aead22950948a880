import type { Told } from './driver.ts';
import type { AnswerKind } from './scenarios.ts';
import type { SeenRequest } from './server.ts';

/** What is known when a scenario is over. */
export interface Evidence {
  readonly answers: AnswerKind;
  /** In the order in which they were tracked. */
  readonly tracked: readonly string[];
  readonly told: ReadonlyMap<string, Told>;
  readonly refused: readonly string[];
  readonly requests: readonly SeenRequest[];
  /** When the client was killed: an answer that came just then may not have reached it. */
  readonly killedMillis?: number;
}

/** Counts of events. What is wrong, but for the last three, which are not. */
export interface Verdict {
  /** Tracked and never stored, and nobody was told. */
  readonly lost: number;
  /** Stored more than once by what a receiver knows an event by, or two that it takes for one. */
  readonly doubled: number;
  /** Not the same in each sending, or the same events in other bytes. Counted where answers are accounts. */
  readonly changed: number;
  /** Sent again after the answer that was the last word about it. */
  readonly resent: number;
  /** Sent again before the time that `Retry-After` asked for. */
  readonly early: number;
  /** Refused for good, without the client saying so. Counted where answers are accounts. */
  readonly untold: number;
  /** Given up, and told. */
  readonly dropped: number;
  /** First stored after one that was tracked later. */
  readonly reordered: number;
  /** Sendings of stored events that were stored before; a receiver removes them. */
  readonly repeats: number;
}

/** What is on its way while an answer is read. */
const crossingMillis = 100;
/** Timers are not exact. */
const timerMillis = 20;

export function judge(evidence: Evidence): Verdict {
  const { tracked, told, refused, requests, answers } = evidence;
  const stored = storedKeys(requests);
  const isDropped = (event: string) => told.get(event) === 'dropped';
  const isMissing = (event: string) => !stored.has(event) && !refused.includes(event);
  const keys = [...stored.values()].flatMap((each) => [...each]);
  const changed = changedEvents(requests);
  return {
    lost: tracked.filter((event) => isMissing(event) && !isDropped(event)).length,
    doubled: keys.length - stored.size + (keys.length - new Set(keys).size),
    changed: answers === 'any' ? 0 : changed.size + batchesInOtherBytes(requests, changed),
    resent: tracked.filter((event) => isSentAfterTheLastWord(event, evidence)).length,
    early: tracked.filter((event) => isEarly(event, requests)).length,
    untold: answers === 'any' ? 0 : refused.filter((event) => told.get(event) !== 'rejected').length,
    dropped: tracked.filter(isDropped).length,
    reordered: reordered(tracked, [...stored.keys()]),
    repeats: requests.reduce((sum, { stored: of }) => sum + (of?.size ?? 0), 0) - keys.length,
  };
}

/** By event, in the order in which they were stored: the keys under which each was. */
function storedKeys(requests: readonly SeenRequest[]): Map<string, Set<string>> {
  const stored = new Map<string, Set<string>>();
  for (const { events, stored: of } of requests) {
    for (const { event, key } of events) {
      if (of?.has(event) !== true) continue;
      // Without a key there is nothing to know it by: each storing is one of its own.
      const known = stored.get(event) ?? new Set();
      known.add(key === '' ? `${event} ${known.size}` : key);
      stored.set(event, known);
    }
  }
  return stored;
}

function changedEvents(requests: readonly SeenRequest[]): ReadonlySet<string> {
  const texts = new Map<string, Set<string>>();
  for (const { events } of requests) {
    for (const { event, text } of events) texts.set(event, (texts.get(event) ?? new Set()).add(text));
  }
  return new Set([...texts].filter(([, { size }]) => size > 1).map(([event]) => event));
}

/** A sealed batch is the same to the byte; counted where its events are the same and it is not. */
function batchesInOtherBytes(requests: readonly SeenRequest[], changed: ReadonlySet<string>): number {
  const unchanged = requests.filter(({ events }) => events.every(({ event }) => !changed.has(event)));
  const bodies = Map.groupBy(unchanged, ({ events }) => JSON.stringify(events.map(({ event }) => event).sort()));
  return [...bodies.values()].filter((same) => new Set(same.map(({ body }) => body)).size > 1).length;
}

function isSentAfterTheLastWord(event: string, { requests, killedMillis = Number.NaN }: Evidence): boolean {
  const last = requests.find(({ decided, answeredMillis = Number.NaN }) => {
    const isLost = Math.abs(killedMillis - answeredMillis) < crossingMillis;
    return decided?.has(event) === true && !isLost;
  });
  const { answeredMillis } = last ?? {};
  if (answeredMillis === undefined) return false;
  return requests.some(
    ({ atMillis, events }) => atMillis > answeredMillis + crossingMillis && events.some((sent) => sent.event === event),
  );
}

function isEarly(event: string, requests: readonly SeenRequest[]): boolean {
  const sendings = requests.filter(({ events }) => events.some((sent) => sent.event === event));
  return sendings.some(({ retryAfterMillis, answeredMillis }, at) => {
    const next = sendings[at + 1];
    if (retryAfterMillis === undefined || answeredMillis === undefined || next === undefined) return false;
    return next.atMillis < answeredMillis + retryAfterMillis - timerMillis;
  });
}

function reordered(tracked: readonly string[], stored: readonly string[]): number {
  let [newest, count] = [-1, 0];
  for (const event of stored) {
    const at = tracked.indexOf(event);
    if (at < newest) count++;
    newest = Math.max(newest, at);
  }
  return count;
}
