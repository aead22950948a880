import { claim } from '../../functions/dedup/claim-index.ts';
import { type DedupConfig, defaultDedupConfig } from '../../functions/dedup/config.ts';
import { claimDocumentKey, fingerprintsOf } from '../../functions/dedup/fingerprint.ts';
import { makeTurns } from '../../functions/dedup/turns.ts';
import { claimDocumentBytes } from '../../shared/adapters/claim-document-limits.ts';
import { systemClock } from '../../shared/adapters/system-clock.ts';
import { systemRandom } from '../../shared/adapters/system-random.ts';
import { importHashKey } from '../../shared/crypto/keyed-hash.ts';
import { newUuidV7 } from '../../shared/event/uuid.ts';
import type { ClaimDocuments } from '../../shared/ports/claim-documents.ts';
import { identitiesOf } from './batches.ts';

/** One backend that sends its events under one source. */
export interface BusySource {
  readonly eventsPerSecond: number;
  readonly batchEvents: number;
  readonly bucketWidthMillis: number;
  /** Every event has the same time. */
  readonly clockStandsStill?: boolean;
}

/** A batch by its place in the order of sending. */
export interface BusyBatch {
  readonly at: number;
  readonly seal: string;
}

export interface BusyReport {
  readonly batches: number;
  readonly events: number;
  /** Of the index, sub-documents included, by batch and delivery. */
  readonly meanDocumentsPerBatch: number;
  readonly maxDocumentsPerBatch: number;
  readonly largestDocumentBytes: number;
  readonly documentReads: number;
  readonly documentWrites: number;
  readonly conflicts: number;
  /** Deliveries that ended in contention, so that Pub/Sub would deliver again. */
  readonly redeliveries: number;
  readonly maxDeliveriesOfABatch: number;
  /** Events that nobody forwarded, and events that two owners did. Correct: none of both. */
  readonly lost: number;
  readonly doubled: number;
}

export interface BusyConsumerOptions {
  readonly source: BusySource;
  readonly documents: ClaimDocuments;
  /** Runs before a batch is delivered again. */
  readonly pause: () => Promise<void>;
  readonly config?: Partial<DedupConfig>;
  /** The batches are those of one instance, which take turns. Default: each is as on an instance of its own. */
  readonly oneInstance?: boolean;
}

export interface BusyConsumer {
  /** Delivers until the batch is claimed. Throws when that takes more than 1,000 deliveries. */
  deliver(batch: BusyBatch): Promise<void>;
  /** What came of it; `lost` counts among the first `batches` of the source. */
  report(batches: number): BusyReport;
}

const claimsKey = importHashKey(Buffer.alloc(32, 7));
const startMicros = Date.UTC(2026, 0, 1, 12) * 1_000 + 7_311;
const dayMillis = 86_400_000;
const maxDeliveries = 1_000;

/** A batch under a seal of its own; a resend of it is another one of the same place. */
export function busyBatch(at: number): BusyBatch {
  return { at, seal: newUuidV7(systemClock, systemRandom) };
}

/** Claims the batches of one source as dedup does, from any number of callers at once, and checks who got what. */
export function makeBusyConsumer(options: BusyConsumerOptions): BusyConsumer {
  const { source, documents, pause } = options;
  const config = { ...defaultDedupConfig, ...options.config };
  const rules = { ...config, lookBackMillis: config.lookBackDays * dayMillis, maxRounds: config.maxClaimRounds };
  const { maxTurnWaitMillis: maxWaitMillis } = config;
  const turns = options.oneInstance ? { turns: makeTurns({ clock: systemClock, maxWaitMillis }) } : {};
  const ownersOf = new Map<number, number>();
  const totals = { deliveries: 0, documents: 0, maxDocuments: 0, maxDeliveries: 0, conflicts: 0, batches: 0 };
  const counted = countDocuments(documents);

  return {
    async deliver({ at, seal }) {
      const claims = busyClaims(source, at);
      totals.batches++;
      for (let delivery = 1; delivery <= maxDeliveries; delivery++) {
        const touched = new Set<string>();
        const request = { owner: seal, claims, nowMillis: Date.now() };
        const result = await claim({ ...rules, ...turns, documents: counted.touching(touched) }, request);
        totals.deliveries++;
        totals.documents += touched.size;
        totals.maxDocuments = Math.max(totals.maxDocuments, touched.size);
        totals.maxDeliveries = Math.max(totals.maxDeliveries, delivery);
        totals.conflicts += result.conflicts;
        if (result.kind === 'claimed') {
          for (const [position, outcome] of result.outcomes.entries()) {
            const event = at * source.batchEvents + position;
            if (outcome !== 'duplicate') ownersOf.set(event, (ownersOf.get(event) ?? 0) + 1);
          }
          return;
        }
        await pause();
      }
      throw new Error(`a batch was not claimed in ${maxDeliveries} deliveries`);
    },
    report(batches) {
      const events = batches * source.batchEvents;
      return {
        batches: totals.batches,
        events,
        meanDocumentsPerBatch: totals.documents / Math.max(1, totals.deliveries),
        maxDocumentsPerBatch: totals.maxDocuments,
        largestDocumentBytes: counted.largestBytes(),
        documentReads: counted.reads(),
        documentWrites: counted.writes(),
        conflicts: totals.conflicts,
        redeliveries: totals.deliveries - totals.batches,
        maxDeliveriesOfABatch: totals.maxDeliveries,
        lost: Array.from({ length: events }, (_, event) => ownersOf.get(event) ?? 0).filter((n) => n === 0).length,
        doubled: [...ownersOf.values()].filter((owners) => owners > 1).length,
      };
    },
  };
}

function busyClaims(source: BusySource, at: number) {
  const { batchEvents, eventsPerSecond, bucketWidthMillis } = source;
  const namespace = { name: 'busy', bucketWidthMillis };
  const identities = Array.from({ length: batchEvents }, (_, position) => {
    const event = at * batchEvents + position;
    const passedMicros = source.clockStandsStill ? 0 : Math.round((event * 1_000_000) / eventsPerSecond);
    return { source: 'backend', id: `event-${event}`, timeMicros: startMicros + passedMicros };
  });
  return {
    documentKeys: identities.map((identity) => claimDocumentKey(claimsKey, namespace, identity)),
    fingerprints: fingerprintsOf(claimsKey)(identitiesOf(identities)),
  };
}

function countDocuments(documents: ClaimDocuments) {
  let largest = 0;
  let reads = 0;
  let writes = 0;
  const touching = (touched: Set<string>): ClaimDocuments => ({
    read(keys) {
      for (const key of keys) touched.add(key);
      reads += keys.length;
      return documents.read(keys);
    },
    write(requested) {
      for (const { document } of requested) largest = Math.max(largest, claimDocumentBytes(document));
      writes += requested.length;
      return documents.write(requested);
    },
  });
  return { touching, largestBytes: () => largest, reads: () => reads, writes: () => writes };
}
