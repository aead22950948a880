import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { JsonObject } from '../../../shared/event/json.ts';
import type { PublishingRegistry } from '../../../shared/ports/publications.ts';
import type { RegistrySnapshot } from '../../../shared/ports/registry.ts';
import { activateSchema } from '../../helpers/uploads.ts';
import type { ContractAdapter, OpenedAdapter } from '../contract-adapter.ts';

/** What every registry promises. */
export function registryContract(adapter: ContractAdapter<PublishingRegistry>): void {
  describe(`registry: ${adapter.name}`, () => {
    let opened: OpenedAdapter<PublishingRegistry>;
    let registry: PublishingRegistry;
    beforeEach(async () => {
      opened = await adapter.open();
      registry = opened.port;
    });
    afterEach(() => opened.close());

    const schemaOf = (...properties: string[]): JsonObject => ({
      type: 'object',
      properties: Object.fromEntries(properties.map((name) => [name, { type: 'string' }])),
    });
    const snapshot = async (): Promise<RegistrySnapshot> => {
      const state = await registry.read();
      if (state === 'unchanged') throw new Error('a read without a known version has to answer with the state');
      return state;
    };

    test('is empty when it is new', async () => {
      const { revisions, sdks } = await snapshot();
      expect([revisions, sdks]).toEqual([[], {}]);
    });

    test('counts the revisions of a type from 1 without gaps, and shows the newest', async () => {
      const first = await activateSchema(registry, 'shop.order.v1', schemaOf('a'), 1_000);
      const second = await activateSchema(registry, 'shop.order.v1', schemaOf('a', 'b'), 2_000);
      const other = await activateSchema(registry, 'shop.cart.v1', schemaOf('a'), 3_000);
      expect(first).toMatchObject({
        type: 'shop.order.v1',
        revision: 1,
        activatedAtMillis: 1_000,
        schema: schemaOf('a'),
      });
      expect([second.revision, other.revision]).toEqual([2, 1]);
      expect(first.contentHash).toBe(other.contentHash);
      const { revisions } = await snapshot();
      expect([...revisions].sort((a, b) => a.activatedAtMillis - b.activatedAtMillis)).toEqual([second, other]);
    });

    test('answers with the active revision when the content is the same, however it is written', async () => {
      const active = await activateSchema(registry, 't.e.v1', { a: 1, b: { c: [1, 2], d: null } }, 1_000);
      const { version } = await snapshot();
      expect(await activateSchema(registry, 't.e.v1', { b: { d: null, c: [1, 2] }, a: 1 }, 9_000)).toEqual(active);
      expect(await registry.read(version)).toBe('unchanged');
      expect((await activateSchema(registry, 't.e.v1', { a: 1, b: { c: [2, 1], d: null } }, 9_000)).revision).toBe(2);
    });

    test('makes a new revision of a content that was active before', async () => {
      const first = await activateSchema(registry, 't.e.v1', schemaOf('a'), 1);
      await activateSchema(registry, 't.e.v1', schemaOf('b'), 2);
      const third = await activateSchema(registry, 't.e.v1', schemaOf('a'), 3);
      expect([third.revision, third.contentHash]).toEqual([3, first.contentHash]);
    });

    test('answers unchanged for the current version alone, and the version grows with every change', async () => {
      const versions = [(await snapshot()).version];
      const changes = [
        () => activateSchema(registry, 't.a.v1', schemaOf('a'), 1),
        () => registry.publishSdksUpload({ web: { origins: ['https://shop.example'] } }, '1'),
        () => activateSchema(registry, 't.b.v1', schemaOf('a'), 2),
        () => registry.publishSdksUpload({ web: {} }, '2'),
      ];
      for (const change of changes) {
        const before = versions.at(-1) ?? 0;
        expect(await registry.read(before)).toBe('unchanged');
        await change();
        expect(await registry.read(before)).not.toBe('unchanged');
        const { version } = await snapshot();
        expect(version).toBeGreaterThan(before);
        versions.push(version);
      }
      expect((await snapshot()).sdks).toEqual({ web: {} });
    });

    test('gives racing callers consecutive revisions, or one for equal contents', async () => {
      const schemas = Array.from({ length: 10 }, (_, index) => schemaOf(`p${index}`));
      const activated = await Promise.all(schemas.map((schema) => activateSchema(registry, 't.e.v1', schema, 1)));
      const revisions = activated.map(({ revision }) => revision).sort((a, b) => a - b);
      expect(revisions).toEqual(schemas.map((_, index) => index + 1));
      const same = await Promise.all(schemas.map(() => activateSchema(registry, 't.same.v1', schemaOf('x'), 1)));
      expect(new Set(same.map(({ revision }) => revision))).toEqual(new Set([1]));
    });

    test('shares no memory with its caller', async () => {
      const schema = schemaOf('a');
      const activated = await activateSchema(registry, 't.e.v1', schema, 1);
      schema['type'] = 'changed';
      activated.schema['type'] = 'changed';
      const [read] = (await snapshot()).revisions;
      if (read !== undefined) read.schema['type'] = 'changed';
      expect((await snapshot()).revisions.map((revision) => revision.schema)).toEqual([schemaOf('a')]);
    });

    if (adapter.survivesRestart) {
      test('keeps its state over a restart', async () => {
        await activateSchema(registry, 't.e.v1', schemaOf('a'), 1);
        await registry.publishSdksUpload({ web: {} }, '1');
        const before = await snapshot();
        registry = await opened.reopen();
        expect(await snapshot()).toEqual(before);
        expect(await registry.read(before.version)).toBe('unchanged');
        expect((await activateSchema(registry, 't.e.v1', schemaOf('b'), 2)).revision).toBe(2);
      });
    }
  });
}
