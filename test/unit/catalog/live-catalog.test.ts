import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { makeLiveCatalog } from '../../../infra/local/catalog/live-catalog.ts';
import { createManualClock } from '../../../shared/adapters/memory/manual-clock.ts';
import type { Registry } from '../../../shared/ports/registry.ts';
import { Unavailable } from '../../../shared/ports/unavailable.ts';
import { activate, registryWith, schemaDocument } from '../../helpers/schemas.ts';
import { activateSchema } from '../../helpers/uploads.ts';

const noFolder = join(tmpdir(), 'edi-no-such-folder');

function liveCatalog(registry: Registry) {
  const clock = createManualClock();
  const site = makeLiveCatalog({
    registry,
    clock,
    schemaFolder: noFolder,
    ingestUrl: () => 'http://127.0.0.1:1',
  });
  return { clock, site };
}

test('a schema that becomes active is in the catalog a second later, without a restart', async () => {
  const registry = await registryWith([schemaDocument({ type: 'shop.order.v1' })]);
  const { clock, site } = liveCatalog(registry);
  expect((await site()).types).toEqual(['shop.order.v1']);
  await activate(registry, schemaDocument({ type: 'shop.cart.v1' }));
  expect((await site()).types).toEqual(['shop.order.v1']);
  clock.advance(1_000);
  const { types, files } = await site();
  expect(types).toEqual(['shop.cart.v1', 'shop.order.v1']);
  expect(files.get('types/shop.cart.v1.html')?.render()).toContain('active since');
});

test('types that a legacy binding sends are told apart, and how their rows are kept', async () => {
  const edi = { sdks: ['legacy-tv'] };
  const alpha = { type: 'shop.cart.v1', edi: { ...edi, stage: 'alpha' } };
  const registry = await registryWith([
    schemaDocument({ edi }),
    schemaDocument(alpha),
    schemaDocument({ type: 'a.b.v1' }),
  ]);
  expect([...(await liveCatalog(registry).site()).legacyTypes]).toEqual([
    ['legacy/shop.cart.v1.json', { type: 'shop.cart.v1', isAlpha: true }],
    ['legacy/shop.order.v1.json', { type: 'shop.order.v1', isAlpha: false }],
  ]);
});

test('a new revision replaces the page; nothing new makes no new pages', async () => {
  const registry = await registryWith([schemaDocument({})]);
  const { clock, site } = liveCatalog(registry);
  const first = await site();
  clock.advance(1_000);
  expect(await site()).toBe(first);
  await activate(registry, schemaDocument({ properties: { brandNew: { type: 'string' } } }));
  clock.advance(1_000);
  expect((await site()).files.get('types/shop.order.v1.html')?.render()).toContain('brandNew');
});

test('pages that ask at once cause one question', async () => {
  const registry = await registryWith([schemaDocument({})]);
  let reads = 0;
  const counted: Registry = {
    ...registry,
    read: (known) => {
      reads++;
      return registry.read(known);
    },
  };
  const { site } = liveCatalog(counted);
  await Promise.all([site(), site(), site()]);
  expect(reads).toBe(1);
});

test('while the registry cannot be asked the last catalog stays; without one it says so', async () => {
  const registry = await registryWith([schemaDocument({})]);
  let isDown = true;
  const flaky: Registry = {
    ...registry,
    read: (known) => (isDown ? Promise.reject(new Unavailable('registry', 'it is down')) : registry.read(known)),
  };
  const { clock, site } = liveCatalog(flaky);
  await expect(site()).rejects.toThrow(Unavailable);
  isDown = false;
  const first = await site();
  isDown = true;
  clock.advance(60_000);
  expect(await site()).toBe(first);
});

test('a revision that is nonsense is left out, and the others are shown', async () => {
  const registry = await registryWith([schemaDocument({})]);
  await activateSchema(registry, 'shop.nonsense.v1', { edi: 'edited by hand' });
  expect((await liveCatalog(registry).site()).types).toEqual(['shop.order.v1']);
});
