import { expect, test } from 'vitest';
import { type BegunRun, makeReplay } from '../../../functions/replay/stage.ts';
import type { ReplayRun } from '../../../shared/ports/replays.ts';
import { Unavailable } from '../../../shared/ports/unavailable.ts';
import { orderEvent } from '../../helpers/ingest-world.ts';
import { leaseMillis, replayWorld } from '../../helpers/replay-world.ts';

test('a second replay publishes nothing', async () => {
  const world = await replayWorld();
  for (const id of ['a', 'b']) await world.keep(orderEvent({ id }));
  await world.run();
  expect(await world.run()).toEqual({ replayed: 0, replayedBefore: 2, refused: {} });
  expect(world.received()).toHaveLength(2);
  expect(await world.ports.records.groups({})).toMatchObject([
    { reason: 'unknown-type', type: 'shop.order.v1', records: 2, replayed: 2 },
  ]);
});

test('what was published and not marked is published again under its own seal', async () => {
  const world = await replayWorld();
  const seal = await world.keep(orderEvent());
  world.publisher.failNext(1, 'stored');
  await expect(world.run()).rejects.toThrow(Unavailable);
  expect(world.publisher.messagesOf('replayed')).toEqual([]);
  world.clock.advance(leaseMillis);
  expect(await world.run()).toMatchObject({ replayed: 1, replayedBefore: 0 });
  expect(world.received().map((batch) => batch.seal)).toEqual([seal, seal]);
});

test('a dry run tells and changes nothing', async () => {
  const world = await replayWorld();
  await world.keep(orderEvent());
  await world.keep(orderEvent({ id: 'unfit', data: { amount: 'x' } }));
  const told = { replayed: 1, replayedBefore: 0, refused: { schema: 1 } };
  expect(await world.run({ dryRun: true })).toEqual(told);
  expect(world.received()).toEqual([]);
  expect(await world.run()).toEqual(told);
});

test('a call is bounded, and another goes on where it stopped, past what stays', async () => {
  const world = await replayWorld({ config: { maxStepRecords: 2 } });
  const events = Array.from({ length: 7 }, (_, at) =>
    orderEvent({ id: `e-${at}`, data: { amount: at % 2 ? at : 'x' } }),
  );
  for (const event of events) await world.keep(event);
  const begin = makeReplay(world.ports);
  const first = await begin({ kind: 'new', request: { filter: { reason: 'unknown-type' }, dryRun: false } });
  const firstCall = await callOnce(first);
  expect(firstCall).toMatchObject({ end: 'more', run: { state: 'interrupted', totals: { records: 7, read: 2 } } });
  const second = await callOnce(await begin({ kind: 'resume' }), Number.POSITIVE_INFINITY);
  expect(second.end).toBe('done');
  expect(second.run).toMatchObject({ id: firstCall.run?.id, totals: { read: 7, replayed: 3, stay: { schema: 4 } } });
  expect(world.received()).toHaveLength(3);
  expect(await begin({ kind: 'resume' })).toEqual({ kind: 'nothing-to-resume' });
});

test('a record that holds more events than the limit leaves is the last of its run', async () => {
  const world = await replayWorld();
  for (const name of ['a', 'b']) {
    const events = [1, 2, 3].map((at) => orderEvent({ id: `${name}-${at}` }));
    await world.keep(JSON.stringify(events), { events: 3 });
  }
  expect(await world.run({ limit: 1 })).toMatchObject({ replayed: 3, refused: {} });
});

test('a limit counts what is tried, not what was replayed before', async () => {
  const world = await replayWorld();
  for (let at = 0; at < 5; at++) await world.keep(orderEvent({ id: `e-${at}` }));
  expect(await world.run({ limit: 2 })).toMatchObject({ replayed: 2 });
  expect(await world.run({ limit: 2 })).toMatchObject({ replayed: 2, replayedBefore: 2 });
  const last = await world.run({ limit: 2 });
  expect(last).toEqual({ replayed: 1, replayedBefore: 4, refused: {} });
});

/** Works until it is asked the given number of times whether its time is over. */
async function callOnce(begun: BegunRun, steps = 1): Promise<{ readonly end: string; readonly run?: ReplayRun }> {
  if (begun.kind !== 'begun') throw new Error(begun.kind);
  let run = begun.run;
  let asked = 0;
  const work = begun.work(() => ++asked >= steps);
  for (let step = await work.next(); ; step = await work.next()) {
    if (step.done) return { end: step.value, run };
    run = step.value;
  }
}

