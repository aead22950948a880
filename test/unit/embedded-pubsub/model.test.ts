import fc from 'fast-check';
import { expect, test } from 'vitest';
import { openBus, reader } from './bus-fixture.ts';

type Step =
  | { readonly do: 'publish'; readonly count: number }
  | { readonly do: 'pull'; readonly count: number }
  | { readonly do: 'acknowledge' | 'nack'; readonly every: number }
  | { readonly do: 'pass'; readonly seconds: number };

const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ do: fc.constant('publish' as const), count: fc.integer({ min: 1, max: 5 }) }),
  fc.record({ do: fc.constant('pull' as const), count: fc.integer({ min: 1, max: 6 }) }),
  fc.record({ do: fc.constantFrom('acknowledge' as const, 'nack' as const), every: fc.integer({ min: 1, max: 3 }) }),
  fc.record({ do: fc.constant('pass' as const), seconds: fc.integer({ min: 1, max: 15 }) }),
);

/**
 * Plays the steps on a bus; then acknowledges everything that still comes. Says what happened to each message. A reader
 * that is alone is given messages of packs.
 */
async function play(steps: readonly Step[], isAlone: boolean) {
  const { bus, pass } = openBus();
  const deadLetter = { topic: 'dead', maxDeliveryAttempts: 5 };
  bus.declare({
    topics: ['work', 'dead'],
    subscriptions: [
      reader({ deadLetter }),
      ...(isAlone ? [] : [reader({ name: 'second' })]),
      reader({ name: 'dead-reader', topic: 'dead' }),
    ],
  });
  const held: { readonly ackId: string; readonly content: string }[] = [];
  const acknowledged: string[] = [];
  let published = 0;

  const acknowledge = async (subscription: string, maxMessages: number): Promise<string[]> => {
    const messages = await bus.pull(subscription, maxMessages);
    await bus.acknowledge(
      subscription,
      messages.map((message) => message.ackId),
    );
    return messages.map((message) => Buffer.from(message.data).toString());
  };
  const run = async (current: Step): Promise<void> => {
    if (current.do === 'publish') {
      const messages = Array.from({ length: current.count }, () => {
        published += 1;
        return { data: Buffer.from(String(published)), attributes: {} };
      });
      await bus.publish('work', messages);
    } else if (current.do === 'pull') {
      for (const message of await bus.pull('reader', current.count)) {
        held.push({ ackId: message.ackId, content: Buffer.from(message.data).toString() });
      }
    } else if (current.do === 'pass') {
      await pass(current.seconds * 1_000);
    } else {
      const chosen = held.filter((_, index) => index % current.every === 0);
      const before = bus.stats()[0]?.backlogMessages ?? 0;
      const ackIds = chosen.map((message) => message.ackId);
      await bus[current.do]('reader', ackIds);
      const after = bus.stats()[0]?.backlogMessages ?? 0;
      if (current.do === 'acknowledge') expect(before - after).toBeLessThanOrEqual(new Set(ackIds).size);
      held.splice(0, held.length, ...held.filter((message) => !chosen.includes(message)));
    }
  };
  for (const current of steps) await run(current);

  const acknowledgedEarlier = published - (bus.stats()[0]?.backlogMessages ?? 0);
  while ((bus.stats()[0]?.backlogMessages ?? 0) > 0) {
    acknowledged.push(...(await acknowledge('reader', 100)));
    await pass(11_000);
  }
  const dead = await acknowledge('dead-reader', 1_000);
  const second = isAlone ? [] : await acknowledge('second', 1_000);
  return { published, acknowledgedEarlier, acknowledged, dead, second, left: bus.idle().backlogMessages };
}

test.each([
  ['of two readers', false],
  ['of one reader, who is given packs', true],
])('%s, whatever they do, no message is lost and none comes back after it was acknowledged', async (_, isAlone) => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 30 }), async (steps) => {
      const { published, acknowledgedEarlier, acknowledged, dead, second, left } = await play(steps, isAlone);
      expect(left).toBe(0);
      // What left the subscription early was acknowledged or went to the dead letters; the rest came at the end, once.
      expect(new Set(acknowledged).size).toBe(acknowledged.length);
      expect(acknowledgedEarlier + acknowledged.length).toBe(published);
      expect(new Set([...acknowledged, ...dead]).size).toBe(acknowledged.length + dead.length);
      const all = Array.from({ length: published }, (_, index) => index + 1);
      expect(second.map(Number)).toEqual(isAlone ? [] : all);
    }),
    { numRuns: 60 },
  );
});
