import { join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { openEmbeddedPubSub } from '../../shared/adapters/embedded/pubsub.ts';
import { createManualClock } from '../../shared/adapters/memory/manual-clock.ts';
import { inFolder } from './contract-adapter.ts';
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

pubsubDeliveryContract(inFolder(embedded, (bus) => bus.close()));
