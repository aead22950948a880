import fc from 'fast-check';
import { expect, test } from 'vitest';
import { defaultDedupConfig } from '../../../functions/dedup/config.ts';
import { makeDedupStage } from '../../../functions/dedup/stage.ts';
import { createMemoryClaimDocuments } from '../../../shared/adapters/memory/claim-documents.ts';
import { createMemoryPublisher } from '../../../shared/adapters/memory/publisher.ts';
import { importHashKey } from '../../../shared/crypto/keyed-hash.ts';
import { makeCountingObserver } from '../../../shared/observe/json-observer.ts';
import type { Message } from '../../../shared/ports/publisher.ts';
import { delivered, marksOf, sealAt, sealedMessage, startMillis } from '../../helpers/batches.ts';
import { receivedBatch, replayWorld } from '../../helpers/replay-world.ts';
import { schemaDocument } from '../../helpers/schemas.ts';

const type = 'shop.cart.v1';
const schema = schemaDocument({ type, properties: {} });
const timeMillis = startMillis - 1_000;

function event(id: string) {
  return { specversion: '1.0', id, source: 'tab-1', type, time: new Date(timeMillis).toISOString(), data: {} };
}

interface Plan {
  /** How the events were refused: those of one number under one seal. */
  readonly seals: readonly number[];
  /** Batches of the client after the type became known: which events, in which of them. */
  readonly resends: readonly (readonly number[])[];
  /** In which order replays and resends are delivered to dedup, some of them twice. */
  readonly order: readonly number[];
  readonly replays: number;
}

const plan: fc.Arbitrary<Plan> = fc.integer({ min: 1, max: 6 }).chain((count) =>
  fc.record({
    seals: fc.array(fc.nat(3), { minLength: count, maxLength: count }),
    resends: fc.array(fc.uniqueArray(fc.nat(count - 1), { minLength: 1 }), { maxLength: 3 }),
    order: fc.array(fc.nat(20), { maxLength: 30 }),
    replays: fc.integer({ min: 1, max: 3 }),
  }),
);

/** Every message once at least, some more often, in an order that the plan chooses. */
function deliveries(messages: readonly Message[], order: readonly number[]): Message[] {
  const chosen = order.flatMap((at) => messages[at % messages.length] ?? []);
  const left = messages.filter((message) => !chosen.includes(message));
  return [...chosen, ...left];
}

test('a replay, however often, beside any resends: every event is forwarded once, all further copies are marked', async () => {
  await fc.assert(
    fc.asyncProperty(plan, async ({ seals, resends, order, replays }) => {
      const world = await replayWorld();
      const ids = seals.map((_, at) => `e${at}`);
      await world.refuse(
        ...ids.map((id, at) => ({ event: event(id), sdk: 'web', type, seal: sealAt(startMillis, seals[at] ?? 0) })),
      );
      await world.know(schema);
      // A crash before the marks makes a replay happen again.
      const forgetful = { ...world.ports, marks: { ...world.marks, mark: async () => {} } };
      const { defaultReplayConfig, replayQuarantine } = await import('../../../shared/quarantine/replay.ts');
      for (let run = 0; run < replays; run++) {
        await replayQuarantine(forgetful, defaultReplayConfig, { reason: 'unknown-type' });
      }
      const resent = resends.map((batch, at) =>
        sealedMessage({
          seal: sealAt(startMillis + 1, 100 + at),
          segments: [batch.map((index) => ({ id: `e${index}`, source: 'tab-1', timeMillis, type }))],
        }),
      );
      const publisher = createMemoryPublisher();
      const dedup = makeDedupStage(
        {
          documents: createMemoryClaimDocuments(),
          publisher,
          deduplicatedTopic: 'deduplicated',
          eventTypes: world.ports.eventTypes,
          clock: world.clock,
          observer: makeCountingObserver(),
          claimsKey: importHashKey(Buffer.alloc(32, 1)),
        },
        defaultDedupConfig,
      );
      const received = world.publisher.messagesOf('received');
      for (const message of deliveries([...received, ...resent], order)) await dedup(delivered(message));
      const first = new Map(ids.map((id) => [id, 0]));
      for (const message of publisher.messagesOf('deduplicated')) {
        const marks = marksOf(message);
        for (const [at, { id }] of receivedBatch(message).index.entries.entries()) {
          const { forward, possibleDuplicate } = marks[at] ?? {};
          if (forward === true && possibleDuplicate === false) first.set(id, (first.get(id) ?? 0) + 1);
        }
      }
      expect([...first]).toEqual(ids.map((id) => [id, 1]));
    }),
    { numRuns: 300 },
  );
});
