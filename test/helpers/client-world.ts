import { createManualClock } from '../../shared/adapters/memory/manual-clock.ts';
import { createSeededRandom } from '../../shared/adapters/memory/seeded-random.ts';
import { type Client, type CoreOptions, makeClient } from '../../shared/client/core/client.ts';
import { idBytes, idOf } from '../../shared/client/core/event-text.ts';
import { makeModelStore } from '../../shared/client/core/model-store.ts';
import type { Reply, Request, Store, Transport } from '../../shared/client/core/ports.ts';
import { QueueModel, type QueueRecord } from '../../shared/client/core/queue-model.ts';
import { alone } from '../../shared/client/core/sender.ts';

/** An event as the receiver got it. */
interface Received {
  readonly id: string;
  readonly source: string;
  readonly type: string;
  readonly time: string;
  readonly sequence?: number;
  readonly data: { readonly dropped?: readonly { type: string; reason: string; count: number }[] };
}

/** How the receiver treats a request. `lost…`: stored or not, the client hears nothing. */
export const modes = [
  'well',
  'lost-request',
  'lost-answer',
  'offline',
  'error',
  'error-stored',
  'busy',
  'small',
  'unauthorized',
  'some-transient',
  'all-transient',
  'portal',
  'proxy-refusal',
] as const;
export type Mode = (typeof modes)[number];

export interface World {
  /** Moves time on, and lets everything go on that waits for it. */
  advance(millis: number): Promise<void>;
  /** Sets the wall clock, which timers do not see. */
  jump(millis: number): void;
  /** A client of the device's storage; the one before it is gone as after SIGKILL. */
  start(options?: CoreOptions): Client;
  /** What is given ends before its next step: whatever it waits for never comes. */
  crash(): void;
  mode: Mode;
  /** Types that the receiver refuses by itself, and types on which it fails. */
  readonly refusedTypes: Set<string>;
  readonly fatalTypes: Set<string>;
  /** Stored events by identity, with every text that came. */
  readonly received: Map<string, { event: Received; texts: Set<string>; times: number }>;
  readonly bodies: string[];
  readonly tokens: (string | undefined)[];
  /** Policy that is answered; undefined: none. */
  policy: unknown;
  /** The queue as a new process would find it. */
  stored(): QueueModel;
  nowMillis(): number;
  /** Makes the storage fail from now on. */
  isStorageBroken: boolean;
  /** Makes it fail for what keeps events only. */
  isStorageFull: boolean;
}

const never = new Promise<never>(() => undefined);

