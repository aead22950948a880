import type { Message, Publisher } from '../../ports/publisher.ts';
import { Unavailable } from '../../ports/unavailable.ts';
import { assertWithinPubsubLimits } from '../pubsub-limits.ts';
import { type Gate, openGate } from './gate.ts';

interface PublishedMessage extends Message {
  readonly topic: string;
}

/** A publisher that remembers what it was given. */
export interface MemoryPublisher extends Publisher {
  /** Everything that is stored, in order of storing. */
  readonly published: readonly PublishedMessage[];
  /** The messages of one topic, in order of storing. */
  messagesOf(topic: string): Message[];
  /**
   * The next `calls` calls of `publish` reject with `Unavailable`: `not-stored` before anything is stored, `stored`
   * after all of it is (an answer that got lost).
   */
  failNext(calls: number, effect: 'not-stored' | 'stored'): void;
  clear(): void;
}

/** Makes a publisher that takes any topic, or only `topics` when they are given. Enforces Google's limits. */
export function createMemoryPublisher(options: { topics?: Iterable<string>; gate?: Gate } = {}): MemoryPublisher {
  const published: PublishedMessage[] = [];
  const topics = options.topics === undefined ? undefined : new Set(options.topics);
  const gate = options.gate ?? openGate;
  let failure = { calls: 0, effect: 'not-stored' };

  return {
    published,
    async publish(topic, messages) {
      if (topics?.has(topic) === false) throw new Error(`topic "${topic}" is not declared`);
      assertWithinPubsubLimits(messages);
      await gate('publish');
      const fails = failure.calls > 0;
      if (fails) failure.calls -= 1;
      if (!fails || failure.effect === 'stored') published.push(...messages.map((message) => copyOf(topic, message)));
      if (fails) throw new Unavailable('publisher', `publishing to ${topic} fails as told`);
    },
    messagesOf: (topic) => published.filter((message) => message.topic === topic),
    failNext(calls, effect) {
      failure = { calls, effect };
    },
    clear() {
      published.length = 0;
    },
  };
}

function copyOf(topic: string, message: Message): PublishedMessage {
  return { topic, data: new Uint8Array(message.data), attributes: { ...message.attributes } };
}
