import { createServer } from 'node:http';
import { join } from 'node:path';
import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises';
import { test } from 'vitest';
import { listenOnLoopback } from '../../infra/local/function-servers.ts';
import { createPubSubPublisher, patientPublisher } from '../../shared/adapters/gcp/publisher.ts';
import { declareOnEmulator } from '../../shared/adapters/gcp/pubsub-admin.ts';
import { openPullReader } from '../../shared/adapters/gcp/pull-reader.ts';
import { createManualClock } from '../../shared/adapters/memory/manual-clock.ts';
import { systemClock } from '../../shared/adapters/system-clock.ts';
import { parsePushBody } from '../../shared/http/push-body.ts';
import { openEmbeddedPubSub } from '../helpers/embedded-bus.ts';
import { describeOnEmulator, newProject } from '../helpers/emulators.ts';
import { waitFor } from '../helpers/local-process.ts';
import { bytes, type ContractAdapter, inFolder } from './contract-adapter.ts';
import { type PubSubUnderTest, pubsubDeliveryContract } from './suites/pubsub-delivery.ts';

function embedded(folder: string): PubSubUnderTest {
  const clock = createManualClock();
  const bus = openEmbeddedPubSub({ path: join(folder, 'bus.db'), clock });
  return {
    declare: async (topology) => bus.declare(topology),
    publish: (topic, messages) => bus.publish(topic, messages),
    pull: (subscription, maxMessages) => bus.pull(subscription, maxMessages),
    acknowledge: (subscription, ackIds) => bus.acknowledge(subscription, ackIds),
    nack: (subscription, ackIds) => bus.nack(subscription, ackIds),
    async passSeconds(seconds) {
      for (let second = 0; second < seconds; second += 1) {
        clock.advance(1_000);
        await nextTurn();
        await nextTurn();
      }
    },
    close: () => bus.stop({ drainMillis: 0 }),
  };
}

/** Pushes of each message that are answered 503. */
const failures = 3;

/** Google's emulator has no clock of ours: time passes by waiting. */
function onPubSub(host: () => string): ContractAdapter<PubSubUnderTest> {
  return {
    name: 'Pub/Sub',
    survivesRestart: false,
    async open() {
      const emulator = { projectId: newProject(), emulatorHost: host() };
      const publisher = createPubSubPublisher({ ...emulator, settings: patientPublisher });
      const reader = openPullReader({ ...emulator, clock: systemClock });
      const port: PubSubUnderTest = {
        declare: (topology) => declareOnEmulator(emulator, topology),
        publish: (topic, messages) => publisher.publish(topic, messages),
        pull: (subscription, maxMessages) => reader.pull(subscription, maxMessages),
        acknowledge: (subscription, ackIds) => reader.acknowledge(subscription, ackIds),
        nack: (subscription, ackIds) => reader.nack(subscription, ackIds),
        passSeconds: (seconds) => sleep(seconds * 1_000),
        close: async () => void (await Promise.all([publisher.close(), reader.close()])),
      };
      return { port, reopen: async () => port, close: () => port.close() };
    },
  };
}

pubsubDeliveryContract(inFolder(embedded, (bus) => bus.close()));

describeOnEmulator('pubsub', (host) => {
  pubsubDeliveryContract(onPubSub(host), { concurrent: true });

  // With a backoff declared the emulator gives up on them (`declareOnEmulator`).
  test('many messages whose pushes fail several times at once all arrive', async () => {
    const deliveries = new Map<string, number>();
    const server = createServer(async (request, response) => {
      const chunks: Buffer[] = [];
      for await (const chunk of request) chunks.push(Buffer.from(chunk));
      const id = parsePushBody(Buffer.concat(chunks))?.messageId ?? '';
      deliveries.set(id, (deliveries.get(id) ?? 0) + 1);
      response.writeHead((deliveries.get(id) ?? 0) > failures ? 204 : 503).end();
    });
    const endpoint = `http://127.0.0.1:${await listenOnLoopback(server, 0)}/`;
    const emulator = { projectId: newProject(), emulatorHost: host() };
    const timing = { ackDeadlineSeconds: 10, minBackoffSeconds: 1, maxBackoffSeconds: 2 };
    const push = { endpoint, maxOutstandingMessages: 16 };
    await declareOnEmulator(emulator, {
      topics: ['pushed', 'dead'],
      subscriptions: [
        { name: 'flaky', topic: 'pushed', push, ...timing, deadLetter: { topic: 'dead', maxDeliveryAttempts: 100 } },
      ],
    });
    const publisher = createPubSubPublisher({ ...emulator, settings: patientPublisher });
    const messages = Array.from({ length: 50 }, () => ({ data: bytes('x'), attributes: {} }));
    await publisher.publish('pushed', messages);
    const arrived = () => [...deliveries.values()].filter((count) => count > failures).length;
    await waitFor(
      () => `all messages; ${arrived()} of ${messages.length} have arrived`,
      () => arrived() === messages.length || undefined,
      120_000,
    );
    await publisher.close();
    server.closeAllConnections();
    server.close();
  });
});
