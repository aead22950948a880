import { join } from 'node:path';
import { expect, test } from 'vitest';
import { openEmbeddedPubSub } from '../../shared/adapters/embedded/pubsub.ts';
import { createManualClock } from '../../shared/adapters/memory/manual-clock.ts';
import { createMemoryPublisher } from '../../shared/adapters/memory/publisher.ts';
import { Unavailable } from '../../shared/ports/unavailable.ts';
import { bytes, inFolder, inMemory } from './contract-adapter.ts';
import { type ObservedPublisher, publisherContract } from './suites/publisher.ts';

const topics = ['contract-a', 'contract-b'];

function observedMemory(): ObservedPublisher {
  const publisher = createMemoryPublisher({ topics });
  return { publisher, stored: async (topic) => publisher.messagesOf(topic), close: async () => undefined };
}

function observedEmbedded(folder: string): ObservedPublisher {
  const bus = openEmbeddedPubSub({ path: join(folder, 'bus.db'), clock: createManualClock() });
  const settings = { ackDeadlineSeconds: 10, minBackoffSeconds: 0, maxBackoffSeconds: 0 };
  bus.declare({ topics, subscriptions: topics.map((topic) => ({ name: `of-${topic}`, topic, ...settings })) });
  return {
    publisher: bus,
    async stored(topic) {
      const messages = await bus.pull(`of-${topic}`, 1_000);
      await bus.nack(
        `of-${topic}`,
        messages.map((message) => message.ackId),
      );
      return messages;
    },
    close: () => bus.stop({ drainMillis: 0 }),
  };
}

publisherContract(inMemory(observedMemory));
publisherContract(inFolder(observedEmbedded, (observed) => observed.close()));

test('memory: fails as told, having stored the messages or not', async () => {
  const publisher = createMemoryPublisher();
  publisher.failNext(1, 'not-stored');
  await expect(publisher.publish('t', [{ data: bytes('1'), attributes: {} }])).rejects.toThrow(Unavailable);
  expect(publisher.published).toEqual([]);
  publisher.failNext(1, 'stored');
  await expect(publisher.publish('t', [{ data: bytes('2'), attributes: {} }])).rejects.toThrow(Unavailable);
  await publisher.publish('t', [{ data: bytes('3'), attributes: {} }]);
  expect(publisher.messagesOf('t')).toHaveLength(2);
});
