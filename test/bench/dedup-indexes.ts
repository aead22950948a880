import { claim } from '../../functions/dedup/claim-index.ts';
import type { ClaimOutcome } from '../../functions/dedup/claim-node.ts';
import { defaultDedupConfig } from '../../functions/dedup/config.ts';
import { claimDocumentKey, fingerprintsOf } from '../../functions/dedup/fingerprint.ts';
import { createFirestoreClaimDocuments } from '../../shared/adapters/gcp/claim-documents.ts';
import type { FirestoreDatabase } from '../../shared/adapters/gcp/firestore-database.ts';
import { millisOf, textOf, textValue, timeValue } from '../../shared/adapters/gcp/firestore-values.ts';
import { importHashKey, keyedHashText } from '../../shared/crypto/keyed-hash.ts';
import { identitiesOf } from '../helpers/batches.ts';

/** What an index needs of an event. */
export interface BenchEvent {
  readonly source: string;
  readonly id: string;
  readonly timeMicros: number;
}

export interface BenchClaim {
  readonly owner: string;
  readonly events: readonly BenchEvent[];
  readonly nowMillis: number;
}

/** An index under measurement; answers in the order of the events. */
export type BenchIndex = (request: BenchClaim) => Promise<readonly (ClaimOutcome | undefined)[]>;

const claimsKey = importHashKey(Buffer.alloc(32, 7));
const lookBackMillis = defaultDedupConfig.lookBackDays * 86_400_000;

/** The product's index, as dedup calls it, for the namespace of phones: a bucket holds a day. */
export function bucketIndex(database: FirestoreDatabase): BenchIndex {
  const { maxClaimRounds: maxRounds, maxDocumentBytes } = defaultDedupConfig;
  const namespace = { name: 'phones', bucketWidthMillis: 86_400_000 };
  const options = {
    documents: createFirestoreClaimDocuments({ database }),
    lookBackMillis,
    maxRounds,
    maxDocumentBytes,
  };
  return async ({ owner, events, nowMillis }) => {
    const claims = {
      documentKeys: events.map((event) => claimDocumentKey(claimsKey, namespace, event)),
      fingerprints: fingerprintsOf(claimsKey)(identitiesOf(events)),
    };
    const result = await claim(options, { owner, claims, nowMillis });
    if (result.kind === 'contention') throw new Error('contention, although nobody competes');
    return result.outcomes;
  };
}

/**
 * The naive index: a document per event, found by the hash of its identity. It is made in the hope that it is not there,
 * which saves the read of a first send; only when it is there, it is read to learn whose it is, since a redelivery must
 * find what is its own. An expired one is replaced.
 */
export function documentPerEventIndex(database: FirestoreDatabase): BenchIndex {
  return async ({ owner, events, nowMillis }) => {
    const fields = { owner: textValue(owner), expireAt: timeValue(nowMillis + lookBackMillis) };
    const paths = events.map(({ source, id, timeMicros }) => {
      return `events/${keyedHashText(claimsKey, 'bench.naive', ['phones', source, id, String(timeMicros)], 20)}`;
    });
    const made = await database.writeEach(paths.map((path) => ({ path, fields, expected: 'absent' })));
    const there = paths.filter((_, at) => made[at] === 'conflict');
    const found = there.length === 0 ? new Map() : await database.read(there);
    const expired = [...found.values()].filter(({ fields }) => millisOf(fields, 'expireAt') <= nowMillis);
    if (expired.length > 0) {
      await database.writeEach(expired.map(({ path, version }) => ({ path, fields, expected: version })));
    }
    const replaced = new Set(expired.map(({ path }) => path));
    return paths.map((path, at): ClaimOutcome => {
      if (made[at] === 'written' || replaced.has(path)) return 'fresh';
      const document = found.get(path);
      return document !== undefined && textOf(document.fields, 'owner') === owner ? 'own' : 'duplicate';
    });
  };
}
