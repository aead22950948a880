import { type DedupConfig, defaultDedupConfig } from '../../functions/dedup/config.ts';
import { makeDedupStage } from '../../functions/dedup/stage.ts';
import { createMemoryClaimDocuments } from '../../shared/adapters/memory/claim-documents.ts';
import type { Gate } from '../../shared/adapters/memory/gate.ts';
import { createManualClock } from '../../shared/adapters/memory/manual-clock.ts';
import { createMemoryPublisher } from '../../shared/adapters/memory/publisher.ts';
import { importHashKey } from '../../shared/crypto/keyed-hash.ts';
import { makeEventTypes } from '../../shared/event-types/event-types.ts';
import { makeCountingObserver } from '../../shared/observe/json-observer.ts';
import { delivered, marksOf, sealedMessage, startMillis, type TestBatch } from './batches.ts';
import { registryWith, snapshotOf } from './schemas.ts';

export interface DedupGates {
  readonly documents?: Gate;
  readonly publisher?: Gate;
}

/** The real dedup stage over memory ports. */
export async function dedupWorld(gates: DedupGates = {}, config: Partial<DedupConfig> = {}) {
  const clock = createManualClock(startMillis);
  const documents = createMemoryClaimDocuments(gates.documents ? { gate: gates.documents } : {});
  const publisher = createMemoryPublisher(gates.publisher ? { gate: gates.publisher } : {});
  const observer = makeCountingObserver();
  const registry = await registryWith([]);
  const eventTypes = makeEventTypes({ registry, clock, snapshot: await snapshotOf([]) });
  const ports = {
    documents,
    publisher,
    deduplicatedTopic: 'deduplicated',
    eventTypes,
    clock,
    observer,
    claimsKey: importHashKey(Buffer.alloc(32, 1)),
  };
  const stage = makeDedupStage(ports, { ...defaultDedupConfig, ...config });
  /** Delivers a batch; the marks that were published, `nothing`, or why it is to be delivered again. */
  const deliver = async (batch: TestBatch) => {
    const before = publisher.published.length;
    const outcome = await stage(delivered(sealedMessage(batch)));
    if (outcome.kind === 'retry') return outcome.reason;
    return publisher.published.length === before ? 'nothing' : marksOf(publisher.published.at(-1));
  };
  return { clock, registry, documents, publisher, observer, stage, deliver };
}
