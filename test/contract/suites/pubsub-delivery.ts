import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { BusTopology } from '../../../shared/ports/bus-topology.ts';
import type { DeliveredMessage, Message } from '../../../shared/ports/publisher.ts';
import { bytes, type ContractAdapter, type OpenedAdapter, text } from '../contract-adapter.ts';

/** A Pub/Sub with pull subscriptions, and a way to let time pass (a fake clock, or waiting). */
export interface PubSubUnderTest {
  declare(topology: BusTopology): Promise<void>;
  publish(topic: string, messages: readonly Message[]): Promise<void>;
  pull(subscription: string, maxMessages: number): Promise<readonly (DeliveredMessage & { readonly ackId: string })[]>;
  acknowledge(subscription: string, ackIds: readonly string[]): Promise<void>;
  nack(subscription: string, ackIds: readonly string[]): Promise<void>;
  passSeconds(seconds: number): Promise<void>;
  close(): Promise<void>;
}

const settings = { ackDeadlineSeconds: 10, minBackoffSeconds: 1, maxBackoffSeconds: 4 };

/** How every Pub/Sub delivers, as far as the functions depend on it. */
export function pubsubDeliveryContract(adapter: ContractAdapter<PubSubUnderTest>): void {
  describe(`pub/sub delivery: ${adapter.name}`, () => {
    let opened: OpenedAdapter<PubSubUnderTest>;
    let bus: PubSubUnderTest;
    beforeEach(async () => {
      opened = await adapter.open();
      bus = opened.port;
      await bus.declare({
        topics: ['orders', 'dead'],
        subscriptions: [
          { name: 'first', topic: 'orders', ...settings, deadLetter: { topic: 'dead', maxDeliveryAttempts: 5 } },
          { name: 'second', topic: 'orders', ...settings },
          { name: 'dead-reader', topic: 'dead', ...settings },
        ],
      });
    });
    afterEach(() => opened.close());

    const publish = (...names: string[]): Promise<void> =>
      bus.publish(
        'orders',
        names.map((name) => ({ data: bytes(name), attributes: { name } })),
      );
    const pullTexts = async (subscription: string): Promise<(string | undefined)[]> =>
      (await bus.pull(subscription, 100)).map((message) => text(message.data)).sort();
    /** Pulls and gives everything back, and says what it was. */
    const pullAndNack = async (subscription: string): Promise<readonly DeliveredMessage[]> => {
      const messages = await bus.pull(subscription, 100);
      const ackIds = messages.map((message) => message.ackId);
      await bus.nack(subscription, ackIds);
      return messages;
    };

    test('delivers every message to every subscription, with what belongs to it', async () => {
      await publish('a', 'b');
      expect(await pullTexts('second')).toEqual(['a', 'b']);
      const messages = await bus.pull('first', 100);
      expect(messages.map((message) => message.attributes['name']).sort()).toEqual(['a', 'b']);
      for (const message of messages) {
        expect(message.subscription).toMatch(/^projects\/[^/]+\/subscriptions\/first$/);
        expect(message.publishTimeMillis).toBeGreaterThan(Date.UTC(2025, 0, 1));
      }
      expect(new Set(messages.map((message) => message.messageId)).size).toBe(2);
    });

    test('delivers what is acknowledged never again, to this subscription', async () => {
      await publish('a', 'b');
      const messages = await bus.pull('first', 100);
      const ackIds = messages.filter((message) => text(message.data) === 'a').map((message) => message.ackId);
      await bus.acknowledge('first', ackIds);
      await bus.acknowledge('first', ackIds);
      await bus.passSeconds(20);
      expect(await pullTexts('first')).toEqual(['b']);
      expect(await pullTexts('second')).toEqual(['a', 'b']);
    });

    test('keeps a message to one reader until its ack deadline, then delivers it again', async () => {
      await publish('a');
      expect(await pullTexts('first')).toEqual(['a']);
      expect(await pullTexts('first')).toEqual([]);
      await bus.passSeconds(8);
      expect(await pullTexts('first')).toEqual([]);
      await bus.passSeconds(10);
      expect(await pullTexts('first')).toEqual(['a']);
    });

    test('delivers what is given back again after a while, as the same message', async () => {
      await publish('a');
      const [first] = await pullAndNack('first');
      await bus.passSeconds(8);
      const [second] = await pullAndNack('first');
      expect(second?.messageId).toBe(first?.messageId);
      expect(second?.attributes).toEqual({ name: 'a' });
      expect(second?.publishTimeMillis).toBe(first?.publishTimeMillis);
    });

    test('moves a message to the dead-letter topic after its last attempt, with all that it had', async () => {
      await publish('poison');
      let original: DeliveredMessage | undefined;
      for (let attempt = 1; attempt <= 5; attempt += 1) {
        const [message] = await pullAndNack('first');
        expect(text(message?.data)).toBe('poison');
        original = message;
        await bus.passSeconds(8);
      }
      expect(await pullTexts('first')).toEqual([]);
      const [dead, ...more] = await bus.pull('dead-reader', 100);
      expect(more).toEqual([]);
      expect(text(dead?.data)).toBe('poison');
      expect(dead?.messageId).not.toBe(original?.messageId);
      expect(dead?.attributes['name']).toBe('poison');
      expect(dead?.deliveryAttempt).toBeUndefined();
      expect(await pullTexts('second')).toEqual(['poison']);
    });

    test('declares again without losing anything', async () => {
      await publish('a');
      await bus.declare({ topics: ['orders'], subscriptions: [{ name: 'second', topic: 'orders', ...settings }] });
      expect(await pullTexts('second')).toEqual(['a']);
    });
  });
}