test('one run at a time: another is told of it, until it has not been heard of for a minute', async () => {
  const world = await replayWorld({ config: { maxStepRecords: 1 } });
  for (const id of ['a', 'b']) await world.keep(orderEvent({ id }));
  const begin = makeReplay(world.ports);
  const wanted = { kind: 'new', request: { filter: {}, dryRun: false } } as const;
  const first = await begin(wanted);
  if (first.kind !== 'begun') throw new Error(first.kind);
  expect(await begin(wanted)).toMatchObject({ kind: 'busy', run: { id: first.run.id } });
  expect(await begin({ kind: 'resume' })).toMatchObject({ kind: 'busy' });
  world.clock.advance(leaseMillis - 1);
  expect((await begin(wanted)).kind).toBe('busy');
  world.clock.advance(1);
  const second = await begin(wanted);
  expect(second.kind).toBe('begun');
  // The first was only slow: it finds that the run is not its own any more, marks nothing, and sends nothing more.
  expect(await callOnce(first, Number.POSITIVE_INFINITY)).toMatchObject({ end: 'taken-over' });
  expect(world.received()).toHaveLength(1);
  expect(await callOnce(second, Number.POSITIVE_INFINITY)).toMatchObject({
    end: 'done',
    run: { totals: { replayed: 2, replayedBefore: 0 } },
  });
});

test('who names its own run goes on with it at once, and hears of its end again', async () => {
  const world = await replayWorld({ config: { maxStepRecords: 1 } });
  for (const id of ['a', 'b']) await world.keep(orderEvent({ id }));
  const begin = makeReplay(world.ports);
  const first = await begin({ kind: 'new', request: { filter: {}, dryRun: false } });
  if (first.kind !== 'begun') throw new Error(first.kind);
  await first.work(() => false).next();
  const { id } = first.run;
  const again = await callOnce(await begin({ kind: 'resume', id }), Number.POSITIVE_INFINITY);
  expect(again).toMatchObject({ end: 'done', run: { id, totals: { read: 2, replayed: 2 } } });
  expect(await callOnce(await begin({ kind: 'resume', id }))).toMatchObject({
    end: 'done',
    run: { totals: { replayed: 2 } },
  });
  expect(await begin({ kind: 'resume', id: 'other' })).toEqual({ kind: 'nothing-to-resume' });
  expect(
    world
      .received()
      .flatMap(({ index }) => index.entries.map((entry) => entry.id))
      .sort(),
  ).toEqual(['a', 'b']);
});

test('a rate spreads the events over time, and a dry run takes none', async () => {
  const world = await replayWorld();
  for (let at = 0; at < 6; at++) await world.keep(orderEvent({ id: `e-${at}` }));
  const startedAtMillis = world.clock.nowMillis();
  let isDone = false;
  const running = world.run({ rate: 2 }).finally(() => {
    isDone = true;
  });
  while (!isDone) {
    await new Promise((resolve) => setImmediate(resolve));
    world.clock.advance(100);
  }
  expect(await running).toMatchObject({ replayed: 6 });
  expect(world.clock.nowMillis() - startedAtMillis).toBeGreaterThanOrEqual(3_000);
  expect(await world.run({ rate: 1, dryRun: true })).toMatchObject({ replayedBefore: 6 });
});

/** A record of a minute and forty seconds, and one behind it. */
async function slowWorld() {
  const world = await replayWorld();
  const events = Array.from({ length: 100 }, (_, at) => orderEvent({ id: `e-${at}` }));
  await world.keep(JSON.stringify(events), { events: events.length });
  // Records go by seal.
  world.clock.advance(1);
  await world.keep(orderEvent({ id: 'next' }));
  return world;
}

/** Time passes, a second each, while others work. */
async function pass(world: Awaited<ReturnType<typeof slowWorld>>, seconds: number): Promise<void> {
  for (let second = 0; second < seconds; second++) {
    await new Promise((resolve) => setImmediate(resolve));
    world.clock.advance(1_000);
  }
}

test('a record that takes longer than a lease keeps its lease', async () => {
  const world = await slowWorld();
  const begin = makeReplay(world.ports);
  const request = { filter: {}, dryRun: false, rate: 1 };
  const running = callOnce(await begin({ kind: 'new', request }), Number.POSITIVE_INFINITY);
  await pass(world, 99);
  expect(await begin({ kind: 'new', request })).toMatchObject({ kind: 'busy' });
  expect(world.received()).toHaveLength(1);
  await pass(world, 3);
  expect(await running).toMatchObject({ end: 'done', run: { totals: { replayed: 101 } } });
});

test('a call that is over while it rests ends within a second, and the next one rests on', async () => {
  const world = await slowWorld();
  const begin = makeReplay(world.ports);
  const first = await begin({ kind: 'new', request: { filter: {}, dryRun: false, rate: 1 } });
  if (first.kind !== 'begun') throw new Error(first.kind);
  let isOver = false;
  const work = first.work(() => isOver);
  await work.next();
  const rest = work.next();
  await pass(world, 10);
  isOver = true;
  await pass(world, 1);
  expect((await rest).value).toMatchObject({ state: 'interrupted', totals: { read: 1 } });
  await work.next();
  const second = callOnce(await begin({ kind: 'resume' }), Number.POSITIVE_INFINITY);
  await pass(world, 85);
  expect(world.received()).toHaveLength(1);
  await pass(world, 6);
  expect(await second).toMatchObject({ end: 'done', run: { totals: { replayed: 101 } } });
});
