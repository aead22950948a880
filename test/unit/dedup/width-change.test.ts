import { describe, expect, test } from 'vitest';
import { claim } from '../../../functions/dedup/claim-index.ts';
import { claimDocumentKey, fingerprintsOf } from '../../../functions/dedup/fingerprint.ts';
import { createMemoryClaimDocuments } from '../../../shared/adapters/memory/claim-documents.ts';
import { createSeededRandom } from '../../../shared/adapters/memory/seeded-random.ts';
import { importHashKey } from '../../../shared/crypto/keyed-hash.ts';
import { newUuidV7 } from '../../../shared/event/uuid.ts';
import type { ClaimDocuments } from '../../../shared/ports/claim-documents.ts';
import type { Namespace } from '../../../shared/sdks/sdk-bindings.ts';
import { identitiesOf } from '../../helpers/batches.ts';

const nowMillis = 1_800_000_000_000;
const claimsKey = importHashKey(Buffer.alloc(32, 7));
const day = 86_400_000;
const hour = 3_600_000;
// The three published states of a change, and what came before and comes after.
const before: Namespace = { name: 'phones', bucketWidthMillis: day };
const announced: Namespace = { ...before, alsoReadBucketWidthMillis: hour };
const swapped: Namespace = { name: 'phones', bucketWidthMillis: hour, alsoReadBucketWidthMillis: day };
const after: Namespace = { name: 'phones', bucketWidthMillis: hour };

const events = Array.from({ length: 40 }, (_, at) => ({
  source: 'phone-1',
  id: `event-${at}`,
  timeMicros: nowMillis * 1_000 + at * 900_000_000,
}));

/** Small documents, so that both layouts split as well. */
function makeIndex(documents: ClaimDocuments = createMemoryClaimDocuments()) {
  const options = {
    documents,
    lookBackMillis: 35 * day,
    maxRounds: 20,
    maxDocumentBytes: 150,
  };
  return async (namespace: Namespace, seal: number, part: typeof events) => {
    const { name, bucketWidthMillis, alsoReadBucketWidthMillis: other } = namespace;
    const keysOf = (width: number) =>
      part.map((event) => claimDocumentKey(claimsKey, { name, bucketWidthMillis: width }, event));
    const claims = {
      documentKeys: keysOf(bucketWidthMillis),
      ...(other === undefined ? {} : { otherDocumentKeys: keysOf(other) }),
      fingerprints: fingerprintsOf(claimsKey)(identitiesOf(part)),
    };
    const owner = newUuidV7({ nowMillis: () => nowMillis, after: () => () => {} }, createSeededRandom(seal));
    const result = await claim(options, { owner, claims, nowMillis });
    if (result.kind !== 'claimed') throw new Error('contention without a competitor');
    return result.outcomes;
  };
}

const all = (outcome: string) => events.map(() => outcome);

describe('a namespace whose bucket width changes', () => {
  test('recognises resends over every step of the change', async () => {
    const claimAs = makeIndex();
    expect(await claimAs(before, 1, events)).toEqual(all('fresh'));
    for (const [at, step] of [announced, swapped].entries()) {
      expect(await claimAs(step, 10 + at, events)).toEqual(all('duplicate'));
      expect(await claimAs(step, 1, events)).toEqual(all('own'));
    }
  });

  test('recognises what was first claimed in the middle of it, before and after the swap', async () => {
    const claimAs = makeIndex();
    const [early, late] = [events.slice(0, 20), events.slice(20)];
    expect(await claimAs(announced, 1, early)).toEqual(early.map(() => 'fresh'));
    expect(await claimAs(swapped, 2, late)).toEqual(late.map(() => 'fresh'));
    // Instances that have not heard of the swap yet work beside those that have.
    expect(await claimAs(announced, 3, events)).toEqual(all('duplicate'));
    expect(await claimAs(swapped, 4, events)).toEqual(all('duplicate'));
    expect(await claimAs(after, 5, late)).toEqual(late.map(() => 'duplicate'));
  });

  test('an event that stands twice in a batch is claimed once', async () => {
    const claimAs = makeIndex();
    const outcomes = await claimAs(swapped, 1, [...events, ...events]);
    expect(outcomes).toEqual([...all('fresh'), ...all('duplicate')]);
  });

  test('two copies that were claimed at once, one in each layout, both stay their owners own, however often delivered', async () => {
    const stored = createMemoryClaimDocuments();
    const bothHaveRead = Promise.withResolvers<void>();
    let writers = 0;
    const claimAs = makeIndex({
      read: (keys) => stored.read(keys),
      async write(writes) {
        if (++writers === 2) bothHaveRead.resolve();
        await bothHaveRead.promise;
        return await stored.write(writes);
      },
    });
    const one = events.slice(0, 1);
    expect(await Promise.all([claimAs(announced, 1, one), claimAs(swapped, 2, one)])).toEqual([['fresh'], ['fresh']]);
    for (const step of [announced, swapped]) {
      expect(['own', 'shared'], 'the first').toContain((await claimAs(step, 1, one))[0]);
      expect(['own', 'shared'], 'the second').toContain((await claimAs(step, 2, one))[0]);
      expect(await claimAs(step, 3, one)).toEqual(['duplicate']);
    }
  });
});
