import { describe, expect, test } from 'vitest';
import { createManualClock } from '../../../shared/adapters/memory/manual-clock.ts';
import type { SubscriptionDeclaration } from '../../../shared/ports/bus-topology.ts';
import { openEmbeddedPubSub } from '../../helpers/embedded-bus.ts';
import { openBus, publish, reader, textsOf, worker } from './bus-fixture.ts';

describe('declare', () => {
  const mistakes: Record<string, [Partial<SubscriptionDeclaration>, string]> = {
    'a topic that is not declared': [{ topic: 'missing' }, 'needs topic "missing"'],
    'a dead-letter topic that is not declared': [
      { deadLetter: { topic: 'missing', maxDeliveryAttempts: 5 } },
      'needs topic "missing"',
    ],
    'a deadline below ten seconds': [{ ackDeadlineSeconds: 5 }, 'ackDeadlineSeconds is 5, it must be 10 to 600'],
    'a deadline that is no number': [{ ackDeadlineSeconds: Number.NaN }, 'ackDeadlineSeconds is NaN'],
    'a minimum above the maximum': [{ minBackoffSeconds: 20 }, 'maxBackoffSeconds is 8, it must be 20 to 600'],
    'too few attempts': [{ deadLetter: { topic: 'dead', maxDeliveryAttempts: 3 } }, 'maxDeliveryAttempts is 3'],
    'too many attempts': [{ deadLetter: { topic: 'dead', maxDeliveryAttempts: 200 } }, 'it must be 5 to 100'],
    'no request at once': [
      { push: { endpoint: 'http://x/', maxOutstandingMessages: 0 } },
      'maxOutstandingMessages is 0',
    ],
    'an endpoint that is no URL': [{ push: { endpoint: 'dedup', maxOutstandingMessages: 1 } }, 'not a URL'],
    'a name that Google reserves': [{ name: 'google-x' }, 'cannot name a subscription'],
    'a name with a slash': [{ name: 'projects/x' }, 'cannot name a subscription'],
  };
  test.each(Object.entries(mistakes))('refuses %s, saying which setting and subscription', (_, [change, message]) => {
    const { bus } = openBus();
    const topology = { topics: ['work', 'dead'], subscriptions: [reader({ name: 'right' }), reader(change)] };
    expect(() => bus.declare(topology)).toThrow(message);
    expect(() => bus.declare(topology)).toThrow(change.name ?? 'reader');
    expect(bus.stats()).toEqual([]);
  });

  test('refuses a subscription twice, a name of a topic that Google refuses, and another topic for the same name', () => {
    const { bus } = openBus();
    expect(() => bus.declare({ topics: ['work'], subscriptions: [reader(), reader()] })).toThrow('declared twice');
    expect(() => bus.declare({ topics: ['1st'], subscriptions: [] })).toThrow('cannot name a topic');
    bus.declare({ topics: ['work', 'other'], subscriptions: [reader()] });
    expect(() => bus.declare({ topics: [], subscriptions: [reader({ topic: 'other' })] })).toThrow('cannot change');
  });

  test('refuses to push without a transport', () => {
    const bus = openEmbeddedPubSub({ path: ':memory:', clock: createManualClock() });
    expect(() => bus.declare({ topics: ['work', 'dead'], subscriptions: [worker()] })).toThrow(
      'without a push transport',
    );
  });

  test('changes nothing when it is done again', async () => {
    const { bus } = openBus();
    const topology = { topics: ['work'], subscriptions: [reader()] };
    bus.declare(topology);
    await publish(bus, 'a');
    bus.declare(topology);
    await publish(bus, 'b');
    expect(textsOf(await bus.pull('reader', 10))).toEqual(['a', 'b']);
    expect(bus.stats()).toHaveLength(1);
  });

  test('calls a subscription that is not there a mistake', async () => {
    const { bus } = openBus();
    for (const call of [bus.pull('missing', 1), bus.acknowledge('missing', []), bus.nack('missing', [])]) {
      await expect(call).rejects.toThrow('subscription "missing" is not declared');
    }
  });
});
