import { expect, test } from 'vitest';
import { orderEvent, startIngest } from '../../helpers/ingest-world.ts';
import { schemaDocument } from '../../helpers/schemas.ts';

test('a request of more events than a seal holds is several seals, each with its own events and their index', async () => {
  const schemas = [schemaDocument({ properties: { amount: { type: 'integer' } } })];
  const world = await startIngest({ schemas, config: { maxSealEvents: 4 } });
  const ids = Array.from({ length: 10 }, (_, at) => `e-${at}`);
  const answer = await world.post(ids.map((id) => orderEvent({ id })));
  expect(await answer.json()).toMatchObject({ accepted: 10 });
  const batches = world.received().map(({ texts, index }) => {
    const payload: { readonly id: string }[] = JSON.parse(texts[0] ?? '');
    return { inPayload: payload.map(({ id }) => id), inIndex: index.entries.map(({ id }) => id) };
  });
  expect(batches.map(({ inPayload }) => inPayload)).toEqual([ids.slice(0, 4), ids.slice(4, 8), ids.slice(8)]);
  for (const { inPayload, inIndex } of batches) expect(inIndex).toEqual(inPayload);
  await world.close();
});
