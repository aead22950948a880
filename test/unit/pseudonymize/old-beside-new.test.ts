import { expect, test } from 'vitest';
import type { PublishingRegistry } from '../../../shared/ports/publications.ts';
import { pseudonymizeWorld } from '../../helpers/pseudonymize-world.ts';
import { activate, registryWith, schemaDocument } from '../../helpers/schemas.ts';

const type = 'shop.order.v1';
const before = schemaDocument({ type, properties: { total: { type: 'integer' } } });
const after = schemaDocument({
  type,
  properties: { total: { type: 'integer' }, mail: { type: 'string', treatment: { do: 'drop' } } },
});

/** A registry as an instance sees it that nothing new has reached yet. */
async function frozen(registry: PublishingRegistry): Promise<PublishingRegistry> {
  const seen = await registry.read();
  return { ...registry, read: async (known) => (seen !== 'unchanged' && known === seen.version ? 'unchanged' : seen) };
}

test('an old instance leaves a newer revision to the new one beside it, and passes nothing on', async () => {
  const registry = await registryWith([before]);
  const old = await pseudonymizeWorld({ schemas: [], registry: await frozen(registry) });
  await activate(registry, after);
  const fresh = await pseudonymizeWorld({ schemas: [], registry });
  const batch = {
    seal: '0198c9f0-0000-7000-8000-000000000001',
    segments: [
      [
        { id: 'new', type, revision: 2, data: { total: 1, mail: 'a@example.com' } },
        { id: 'old', type, data: { total: 2 } },
      ],
    ],
  };
  expect(await old.deliver(batch)).toBe('done');
  expect(old.rowsOf(type).map((row) => [row['schema_revision'], row['data']])).toEqual([[1, { total: 2 }]]);
  const [remainder, ...others] = old.remainders();
  if (remainder === undefined) throw new Error('nothing remained');
  for (let attempt = 1; attempt < 20; attempt++) {
    expect(await old.deliverMessage(remainder)).toBe('schema-revision-missing');
  }
  expect([old.rowsOf(type).length, old.quarantined(), others]).toEqual([1, [], []]);
  expect(await fresh.deliverMessage(remainder)).toBe('done');
  expect(fresh.rowsOf(type).map((row) => [row['schema_revision'], row['data']])).toEqual([[2, { total: 1 }]]);
  expect(JSON.stringify(fresh.rowsOf(type))).not.toContain('a@example.com');
});
