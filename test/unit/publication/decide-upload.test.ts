import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { openEmbeddedRegistry } from '../../../shared/adapters/embedded/registry.ts';
import { createMemoryRegistry } from '../../../shared/adapters/memory/registry.ts';
import { contentHash } from '../../../shared/event/canonical-json.ts';
import type { JsonObject } from '../../../shared/event/json.ts';
import type { UploadedSchema } from '../../../shared/ports/publications.ts';
import type { ActiveRevision } from '../../../shared/ports/registry.ts';
import { decideSdksUpload, decideUpload, type TypeInUse } from '../../../shared/publication/decide-upload.ts';

const type = 'shop.order.v1';
const nowMillis = 5_000;

function revisionOf(schema: JsonObject, revision = 1): ActiveRevision {
  return { type, revision, activatedAtMillis: 1_000, contentHash: contentHash(schema), schema };
}

function uploadOf(more: Partial<UploadedSchema> = {}): UploadedSchema {
  return { type, schema: { a: 1 }, generation: '10', checkedAgainst: 0, clashesWith: () => false, ...more };
}

const nothing: TypeInUse = { types: [] };
const inUse: TypeInUse = { active: revisionOf({ a: 1, b: 2 }, 3), generation: '9', types: [type, 'shop.cart.v1'] };

describe('an upload of a schema', () => {
  test('is the first revision of a type that has none', () => {
    expect(decideUpload(uploadOf(), nothing, nowMillis)).toEqual({
      outcome: { kind: 'activated', revision: { ...revisionOf({ a: 1 }), activatedAtMillis: nowMillis } },
      generation: '10',
    });
  });

  test('is the next revision of one that has others', () => {
    const { outcome, generation } = decideUpload(uploadOf({ checkedAgainst: 3 }), inUse, nowMillis);
    expect([outcome, generation]).toMatchObject([{ kind: 'activated', revision: { revision: 4, type } }, '10']);
  });

  test('is no revision when its content is the same, however it is written, but its generation counts', () => {
    const same = uploadOf({ schema: { b: 2, a: 1 }, checkedAgainst: 3 });
    const unchanged = { outcome: { kind: 'unchanged', revision: inUse.active } };
    expect(decideUpload(same, inUse, nowMillis)).toEqual({ ...unchanged, generation: '10' });
    expect(decideUpload(same, { ...inUse, generation: undefined }, nowMillis)).toEqual({
      ...unchanged,
      generation: '10',
    });
  });

  test('that is delivered again has nothing to be written', () => {
    const again = uploadOf({ schema: { a: 1, b: 2 }, checkedAgainst: 3, generation: '9' });
    expect(decideUpload(again, inUse, nowMillis)).toEqual({ outcome: { kind: 'unchanged', revision: inUse.active } });
  });

  test.each<[string, Partial<UploadedSchema>]>([
    ['other content', { schema: { c: 1 }, checkedAgainst: 3 }],
    ['equal content', { schema: { a: 1, b: 2 }, checkedAgainst: 3 }],
    ['what was checked against an earlier revision', { checkedAgainst: 2 }],
    ['what clashes', { checkedAgainst: 3, clashesWith: () => true }],
  ])('is older after a later one: %s', (_what, more) => {
    expect(decideUpload(uploadOf({ ...more, generation: '8' }), inUse, nowMillis)).toEqual({
      outcome: { kind: 'older' },
    });
  });

  test('compares generations as numbers', () => {
    const later = uploadOf({ generation: '10', checkedAgainst: 3 });
    expect(decideUpload(later, { ...inUse, generation: '9' }, nowMillis).outcome.kind).toBe('activated');
    const digits = '9007199254740993';
    expect(decideUpload(later, { ...inUse, generation: digits }, nowMillis).outcome.kind).toBe('older');
    const next = { ...later, generation: '9007199254740992' };
    expect(decideUpload(next, { ...inUse, generation: digits }, nowMillis).outcome.kind).toBe('older');
  });

  test.each([0, 2, 4])('is to be checked again when it was checked against revision %i of 3', (checkedAgainst) => {
    const clashing = { checkedAgainst, clashesWith: () => true };
    expect(decideUpload(uploadOf(clashing), inUse, nowMillis)).toEqual({ outcome: { kind: 'changed' } });
    const same = { checkedAgainst, schema: { a: 1, b: 2 } };
    expect(decideUpload(uploadOf(same), inUse, nowMillis)).toEqual({ outcome: { kind: 'changed' } });
  });

  test('may not take the table of another type, and has its own', () => {
    const clash = uploadOf({ checkedAgainst: 3, clashesWith: (other) => other === 'shop.cart.v1' });
    expect(decideUpload(clash, inUse, nowMillis)).toEqual({ outcome: { kind: 'clash', type: 'shop.cart.v1' } });
    const own = uploadOf({ checkedAgainst: 3, clashesWith: (other) => other === type });
    expect(decideUpload(own, inUse, nowMillis).outcome.kind).toBe('activated');
  });
});

