import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { JsonObject } from '../../../shared/event/json.ts';
import type { PublicationAttempt, PublishingRegistry, UploadedSchema } from '../../../shared/ports/publications.ts';
import { activateSchema } from '../../helpers/uploads.ts';
import type { ContractAdapter, OpenedAdapter } from '../contract-adapter.ts';

/** What every registry promises to who publishes. */
export function publicationsContract(adapter: ContractAdapter<PublishingRegistry>): void {
  describe(`publications: ${adapter.name}`, () => {
    let opened: OpenedAdapter<PublishingRegistry>;
    let registry: PublishingRegistry;
    beforeEach(async () => {
      opened = await adapter.open();
      registry = opened.port;
    });
    afterEach(() => opened.close());

    const schemaOf = (name: string): JsonObject => ({ type: 'object', properties: { [name]: { type: 'string' } } });
    const upload = (generation: string, checkedAgainst: number, more: Partial<UploadedSchema> = {}) =>
      registry.activateUpload(
        {
          type: 'shop.order.v1',
          schema: schemaOf('a'),
          generation,
          checkedAgainst,
          clashesWith: () => false,
          ...more,
        },
        5_000,
      );
    const version = async (): Promise<number> => {
      const state = await registry.read();
      return state === 'unchanged' ? 0 : state.version;
    };

    test('shows what is active of a type, its generation and the SDK bindings', async () => {
      expect(await registry.publishedType('shop.order.v1')).toEqual({ sdks: {} });
      await registry.publishSdksUpload({ web: {} }, '7');
      const made = await upload('100', 0);
      expect(made).toMatchObject({ kind: 'activated', revision: { revision: 1, activatedAtMillis: 5_000 } });
      const active = made.kind === 'activated' ? made.revision : undefined;
      expect(await registry.publishedType('shop.order.v1')).toEqual({ active, generation: '100', sdks: { web: {} } });
    });

    test('makes one revision of equal content, and keeps the version of the registry', async () => {
      await upload('100', 0);
      const before = await version();
      expect(await upload('100', 1)).toMatchObject({ kind: 'unchanged', revision: { revision: 1 } });
      expect(await upload('101', 1)).toMatchObject({ kind: 'unchanged', revision: { revision: 1 } });
      expect(await version()).toBe(before);
    });

    test('finds an upload older that comes after a later one, also of equal content', async () => {
      await upload('9', 0);
      await upload('11', 1);
      expect(await upload('10', 1, { schema: schemaOf('b') })).toEqual({ kind: 'older' });
      expect(await upload('12', 1, { schema: schemaOf('b') })).toMatchObject({ revision: { revision: 2 } });
    });

    test('has an upload checked again when another revision became active meanwhile', async () => {
      await upload('100', 0);
      expect(await upload('101', 0, { schema: schemaOf('b') })).toEqual({ kind: 'changed' });
      expect(await upload('101', 1, { schema: schemaOf('b') })).toMatchObject({ revision: { revision: 2 } });
    });

    test('refuses a type whose table another type has', async () => {
      await activateSchema(registry, 'shop-order.made.v1', schemaOf('a'));
      const clashesWith = (type: string) => type.replaceAll('-', '.') === 'shop.order.made.v1';
      const clash = { type: 'shop.order-made.v1', clashesWith };
      expect(await upload('1', 0, clash)).toEqual({ kind: 'clash', type: 'shop-order.made.v1' });
      expect(await upload('1', 0, { clashesWith: (type) => type === 'shop.order.v1' })).toMatchObject({
        kind: 'activated',
      });
    });

    test('of uploads that race, one that was checked wins, and the revisions have no gap', async () => {
      const racing = Array.from({ length: 8 }, (_, at) => upload(String(100 + at), 0, { schema: schemaOf(`p${at}`) }));
      const outcomes = await Promise.all(racing);
      const activated = outcomes.flatMap((outcome) =>
        outcome.kind === 'activated' ? [outcome.revision.revision] : [],
      );
      expect(activated).toEqual([1]);
      expect(outcomes.every(({ kind }) => ['activated', 'changed', 'older'].includes(kind))).toBe(true);
      expect(await upload('200', 1, { schema: schemaOf('last') })).toMatchObject({ revision: { revision: 2 } });
    });

    test('replaces the SDK bindings, unless a later upload is in use', async () => {
      expect(await registry.publishSdksUpload({ web: {} }, '10')).toBe('activated');
      expect(await registry.publishSdksUpload({ web: {} }, '12')).toBe('unchanged');
      expect(await registry.publishSdksUpload({ app: {} }, '11')).toBe('older');
      expect(await registry.publishSdksUpload({ app: {} }, '13')).toBe('activated');
      expect(await registry.publishedType('shop.order.v1')).toEqual({ sdks: { app: {} } });
    });

    test('counts the generation of bindings that change nothing, the empty ones of a new registry too', async () => {
      const before = await version();
      expect(await registry.publishSdksUpload({}, '12')).toBe('unchanged');
      expect(await version()).toBe(before);
      expect(await registry.publishSdksUpload({ web: {} }, '11')).toBe('older');
      expect(await registry.publishSdksUpload({ web: {} }, '13')).toBe('activated');
      expect(await registry.publishSdksUpload({ web: {} }, '15')).toBe('unchanged');
      expect(await registry.publishSdksUpload({ app: {} }, '14')).toBe('older');
      expect(await registry.read()).toMatchObject({ revisions: [], sdks: { web: {} } });
    });

    test('of bindings that race the latest upload is in use', async () => {
      const racing = Array.from({ length: 6 }, (_, at) => registry.publishSdksUpload({ [`p${at}`]: {} }, `${10 + at}`));
      const outcomes = await Promise.all(racing);
      expect(outcomes.every((outcome) => outcome === 'activated' || outcome === 'older')).toBe(true);
      expect(await registry.read()).toMatchObject({ sdks: { p5: {} } });
    });

    const attempt = (subject: string, generation: string, message: string): PublicationAttempt => ({
      subject,
      object: 'shop/order.v1.json',
      generation,
      atMillis: 1_000,
      outcome: 'refused',
      revision: 3,
      reasons: [{ pointer: '/edi', message }],
    });

    test('keeps the attempt of the latest upload of each subject', async () => {
      expect(await registry.attempts()).toEqual([]);
      await registry.recordAttempt(attempt('shop.order.v1', '9', 'first'));
      await registry.recordAttempt(attempt('shop.order.v1', '11', 'third'));
      await registry.recordAttempt(attempt('shop.order.v1', '10', 'second'));
      await registry.recordAttempt(attempt('other', '1', 'other'));
      expect(await registry.attempts()).toEqual([
        attempt('other', '1', 'other'),
        attempt('shop.order.v1', '11', 'third'),
      ]);
    });

    if (adapter.survivesRestart) {
      test('keeps generations and attempts over a restart', async () => {
        await upload('100', 0);
        await registry.publishSdksUpload({ web: {} }, '7');
        await registry.recordAttempt(attempt('shop.order.v1', '100', 'kept'));
        registry = await opened.reopen();
        expect(await upload('99', 1, { schema: schemaOf('b') })).toEqual({ kind: 'older' });
        expect(await registry.publishSdksUpload({ app: {} }, '6')).toBe('older');
        expect(await registry.attempts()).toHaveLength(1);
      });
    }
  });
}
