import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { claim } from '../../../functions/dedup/claim-index.ts';
import type { ClaimOutcome } from '../../../functions/dedup/claim-node.ts';
import { createMemoryClaimDocuments } from '../../../shared/adapters/memory/claim-documents.ts';
import { createSeededRandom } from '../../../shared/adapters/memory/seeded-random.ts';
import { newUuidV7 } from '../../../shared/event/uuid.ts';
import type { ClaimDocuments } from '../../../shared/ports/claim-documents.ts';

const dayMillis = 86_400_000;
const startMillis = 1_800_000_000_000;
const lookBackMillis = 35 * dayMillis;
// Two owners with some claims each: documents split all the time.
const options = { lookBackMillis, maxDocumentBytes: 200, maxRounds: 40 };

function sealAt(nowMillis: number, seed: number): string {
  return newUuidV7({ nowMillis: () => nowMillis, after: () => () => {} }, createSeededRandom(seed));
}

/** All 64 bits of a fingerprint matter to a split: spread small numbers over them. */
function print(value: number): string {
  return BigInt.asUintN(64, BigInt(value + 1) * 0x9e3779b97f4a7c15n)
    .toString(16)
    .padStart(16, '0');
}

function claimsOf(values: readonly number[]) {
  return {
    documentKeys: values.map(() => 'bucket'),
    fingerprints: Buffer.from(values.map(print).join(''), 'hex'),
  };
}

async function outcomesOf(
  documents: ClaimDocuments,
  owner: string,
  values: readonly number[],
  nowMillis = startMillis,
) {
  const result = await claim({ ...options, documents }, { owner, claims: claimsOf(values), nowMillis });
  if (result.kind !== 'claimed') throw new Error('contention without a competitor');
  return result.outcomes;
}

const batches = fc.array(
  fc.record({
    owner: fc.nat({ max: 12 }),
    values: fc.uniqueArray(fc.nat({ max: 150 }), { minLength: 1, maxLength: 25 }),
  }),
  { minLength: 1, maxLength: 40 },
);

describe('a claim document that splits', () => {
  test('answers as an index without bounds would, whatever is claimed in whatever order', async () => {
    await fc.assert(
      fc.asyncProperty(batches, async (list) => {
        const documents = createMemoryClaimDocuments();
        const owners = new Map<number, number>();
        for (const { owner, values } of list) {
          const expected = values.map((value): ClaimOutcome => {
            const holder = owners.get(value);
            if (holder === undefined) owners.set(value, owner);
            return holder === undefined ? 'fresh' : holder === owner ? 'own' : 'duplicate';
          });
          expect(await outcomesOf(documents, sealAt(startMillis, owner), values)).toEqual(expected);
        }
      }),
    );
  });

  test('keeps every document near the bound', async () => {
    const sizes: number[] = [];
    const memory = createMemoryClaimDocuments();
    const documents: ClaimDocuments = {
      read: memory.read,
      write(writes) {
        for (const { document } of writes) sizes.push([...document.claims.values()].reduce((n, p) => n + p.length, 0));
        return memory.write(writes);
      },
    };
    for (let batch = 0; batch < 50; batch++) {
      await outcomesOf(
        documents,
        sealAt(startMillis, batch),
        Array.from({ length: 20 }, (_, at) => batch * 20 + at),
      );
    }
    expect(memory.documentCount()).toBeGreaterThan(50);
    expect(Math.max(...sizes)).toBeLessThanOrEqual(options.maxDocumentBytes);
  });

  test('racing owners get each event exactly once between them', async () => {
    await fc.assert(
      fc.asyncProperty(fc.scheduler(), batches, async (scheduler, list) => {
        const documents = createMemoryClaimDocuments({
          gate: (operation) => scheduler.schedule(Promise.resolve(), operation),
        });
        const results = list.map(async ({ values }, at) => {
          const owner = sealAt(startMillis, at);
          const claims = claimsOf(values);
          for (let delivery = 0; delivery < 20; delivery++) {
            const result = await claim({ ...options, documents }, { owner, claims, nowMillis: startMillis });
            if (result.kind === 'claimed') return values.filter((_, i) => result.outcomes[i] !== 'duplicate');
          }
          throw new Error('contention did not end');
        });
        await scheduler.waitFor(Promise.all(results));
        const forwarded = (await Promise.all(results)).flat().sort((a, b) => a - b);
        expect(forwarded).toEqual([...new Set(list.flatMap(({ values }) => values))].sort((a, b) => a - b));
      }),
      { numRuns: 60 },
    );
  });

  test('is remembered for the whole look-back, also when its sub-documents are claimed much later than it', async () => {
    const documents = createMemoryClaimDocuments();
    const values = Array.from({ length: 60 }, (_, at) => at);
    await outcomesOf(documents, sealAt(startMillis, 1), values);
    const laterMillis = startMillis + 30 * dayMillis;
    const late = Array.from({ length: 60 }, (_, at) => 1_000 + at);
    await outcomesOf(documents, sealAt(laterMillis, 2), late, laterMillis);
    // 34 days after the late ones, 64 after the document was made.
    const muchLaterMillis = laterMillis + 34 * dayMillis;
    await documents.purgeExpired(muchLaterMillis, 1_000);
    // Few enough to fit into a document that would be made anew.
    expect(await outcomesOf(documents, sealAt(muchLaterMillis, 4), late.slice(0, 2), muchLaterMillis)).toEqual([
      'duplicate',
      'duplicate',
    ]);
    const again = await outcomesOf(documents, sealAt(muchLaterMillis, 3), [...late, ...values], muchLaterMillis);
    expect(again.slice(0, 60)).toEqual(late.map(() => 'duplicate'));
    expect(again.slice(60)).toEqual(values.map(() => 'fresh'));
  });

  test('starts anew once all of it has expired', async () => {
    const documents = createMemoryClaimDocuments();
    const values = Array.from({ length: 60 }, (_, at) => at);
    await outcomesOf(documents, sealAt(startMillis, 1), values);
    const afterMillis = startMillis + lookBackMillis + 2 * dayMillis;
    expect(await outcomesOf(documents, sealAt(afterMillis, 2), [1], afterMillis)).toEqual(['fresh']);
    const [root] = await documents.read(['bucket']);
    expect(root?.split).toBeUndefined();
    expect(root?.claims.size).toBe(1);
  });
});
