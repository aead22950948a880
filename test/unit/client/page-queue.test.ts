import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { sumOf } from '../../../shared/client/core/event-text.ts';
import { makeModelStore } from '../../../shared/client/core/model-store.ts';
import type { Draft, Priority, SealedBatch, Store } from '../../../shared/client/core/ports.ts';

/** The part of pages is compiled with their types, and not with Node's. */
const file = '../../../shared/client/browser/memory-store.ts';
const newSource = () => 'urn:a';
const limits = { maxRequestEvents: 3, maxBodyBytes: 150 };

type Step =
  | { readonly do: 'append'; readonly priorities: readonly Priority[]; readonly whole: boolean }
  | { readonly do: 'settle' | 'halve'; readonly batch: number }
  | { readonly do: 'seal' | 'note' | 'restart' | 'lose' | 'repay' | 'withdraw' | 'consent' };

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('append' as const),
      priorities: fc.array(fc.constantFrom<Priority>(0, 1, 2, 3), { maxLength: 6 }),
      whole: fc.boolean(),
    }),
  },
  { weight: 3, arbitrary: fc.record({ do: fc.constantFrom('settle', 'halve'), batch: fc.nat({ max: 5 }) }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constantFrom('seal', 'lose', 'repay') }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constantFrom('note', 'restart', 'withdraw', 'consent') }) },
);

function drafts(one: Extract<Step, { do: 'append' }>, at: number): Draft[] {
  return one.priorities.map((priority, index) => {
    const id = `${at}-${index}`;
    const open = `{"id":"${id}","note":"${'é'.repeat(index)}"`;
    const type = `shop.order-${index % 2}.v1`;
    const text = one.whole ? `${open}}` : open;
    return { id, type, text, whole: one.whole, priority, atMillis: at, group: `${index % 3 === 2}` };
  });
}

/** Takes a step, and tells all that can be seen of it and after it. */
async function take(store: Store, one: Step, at: number, bounds: { maxEvents: number; maxBytes: number }) {
  const batches = await Promise.all((await store.batches()).map((id) => store.read(id)));
  const batch: SealedBatch | undefined = 'batch' in one ? batches[one.batch % Math.max(1, batches.length)] : undefined;
  const lost = [{ type: 'shop.order.v1', reason: 'data' as const, count: one.do === 'repay' ? -1 : 2 }];
  let told: unknown;
  if (one.do === 'append') {
    const { kept, losses, withdrawn } = await store.append(drafts(one, at), bounds);
    told = { kept: kept.map(({ n, text, bytes }) => [n, text, bytes]), losses: sorted(losses), withdrawn };
  }
  if (one.do === 'seal') told = await store.seal(limits);
  if (one.do === 'settle' && batch) told = await store.settle(batch, [], lost);
  if (one.do === 'halve' && batch) told = await store.settle(batch, [batch.events.slice(0, 1), batch.events.slice(2)]);
  if (one.do === 'lose' || one.do === 'repay') await store.append([], bounds, lost);
  if (one.do === 'note') await store.note(`note ${at}`);
  if (one.do === 'restart') await store.restart();
  if (one.do === 'withdraw' || one.do === 'consent') await store.setConsent(one.do === 'consent');
  const { events, bytes, consent, source, note, losses } = await store.state();
  const after = await Promise.all((await store.batches()).map((id) => store.read(id)));
  return { told, events, bytes, consent, source, note, losses: sorted(losses), after };
}

function sorted(losses: Parameters<typeof sumOf>[0]): string[] {
  return sumOf(losses)
    .map(({ type, reason, count }) => `${type} ${reason} ${count}`)
    .sort();
}

test("a page's queue does what Node's does, after any operations", async () => {
  const { makeMemoryStore } = await import(file);
  await fc.assert(
    fc.asyncProperty(
      fc.array(step, { maxLength: 40 }),
      fc.record({ maxEvents: fc.integer({ min: 1, max: 12 }), maxBytes: fc.integer({ min: 100, max: 2_000 }) }),
      async (steps, bounds) => {
        const page: Store = makeMemoryStore(newSource, new Map());
        const node = makeModelStore({ durability: 'memory', newSource });
        for (const [at, one] of steps.entries()) {
          expect(await take(page, one, at, bounds)).toEqual(await take(node, one, at, bounds));
        }
      },
    ),
    { numRuns: 100 },
  );
});
