import { once } from 'node:events';
import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { bundleFunctions } from '../../infra/bundle/build.ts';
import { createPubSubPublisher, patientPublisher } from '../../shared/adapters/gcp/publisher.ts';
import { declareOnEmulator } from '../../shared/adapters/gcp/pubsub-admin.ts';
import { openPullReader } from '../../shared/adapters/gcp/pull-reader.ts';
import { createManualClock } from '../../shared/adapters/memory/manual-clock.ts';
import { createMemoryPublisher } from '../../shared/adapters/memory/publisher.ts';
import { systemClock } from '../../shared/adapters/system-clock.ts';
import { parsePushBody } from '../../shared/http/push-body.ts';
import type { MessageReader } from '../../shared/ports/message-reader.ts';
import type { DeliveredMessage, Message } from '../../shared/ports/publisher.ts';
import { Unavailable } from '../../shared/ports/unavailable.ts';
import type * as Bundled from '../helpers/bundled-publisher.ts';
import { openEmbeddedPubSub } from '../helpers/embedded-bus.ts';
import { describeOnEmulator, newProject } from '../helpers/emulators.ts';
import { makeScratchFolder } from '../helpers/local-process.ts';
import { bytes, type ContractAdapter, inFolder, inMemory } from './contract-adapter.ts';
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

const emulated = [
  { name: 'contract-a', topic: 'contract-a' },
  { name: 'contract-b', topic: 'contract-b' },
].map((names) => ({ ...names, ackDeadlineSeconds: 60, minBackoffSeconds: 0, maxBackoffSeconds: 0 }));

/** Pulls until nothing comes twice in a row, and keeps what came. */
async function drain(reader: MessageReader, subscription: string, kept: Message[]): Promise<void> {
  for (let empty = 0; empty < 2; ) {
    const messages = await reader.pull(subscription, 1_000);
    await reader.acknowledge(
      subscription,
      messages.map((message) => message.ackId),
    );
    kept.push(...messages);
    empty = messages.length === 0 ? empty + 1 : 0;
  }
}

/** `create` makes the publisher; the reader and the topics are not what is tested. */
function onPubSub(
  name: string,
  host: () => string,
  create: () => typeof createPubSubPublisher,
): ContractAdapter<ObservedPublisher> {
  return {
    name,
    survivesRestart: true,
    async open() {
      const emulator = { projectId: newProject(), emulatorHost: host() };
      await declareOnEmulator(emulator, { topics, subscriptions: emulated });
      const reader = openPullReader({ ...emulator, clock: systemClock });
      const kept = new Map<string, Message[]>(topics.map((topic) => [topic, []]));
      let publisher = create()(emulator);
      const observe = (): ObservedPublisher => ({
        publisher,
        async stored(topic) {
          const messages = kept.get(topic) ?? [];
          await drain(reader, topic, messages);
          return messages;
        },
        close: async () => undefined,
      });
      return {
        port: observe(),
        async reopen() {
          await publisher.close();
          publisher = create()(emulator);
          return observe();
        },
        close: async () => void (await Promise.all([publisher.close(), reader.close()])),
      };
    },
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

describeOnEmulator('pubsub', (host) => {
  publisherContract(onPubSub('Pub/Sub', host, () => createPubSubPublisher));

  // A bundle leaves parts of the client out (`infra/bundle/stand-ins.ts`): what is left has to keep the contract.
  const scratch = makeScratchFolder();
  let bundled: typeof Bundled;
  beforeAll(async () => {
    await bundleFunctions([{ name: 'publisher', entryPoint: 'test/helpers/bundled-publisher.ts' }], scratch.path);
    bundled = createRequire(import.meta.url)(join(scratch.path, 'publisher', 'function.js'));
  });
  afterAll(() => scratch.remove());
  test('the bundle is a module of its own', async () => {
    const { createPubSubPublisher: unbundled } = await import('../helpers/bundled-publisher.ts');
    expect(bundled.createPubSubPublisher).not.toBe(unbundled);
  });
  publisherContract(onPubSub('Pub/Sub, bundled', host, () => bundled.createPubSubPublisher));

  test('what is published reaches a push subscription as the functions read it', async () => {
    const delivered: (DeliveredMessage | undefined)[] = [];
    const server = createServer(async (request, response) => {
      const chunks: Buffer[] = [];
      for await (const chunk of request) chunks.push(Buffer.from(chunk));
      delivered.push(parsePushBody(Buffer.concat(chunks)));
      response.writeHead(204).end();
      server.emit('delivered');
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    const port = address === null || typeof address === 'string' ? 0 : address.port;
    const emulator = { projectId: newProject(), emulatorHost: host() };
    const subscription = { ackDeadlineSeconds: 10, minBackoffSeconds: 1, maxBackoffSeconds: 2 };
    const push = { endpoint: `http://127.0.0.1:${port}/dedup`, maxOutstandingMessages: 1 };
    await declareOnEmulator(emulator, {
      topics: ['pushed'],
      subscriptions: [{ name: 'to-function', topic: 'pushed', push, ...subscription }],
    });
    const publisher = createPubSubPublisher({ ...emulator, settings: patientPublisher });
    const arrived = once(server, 'delivered');
    await publisher.publish('pushed', [{ data: Uint8Array.of(0, 255), attributes: { seal: '0190', ключ: 'ü' } }]);
    await arrived;
    await publisher.close();
    server.closeAllConnections();
    server.close();
    expect(delivered).toMatchObject([
      {
        data: Buffer.from([0, 255]),
        attributes: { seal: '0190', ключ: 'ü' },
        subscription: `projects/${emulator.projectId}/subscriptions/to-function`,
      },
    ]);
  });
});
