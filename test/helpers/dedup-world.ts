import { type DedupConfig, defaultDedupConfig } from '../../functions/dedup/config.ts';
import { dedupPorts } from '../../functions/dedup/function.ts';
import { needs } from '../../functions/dedup/needs.ts';
import { makeDedupStage } from '../../functions/dedup/stage.ts';
import type { Gate } from '../../shared/adapters/memory/gate.ts';
import { createManualClock } from '../../shared/adapters/memory/manual-clock.ts';
import { pickPorts } from '../../shared/needs/held-ports.ts';
import { makeCountingObserver } from '../../shared/observe/json-observer.ts';
import { delivered, marksOf, sealedMessage, startMillis, type TestBatch } from './batches.ts';
import { memoryPortsWith } from './memory-ports.ts';

export interface DedupGates {
  readonly documents?: Gate;
  readonly publisher?: Gate;
}

/** The real dedup stage over memory ports. */
export async function dedupWorld(gates: DedupGates = {}, config: Partial<DedupConfig> = {}) {
  const clock = createManualClock(startMillis);
  const held = await memoryPortsWith([], { clock, gates: { claims: gates.documents, publisher: gates.publisher } });
  const { publisher, databases } = held;
  const { registry, claims: documents } = databases;
  const observer = makeCountingObserver();
  const ports = await dedupPorts(pickPorts(needs, held, observer));
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