/** One device with its durable queue, and a receiver that misbehaves as told, on one clock that only `advance` moves. */
export function makeWorld(seed = 1): World {
  const clock = createManualClock();
  const random = createSeededRandom(seed);
  const journal: QueueRecord[] = [];
  let offsetMillis = 0;
  let life = 0;
  const received: World['received'] = new Map();
  const nowMillis = () => clock.nowMillis() + offsetMillis;
  const newId = () => idOf(Math.floor(nowMillis()), random.bytes(idBytes));

  const world: World = {
    async advance(millis) {
      const end = clock.nowMillis() + millis;
      for (;;) {
        await new Promise((resolve) => setImmediate(resolve));
        const due = clock.nextDueMillis();
        if (due === undefined || due > end) break;
        clock.advance(due - clock.nowMillis());
      }
      clock.advance(end - clock.nowMillis());
      await new Promise((resolve) => setImmediate(resolve));
    },
    jump: (millis) => {
      offsetMillis += millis;
    },
    start(options) {
      world.crash();
      const mine = life;
      const isAlive = () => mine === life;
      const ownClock = {
        nowMillis,
        after: (delayMillis: number, task: () => void) => clock.after(delayMillis, () => isAlive() && task()),
      };
      return makeClient(
        {
          clock: ownClock,
          newId,
          newSource: () => `urn:uuid:${newId()}`,
          chance: () => random.bytes(2).reduce((sum, byte) => (sum + byte) / 256, 0),
          transport: makeTransport(isAlive),
          open: async () => ({ store: openStore(isAlive), turns: alone }),
          memory: () => makeModelStore({ durability: 'memory', newSource: () => 'urn:memory' }),
        },
        { lingerMillis: 10, oneSubject: false, ...options },
      );
    },
    crash: () => {
      life++;
    },
    mode: 'well',
    refusedTypes: new Set(),
    fatalTypes: new Set(),
    received,
    bodies: [],
    tokens: [],
    policy: undefined,
    stored: () => {
      const model = new QueueModel();
      for (const record of journal) model.apply(record);
      return model;
    },
    nowMillis,
    isStorageBroken: false,
    isStorageFull: false,
  };

  function openStore(isAlive: () => boolean): Store {
    let names = 0;
    return makeModelStore({
      durability: 'process-death',
      model: world.stored(),
      newSource: () => `urn:installation:${life}-${names++}`,
      async write(records) {
        const isFull = world.isStorageFull && records.some((record) => record.do === 'keep');
        if (world.isStorageBroken || isFull) throw new Error('no space left');
        await wait(1);
        if (!isAlive()) return never;
        journal.push(...records);
        // What is written may be written when the process ends before it knows.
        await wait(1);
        return isAlive() ? undefined : never;
      },
    });
  }

  function wait(millis: number): Promise<void> {
    return new Promise((resolve) => void clock.after(millis, resolve));
  }

  function makeTransport(isAlive: () => boolean): Transport {
    return {
      async send(request) {
        await wait(5);
        const reply = serve(world, request);
        await wait(reply.status === 0 ? 1_000 : 5);
        return isAlive() ? reply : never;
      },
      async policy() {
        await wait(1);
        return world.policy;
      },
    };
  }

  return world;
}

const lost: Reply = { status: 0 };
const late: Reply = { status: 0, isLate: true };
const problem = (status: number, more: object = {}): Reply => ({
  status,
  isProblem: true,
  body: {},
  ...more,
});

function serve(world: World, { body, token }: Request): Reply {
  const { mode } = world;
  world.bodies.push(body);
  world.tokens.push(token);
  const events: Received[] = JSON.parse(body);
  if (mode === 'offline' || mode === 'lost-request') return lost;
  if (mode === 'unauthorized') return problem(401);
  if (mode === 'busy') return problem(429, { retryAfterMillis: 4_000 });
  if (mode === 'portal') return { status: 200, isProblem: false, body: undefined };
  if (mode === 'proxy-refusal') return { status: 400, isProblem: false, body: undefined };
  if (mode === 'small' && events.length > 2) return problem(413);
  if (mode === 'error' || events.some(({ type }) => world.fatalTypes.has(type))) return problem(500);
  const isTransient = (index: number) =>
    mode === 'all-transient' || (mode === 'some-transient' && index % 3 === 1) || (mode === 'small' && index > 1);
  const rejected: object[] = [];
  for (const [index, event] of events.entries()) {
    if (world.refusedTypes.has(event.type)) rejected.push(refusal(index, event, false));
    else if (isTransient(index)) rejected.push(refusal(index, event, true));
    else keep(world, event);
  }
  if (mode === 'lost-answer') return late;
  if (mode === 'error-stored') return problem(503);
  const answer = { accepted: events.length - rejected.length, duplicates: 0, rejected };
  const isNothing = mode === 'all-transient' && answer.accepted === 0 && rejected.length > 0;
  return { status: isNothing ? 503 : 200, isProblem: isNothing, body: answer };
}

function refusal(index: number, { id }: Received, transient: boolean): object {
  return { index, id, transient, reason: transient ? 'registry-unavailable' : 'schema', errors: [] };
}

function keep(world: World, event: Received): void {
  const identity = `${event.source} ${event.id} ${event.time}`;
  const before = world.received.get(identity) ?? { event, texts: new Set(), times: 0 };
  before.texts.add(JSON.stringify(event));
  before.times++;
  world.received.set(identity, before);
}
