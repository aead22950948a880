import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Client } from '../../../shared/client/core/client.ts';
import { type Mode, makeWorld, modes, type World } from '../../helpers/client-world.ts';

// Any sequence of answers, crashes, offline periods and clock jumps; then weeks in which nothing goes wrong.

/** More of them by EDI_PROPERTY_CLIENTS. */
const numRuns = (usual: number) => Number(process.env['EDI_PROPERTY_CLIENTS'] ?? usual);
const testMillis = 180_000 + 1_000 * numRuns(0);
const minute = 60_000;
const day = 24 * 60 * minute;

type Step =
  | { readonly do: 'track'; readonly count: number; readonly priority: 'low' | 'normal' | 'high' }
  | { readonly do: 'mode'; readonly mode: Mode }
  | { readonly do: 'advance'; readonly millis: number }
  | { readonly do: 'jump'; readonly millis: number }
  | { readonly do: 'crash' | 'flush' | 'reset' | 'close' };

const millis = fc.oneof(
  fc.integer({ min: 0, max: 50 }),
  fc.integer({ min: 0, max: 10 * minute }),
  fc.integer({ min: 0, max: 30 * day }),
);
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({
      do: fc.constant('track' as const),
      count: fc.integer({ min: 1, max: 8 }),
      priority: fc.constantFrom('low', 'normal', 'high'),
    }),
  },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('mode' as const), mode: fc.constantFrom(...modes) }) },
  { weight: 5, arbitrary: fc.record({ do: fc.constant('advance' as const), millis }) },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constant('jump' as const), millis: fc.integer({ min: -20 * day, max: 20 * day }) }),
  },
  { weight: 3, arbitrary: fc.record({ do: fc.constantFrom('crash', 'flush', 'reset', 'close') }) },
);

/** The report of what was given up is given up itself. */
const twiceTooOld: Step[] = [
  { do: 'track', count: 1, priority: 'low' },
  { do: 'mode', mode: 'portal' },
  { do: 'advance', millis: 27 * day },
  { do: 'advance', millis: 27 * day },
];

interface Told {
  readonly durable: Set<string>;
  readonly rejected: Set<string>;
}

/** Every event has a type of its own, so that a count of losses by type says which event it was. */
async function play(world: World, steps: readonly Step[], maxEvents: number): Promise<Told> {
  const told: Told = { durable: new Set(), rejected: new Set() };
  let tracked = 0;
  let client = begin();
  for (const one of steps) await take(one);
  world.mode = 'well';
  client = begin();
  await world.advance(3 * day);
  return told;

  function begin(): Client {
    const started = world.start({ maxEvents });
    started.on('rejected', ({ rejections }) => {
      for (const { type } of rejections) told.rejected.add(type);
    });
    return started;
  }

  async function take(one: Step): Promise<void> {
    if (one.do === 'mode') world.mode = one.mode;
    if (one.do === 'advance') await world.advance(one.millis);
    if (one.do === 'jump') world.jump(one.millis);
    if (one.do === 'crash') client = begin();
    if (one.do === 'flush') client.flush();
    if (one.do === 'reset') client.reset();
    if (one.do === 'close') {
      client.close();
      await world.advance(10);
      client = begin();
    }
    if (one.do !== 'track') return;
    for (let at = 0; at < one.count; at++) {
      const type = `shop.order-${tracked++}.v1`;
      if (tracked % 11 === 0) world.refusedTypes.add(type);
      if (tracked % 17 === 0) world.fatalTypes.add(type);
      client.track(type, { at }, { priority: one.priority }).then((result) => {
        if (result.kind === 'kept') told.durable.add(type);
      });
    }
  }
}

function reported(world: World): Set<string> {
  const losses = [...world.received.values()].flatMap(({ event }) => event.data.dropped ?? []);
  return new Set([...losses, ...world.stored().losses()].map(({ type }) => type));
}

test(
  'every durable event arrives, is refused, is waiting still, or is counted as dropped; and as one event',
  async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(step, { maxLength: 40 }),
        fc.integer({ min: 3, max: 60 }),
        fc.nat(),
        async (steps, maxEvents, seed) => {
          const world = makeWorld(seed);
          const told = await play(world, steps, maxEvents);
          const arrived = new Set([...world.received.values()].map(({ event }) => event.type));
          const dropped = reported(world);
          const waiting = new Set([...world.stored().events.values()].map(({ type }) => type));
          const isFatal = (type: string) => world.fatalTypes.has(type) && waiting.has(type);
          const missing = [...told.durable].filter(
            (type) => !arrived.has(type) && !told.rejected.has(type) && !dropped.has(type) && !isFatal(type),
          );
          expect(missing.filter((type) => !world.refusedTypes.has(type))).toEqual([]);
          // One identity is one event, however often and after whatever it came.
          expect([...world.received.values()].filter(({ texts }) => texts.size > 1)).toEqual([]);
          // Nothing is left but what the receiver fails on by itself.
          expect([...waiting].filter((type) => !world.fatalTypes.has(type))).toEqual([]);
          expect(world.stored().losses()).toEqual([]);
        },
      ),
      { numRuns: numRuns(40), examples: [[twiceTooOld, 3, 0]] },
    );
  },
  testMillis,
);

test(
  'the numbers of each source and type have no gap and no second, whatever happens to the process',
  async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 30 }), fc.nat(), async (steps, seed) => {
        const world = makeWorld(seed);
        let client = world.start();
        for (const one of steps) {
          if (one.do === 'track') for (let at = 0; at < one.count; at++) client.track(`shop.order-${at % 2}.v1`, {});
          if (one.do === 'mode') world.mode = one.mode;
          if (one.do === 'advance') await world.advance(one.millis % (5 * day));
          if (one.do === 'crash') client = world.start();
          if (one.do === 'reset') client.reset();
        }
        world.mode = 'well';
        client = world.start();
        await world.advance(3 * day);
        const numbers = new Map<string, number[]>();
        for (const { event } of world.received.values()) {
          const key = `${event.source} ${event.type}`;
          numbers.set(key, [...(numbers.get(key) ?? []), event.sequence ?? -1]);
        }
        const dropped = reported(world);
        for (const [key, found] of numbers) {
          if (dropped.has(key.split(' ')[1] ?? '')) continue;
          expect(found.sort((a, b) => a - b)).toEqual(found.map((_, at) => at));
        }
      }),
      { numRuns: numRuns(25) },
    );
  },
  testMillis,
);