describe('an upload of SDK bindings', () => {
  const sdks = { web: { a: 1, b: 2 } };

  test('replaces what is there', () => {
    expect(decideSdksUpload(sdks, '1', { sdks: {} })).toEqual({ outcome: 'activated', generation: '1' });
    expect(decideSdksUpload({}, '11', { sdks, generation: '9' })).toEqual({ outcome: 'activated', generation: '11' });
  });

  test('changes nothing when the content is the same, but its generation counts', () => {
    const same = { web: { b: 2, a: 1 } };
    expect(decideSdksUpload(same, '10', { sdks, generation: '9' })).toEqual({ outcome: 'unchanged', generation: '10' });
    expect(decideSdksUpload({}, '1', { sdks: {} })).toEqual({ outcome: 'unchanged', generation: '1' });
    expect(decideSdksUpload(same, '9', { sdks, generation: '9' })).toEqual({ outcome: 'unchanged' });
  });

  test('is older after a later one, whatever it holds', () => {
    expect(decideSdksUpload({}, '9', { sdks, generation: '10' })).toEqual({ outcome: 'older' });
    expect(decideSdksUpload(sdks, '9', { sdks, generation: '10' })).toEqual({ outcome: 'older' });
  });
});

const types = ['shop-order.made.v1', 'shop.order-made.v1', 'shop.cart.v1'];
const content = fc.constantFrom<JsonObject>({}, { a: 1 }, { b: 1 });
const generation = fc.integer({ min: 1, max: 12 }).map(String);
const sameTable = (one: string) => (other: string) => one.replaceAll('-', '.') === other.replaceAll('-', '.');
const anUpload = fc.oneof(
  { weight: 1, arbitrary: fc.record({ sdks: content, generation }) },
  {
    weight: 3,
    arbitrary: fc.record({
      type: fc.constantFrom(...types),
      schema: content,
      generation,
      /** How far the check is behind: 0 for one against what is active. */
      behind: fc.constantFrom(0, 0, 0, 1),
    }),
  },
);

test('whatever is uploaded in whatever order, the stores agree, and what they hold follows from what they answered', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(anUpload, { maxLength: 25 }), async (uploads) => {
      const memory = createMemoryRegistry();
      const embedded = openEmbeddedRegistry({ path: ':memory:' });
      const latest = new Map<string, number>();
      let version = 0;
      for (const [at, each] of uploads.entries()) {
        const outcomes = [];
        for (const registry of [memory, embedded]) {
          if ('sdks' in each) outcomes.push(await registry.publishSdksUpload(each.sdks, each.generation));
          else {
            const { active } = await registry.publishedType(each.type);
            const checkedAgainst = Math.max(0, (active?.revision ?? 0) - each.behind);
            const upload = { ...each, checkedAgainst, clashesWith: sameTable(each.type) };
            outcomes.push(await registry.activateUpload(upload, at));
          }
        }
        expect(outcomes[0]).toEqual(outcomes[1]);
        const [outcome] = outcomes;
        const kind = typeof outcome === 'string' ? outcome : outcome?.kind;
        const subject = 'sdks' in each ? 'sdks.json' : each.type;
        const known = latest.get(subject) ?? 0;
        // An upload counts from the moment it was found in order, and no earlier one after it.
        expect(kind === 'older').toBe(Number(each.generation) < known);
        if (kind === 'activated' || kind === 'unchanged') latest.set(subject, Number(each.generation));
        if (kind === 'activated') version += 1;
      }
      const state = await memory.read();
      expect(await embedded.read()).toEqual(state);
      expect(state).toMatchObject({ version });
      const active = state === 'unchanged' ? [] : state.revisions.map((revision) => revision.type.replaceAll('-', '.'));
      expect(new Set(active).size).toBe(active.length);
      embedded.close();
    }),
    { numRuns: 100 },
  );
});
