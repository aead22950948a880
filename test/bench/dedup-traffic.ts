import { createManualClock } from '../../shared/adapters/memory/manual-clock.ts';
import { createSeededRandom } from '../../shared/adapters/memory/seeded-random.ts';
import { newUuidV7 } from '../../shared/event/uuid.ts';
import type { BenchClaim, BenchEvent } from './dedup-indexes.ts';

/** Kinds of traffic, in the order in which they are sent: resends follow what they resend. */
const trafficKinds = ['first send', 'resend', 'regrouped', 'coalesced', 'backlog'] as const;
export type TrafficKind = (typeof trafficKinds)[number];

/** Messages of one kind: the lists run at the same time, each in its order, as phones wait for their answers. */
export interface Traffic {
  readonly kind: TrafficKind;
  /** Of the batches that clients send. */
  readonly batchEvents: number;
  readonly queues: readonly (readonly BenchClaim[])[];
  readonly outcome: 'fresh' | 'duplicate';
}

const dayMillis = 86_400_000;
const minuteMillis = 60_000;
/** Midnight: the buckets of days begin there. */
const todayMillis = Date.UTC(2026, 10, 24);
/** When the claims are made: all of today's events have happened. */
const nowMillis = todayMillis + dayMillis + 12 * 3_600_000;
const phones = 4;
const eventsOfPhone = 500;
const coalescedPhones = 50;
const backlogDays = 5;
/** Ingest's bound of a sealed batch. */
const maxSealEvents = 1_000;
const random = createSeededRandom(1);

export const filledDays = 35;
const filledOwnersOfDay = 2;
const filledEventsOfOwner = 25;

/** All traffic of one size of client batches, from sources of its own. */
export function makeTraffic(batchEvents: number): Traffic[] {
  const active = range(phones).map((phone) => activePhone(batchEvents, phone));
  const offline = range(phones).map((phone) => offlinePhone(batchEvents, phone));
  const send = (events: readonly BenchEvent[]) => inParts(events, () => batchEvents).map(seal);
  const regroup = (events: readonly BenchEvent[]) =>
    inParts(events, () => 1 + (randomWord() % (2 * batchEvents))).map(seal);
  return [
    { kind: 'first send', batchEvents, queues: active.map(send), outcome: 'fresh' },
    { kind: 'resend', batchEvents, queues: active.map(send), outcome: 'duplicate' },
    { kind: 'regrouped', batchEvents, queues: active.map(regroup), outcome: 'duplicate' },
    { kind: 'coalesced', batchEvents, queues: [coalesced(batchEvents).map(seal)], outcome: 'fresh' },
    { kind: 'backlog', batchEvents, queues: offline.map(send), outcome: 'fresh' },
  ];
}

/** What the index holds beforehand: for each source and each of 35 days two batches of 25 other events. */
export function makeFilling(batchEvents: number): BenchClaim[] {
  const sources = [
    ...range(phones).flatMap((phone) => [activeName(batchEvents, phone), offlineName(batchEvents, phone)]),
    ...range(coalescedPhones).map((phone) => coalescedName(batchEvents, phone)),
  ];
  return range(filledDays).flatMap((daysAgo) =>
    range(filledOwnersOfDay).map((owner) => {
      const events = sources.flatMap((source) =>
        range(filledEventsOfOwner).map((at) => {
          const millis = todayMillis - daysAgo * dayMillis + (owner * filledEventsOfOwner + at) * minuteMillis + 1;
          return { source, id: `filling-${owner}-${at}`, timeMicros: millis * 1_000 };
        }),
      );
      const thenMillis = nowMillis - daysAgo * dayMillis - owner;
      return { owner: sealAt(thenMillis), events, nowMillis: thenMillis };
    }),
  );
}

/** An event every two minutes for 17 hours; the phones begin six hours after each other, so some pass midnight. */
function activePhone(batchEvents: number, phone: number): BenchEvent[] {
  const firstMillis = todayMillis - 12 * 3_600_000 + phone * 6 * 3_600_000;
  return range(eventsOfPhone).map((at) => ({
    source: activeName(batchEvents, phone),
    id: `event-${at}`,
    timeMicros: (firstMillis + at * 2 * minuteMillis) * 1_000,
  }));
}

/** As many over the last five days, sent in their order when the phone is online again. */
function offlinePhone(batchEvents: number, phone: number): BenchEvent[] {
  const stepMillis = (backlogDays * dayMillis) / eventsOfPhone;
  const firstMillis = todayMillis - (backlogDays - 1) * dayMillis - (phone + 1) * 3_600_000;
  return range(eventsOfPhone).map((at) => ({
    source: offlineName(batchEvents, phone),
    id: `event-${at}`,
    timeMicros: (firstMillis + at * stepMillis) * 1_000,
  }));
}

/** Batches of up to 50 phones in each message, as far as ingest seals that many events together. */
function coalesced(batchEvents: number): BenchEvent[][] {
  const phonesOfMessage = Math.min(coalescedPhones, Math.floor(maxSealEvents / batchEvents));
  const messages = Math.round((phones * eventsOfPhone) / (phonesOfMessage * batchEvents));
  return range(messages).map((message) =>
    range(phonesOfMessage).flatMap((phone) =>
      range(batchEvents).map((at) => ({
        source: coalescedName(batchEvents, phone),
        id: `event-${message}-${at}`,
        timeMicros: (todayMillis + 8 * 3_600_000 + message * minuteMillis + at * 100) * 1_000,
      })),
    ),
  );
}

function activeName(batchEvents: number, phone: number): string {
  return `active-${batchEvents}-${phone}`;
}

function offlineName(batchEvents: number, phone: number): string {
  return `offline-${batchEvents}-${phone}`;
}

function coalescedName(batchEvents: number, phone: number): string {
  return `coalesced-${batchEvents}-${phone}`;
}

function seal(events: readonly BenchEvent[]): BenchClaim {
  return { owner: sealAt(nowMillis), events, nowMillis };
}

function sealAt(millis: number): string {
  return newUuidV7(createManualClock(millis), random);
}

function inParts<Item>(items: readonly Item[], nextLength: () => number): Item[][] {
  const parts: Item[][] = [];
  for (let at = 0; at < items.length; ) {
    const length = nextLength();
    parts.push(items.slice(at, at + length));
    at += length;
  }
  return parts;
}

function randomWord(): number {
  return Buffer.from(random.bytes(4)).readUInt32LE();
}

function range(length: number): number[] {
  return Array.from({ length }, (_, at) => at);
}
