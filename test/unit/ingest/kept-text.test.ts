import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { defaultIngestConfig } from '../../../functions/ingest/config.ts';
import type { RequestEvents } from '../../../functions/ingest/read-events.ts';
import { makeIngestStage } from '../../../functions/ingest/stage.ts';
import { createManualClock } from '../../../shared/adapters/memory/manual-clock.ts';
import { makeEventTypes } from '../../../shared/event-types/event-types.ts';
import { startMillis } from '../../helpers/batches.ts';
import { clientTexts } from '../../helpers/client-texts.ts';
import { type IngestWorld, orderEvent, startIngest } from '../../helpers/ingest-world.ts';
import { noTokens } from '../../helpers/no-tokens.ts';
import { recordingObserver } from '../../helpers/recording-observer.ts';
import { registryWith, schemaDocument } from '../../helpers/schemas.ts';

const schemas = [schemaDocument({ properties: { amount: { type: 'integer' } } })];

describe('what is refused is kept as its client wrote it', () => {
  let world: IngestWorld;
  beforeEach(async () => {
    world = await startIngest({ schemas });
  });
  afterEach(() => world.close());

  test.each(clientTexts)('a text with %s: alone, and in a batch', async (what, textWith) => {
    const reason = what === 'numbers beyond 2^53' ? 'number' : 'schema';
    const text = textWith('{"amount":"x"}');
    for (const body of [text, `\ufeff [ ${JSON.stringify(orderEvent())} ,\n${text}\t]`]) {
      expect((await world.post(body)).status).toBe(200);
    }
    const kept = world.quarantined();
    expect(kept.map(({ row, payload }) => [row['reason'], payload])).toEqual([
      [reason, text],
      [reason, text],
    ]);
  });
});

test('a body whose events and texts differ is a bug: nothing of it is stored', async () => {
  const clock = createManualClock(startMillis);
  const observer = recordingObserver();
  const stored: unknown[] = [];
  const stage = makeIngestStage({
    eventTypes: makeEventTypes({ registry: await registryWith(schemas), clock }),
    sealer: { add: async (part) => void stored.push(part) },
    quarantine: { keep: async (events) => void stored.push(...events) },
    clock,
    newSeal: () => 'seal',
    creations: { check: () => undefined },
    verify: noTokens,
    observer,
    config: defaultIngestConfig,
  });
  const refused = orderEvent({ data: { amount: 'x' } });
  for (const bodyBytes of [100, 1_000_000]) {
    const events: RequestEvents = {
      kind: 'events',
      events: [orderEvent({ id: 'a' }), orderEvent({ id: 'b' }), refused],
      texts: () => ['{}'],
      mayHoldTinyNumber: () => false,
      bodyBytes,
    };
    const key = { kind: 'sdk', sdk: 'web' } as const;
    await expect(stage({ events, key, client: 'a client' })).rejects.toThrow(/no text for event \d of 3/);
  }
  expect(stored).toEqual([]);
  expect(Object.fromEntries(observer.counts)).not.toHaveProperty('accepted');
});
