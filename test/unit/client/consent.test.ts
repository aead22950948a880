import { beforeEach, describe, expect, test } from 'vitest';
import type { Tracked } from '../../../shared/client/core/client.ts';
import { makeWorld, type World } from '../../helpers/client-world.ts';

const second = 1_000;
const day = 86_400_000;

let world: World;
beforeEach(() => {
  world = makeWorld();
});

const events = () => [...world.received.values()].map(({ event }) => event);

async function told(tracked: readonly Promise<Tracked>[]): Promise<Tracked[]> {
  const results: Tracked[] = [];
  for (const promise of tracked) promise.then((result) => results.push(result));
  await world.advance(second);
  return results;
}

describe('consent and installation', () => {
  test('withdrawn consent forgets all and keeps nothing, also in the next process', async () => {
    world.mode = 'offline';
    const client = world.start();
    await told([client.track('shop.order.v1', {})]);
    client.setConsent(false);
    expect(await told([client.track('shop.order.v1', {})])).toEqual([{ kind: 'refused', reason: 'no-consent' }]);
    const { source, events: kept, sequences } = world.stored();
    expect([source, kept.size, sequences.size]).toEqual(['', 0, 0]);
    world.mode = 'well';
    const next = world.start();
    await world.advance(second);
    expect(await told([next.track('shop.order.v1', {})])).toEqual([{ kind: 'refused', reason: 'no-consent' }]);
    await world.advance(day);
    expect(world.received.size).toBe(0);
    next.setConsent(true);
    expect(await told([next.track('shop.order.v1', {})])).toMatchObject([{ kind: 'kept' }]);
    expect(events().map(({ sequence }) => sequence)).toEqual([0]);
  });

  test('consent that is given while the client opens counts, at whichever of its steps', async () => {
    for (let steps = 0; steps < 20; steps++) {
      world = makeWorld();
      world.start({ consent: false });
      await world.advance(second);
      const client = world.start();
      for (let step = 0; step < steps; step++) await Promise.resolve();
      client.setConsent(true);
      await world.advance(second);
      expect(await told([client.track('shop.order.v1', {})])).toMatchObject([{ kind: 'kept' }]);
      expect(events()).toHaveLength(1);
    }
  });

  test('reset starts a new installation, and what was queued is sent as what it is', async () => {
    const client = world.start();
    client.track('shop.order.v1', {});
    client.reset();
    client.track('shop.order.v1', {});
    client.track('shop.order.v1', {});
    await world.advance(second);
    const [first, other, third] = events();
    expect(other?.source).not.toBe(first?.source);
    expect(third?.source).toBe(other?.source);
    expect(events().map(({ sequence }) => sequence)).toEqual([0, 0, 1]);
  });
});
