import { defaultDedupConfig } from '../../functions/dedup/config.ts';
import { dedupPorts } from '../../functions/dedup/function.ts';
import { needs as dedupNeeds } from '../../functions/dedup/needs.ts';
import { makeDedupStage } from '../../functions/dedup/stage.ts';
import { defaultPseudonymizeConfig } from '../../functions/pseudonymize/config.ts';
import { pseudonymizePorts } from '../../functions/pseudonymize/function.ts';
import { needs as pseudonymizeNeeds } from '../../functions/pseudonymize/needs.ts';
import { makePseudonymizeStage } from '../../functions/pseudonymize/stage.ts';
import { systemClock } from '../../shared/adapters/system-clock.ts';
import type { JsonObject } from '../../shared/event/json.ts';
import { pickPorts } from '../../shared/needs/held-ports.ts';
import { makeCountingObserver } from '../../shared/observe/json-observer.ts';
import type { Message } from '../../shared/ports/publisher.ts';
import { delivered } from '../helpers/batches.ts';
import { memoryPortsWith } from '../helpers/memory-ports.ts';

/**
 * The stages that an accepted event has before it, over memory ports: takes what ingest published to `received` through
 * dedup and pseudonymize, and answers with the processor time, in microseconds, and how many rows were made.
 */
export async function openStages(schema: JsonObject) {
  const held = await memoryPortsWith([schema], { clock: systemClock });
  const observer = makeCountingObserver();
  const dedup = makeDedupStage(await dedupPorts(pickPorts(dedupNeeds, held, observer)), defaultDedupConfig);
  const config = defaultPseudonymizeConfig;
  const pseudonymize = makePseudonymizeStage(
    await pseudonymizePorts(pickPorts(pseudonymizeNeeds, held, observer), config),
  );
  const { publisher } = held;
  return async (received: readonly Message[]): Promise<{ readonly micros: number; readonly rows: number }> => {
    publisher.clear();
    const rowsBefore = observer.counts.get('delivered') ?? 0;
    const before = process.cpuUsage();
    for (const message of received) await dedup(delivered(message));
    for (const message of publisher.messagesOf('deduplicated')) await pseudonymize(delivered(message));
    const used = process.cpuUsage(before);
    return { micros: used.user + used.system, rows: (observer.counts.get('delivered') ?? 0) - rowsBefore };
  };
}
