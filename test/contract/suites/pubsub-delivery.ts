import { describe, expect, test } from 'vitest';
import type { BusTopology } from '../../../shared/ports/bus-topology.ts';
import type { DeliveredMessage, Message } from '../../../shared/ports/publisher.ts';
import { bytes, type ContractAdapter, text } from '../contract-adapter.ts';

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
const topology: BusTopology = {
  topics: ['orders', 'dead'],
  subscriptions: [
    { name: 'first', topic: 'orders', ...settings, deadLetter: { topic: 'dead', maxDeliveryAttempts: 5 } },
    { name: 'second', topic: 'orders', ...settings },
    { name: 'dead-reader', topic: 'dead', ...settings },
  ],
};

/** What a case works with: a Pub/Sub of its own, with what it declares. */
class Case {
  readonly bus: PubSubUnderTest;

  constructor(bus: PubSubUnderTest) {
    this.bus = bus;
  }

  publish(...names: string[]): Promise<void> {
    const messages = names.map((name) => ({ data: bytes(name), attributes: { name } }));
    return this.bus.publish('orders', messages);
  }

  /** What a pull answers; it may answer with less than there is, so it goes on until so many have come, for some seconds. */
  async pullTexts(subscription: string, wanted = 0): Promise<(string | undefined)[]> {
    const pulled = [...(await this.bus.pull(subscription, 100))];
    for (let second = 0; second < 8 && pulled.length < wanted; second += 1) {
      await this.bus.passSeconds(1);
      pulled.push(...(await this.bus.pull(subscription, 100)));
    }
    return pulled.map((message) => text(message.data)).sort();
  }

  /** Pulls until something comes, for as long as a backoff takes, gives all of it back, and says what it was. */
  async pullAndNack(subscription: string): Promise<readonly DeliveredMessage[]> {
    for (let second = 0; second < 8; second += 1) {
      const messages = await this.bus.pull(subscription, 100);
      const ackIds = messages.map((message) => message.ackId);
      await this.bus.nack(subscription, ackIds);
      if (messages.length > 0) return messages;
      await this.bus.passSeconds(1);
    }
    return [];
  }
}

export interface DeliveryContractOptions {
  /** The cases run at the same time, where time has to be waited for. Default false. */
  readonly concurrent?: boolean;
}

/** How every Pub/Sub delivers, as far as the functions depend on it. */
export function pubsubDeliveryContract(
  adapter: ContractAdapter<PubSubUnderTest>,
  { concurrent = false }: DeliveryContractOptions = {},
): void {
  describe(`pub/sub delivery: ${adapter.name}`, { concurrent }, () => {
    const testCase = (name: string, run: (given: Case) => Promise<void>) =>
      test(name, async () => {
        const opened = await adapter.open();
        try {
          await opened.port.declare(topology);
          await run(new Case(opened.port));
        } finally {
          await opened.close();
        }
      });

    testCase('delivers every message to every subscription, with what belongs to it', async (given) => {
      const { bus } = given;
      await given.publish('a', 'b');
      expect(await given.pullTexts('second', 2)).toEqual(['a', 'b']);
      const messages = await bus.pull('first', 100);
      expect(messages.map((message) => message.attributes['name']).sort()).toEqual(['a', 'b']);
      for (const message of messages) {
        expect(message.subscription).toMatch(/^projects\/[^/]+\/subscriptions\/first$/);
        expect(message.publishTimeMillis).toBeGreaterThan(Date.UTC(2025, 0, 1));
      }
      expect(new Set(messages.map((message) => message.messageId)).size).toBe(2);
    });

    testCase('delivers what is acknowledged never again, to this subscription', async (given) => {
      const { bus } = given;
      await given.publish('a', 'b');
      const messages = await bus.pull('first', 100);
      const ackIds = messages.filter((message) => text(message.data) === 'a').map((message) => message.ackId);
      await bus.acknowledge('first', ackIds);
      await bus.acknowledge('first', ackIds);
      await bus.passSeconds(20);
      expect(await given.pullTexts('first', 1)).toEqual(['b']);
      expect(await given.pullTexts('second', 2)).toEqual(['a', 'b']);
    });

    testCase('keeps a message to one reader until its ack deadline, then delivers it again', async (given) => {
      const { bus } = given;
      await given.publish('a');
      expect(await given.pullTexts('first', 1)).toEqual(['a']);
      expect(await given.pullTexts('first')).toEqual([]);
      await bus.passSeconds(5);
      expect(await given.pullTexts('first')).toEqual([]);
      await bus.passSeconds(13);
      expect(await given.pullTexts('first', 1)).toEqual(['a']);
    });

    testCase('delivers what is given back again after a while, as the same message', async (given) => {
      await given.publish('a');
      const [first] = await given.pullAndNack('first');
      const [second] = await given.pullAndNack('first');
      expect(second?.messageId).toBe(first?.messageId);
      expect(second?.attributes).toEqual({ name: 'a' });
      expect(second?.publishTimeMillis).toBe(first?.publishTimeMillis);
    });

    testCase('moves a message to the dead-letter topic after its last attempt, with all that it had', async (given) => {
      const { bus } = given;
      await given.publish('poison');
      let original: DeliveredMessage | undefined;
      for (let attempt = 1; attempt <= 5; attempt += 1) {
        const [message] = await given.pullAndNack('first');
        expect(text(message?.data)).toBe('poison');
        original = message;
      }
      await bus.passSeconds(5);
      expect(await given.pullTexts('first')).toEqual([]);
      const [dead, ...more] = await given.pullAndNack('dead-reader');
      expect(more).toEqual([]);
      expect(text(dead?.data)).toBe('poison');
      expect(dead?.messageId).not.toBe(original?.messageId);
      expect(dead?.attributes['name']).toBe('poison');
      expect(dead?.deliveryAttempt).toBeUndefined();
      expect(await given.pullTexts('second', 1)).toEqual(['poison']);
    });

    testCase('declares again without losing anything', async (given) => {
      const { bus } = given;
      await given.publish('a');
      await bus.declare({ topics: ['orders'], subscriptions: [{ name: 'second', topic: 'orders', ...settings }] });
      expect(await given.pullTexts('second', 1)).toEqual(['a']);
    });
  });
}
