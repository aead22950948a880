import type { Dependency } from '../../shared/outcome/outcome.ts';
import type { ClaimDocuments } from '../../shared/ports/claim-documents.ts';
import type { Publisher } from '../../shared/ports/publisher.ts';
import type { Registry } from '../../shared/ports/registry.ts';
import type { Replays } from '../../shared/ports/replays.ts';
import type { SubjectKeyRecords } from '../../shared/ports/subject-key-records.ts';
import { unavailableAsTold } from './as-told.ts';
import type { Dice, Scheduler } from './scheduler.ts';

/** Stands for the end of a process at this point: nothing after it happens. */
class Crash extends Error {
  override readonly name = 'Crash';
}

export interface Faults {
  readonly dice: Dice;
  readonly scheduler: Scheduler;
  /** Probability that an operation goes wrong, now. */
  readonly rate: () => number;
}

/**
 * Ports whose operations wait for their turn before and after they take effect, and go wrong at both points: what was
 * asked is done not at all, in part, or whole without the caller getting to know.
 */
export function withFaults(faults: Faults) {
  const { dice, scheduler, rate } = faults;

  function goWrong(dependency: Dependency): never {
    if (dice.chance(0.5)) throw new Crash('crashed as told');
    throw unavailableAsTold(dependency);
  }

  async function operate<T>(dependency: Dependency, effect: () => Promise<T>): Promise<T> {
    await scheduler.turn();
    if (dice.chance(rate())) goWrong(dependency);
    const result = await effect();
    await scheduler.turn();
    if (dice.chance(rate())) goWrong(dependency);
    return result;
  }

  /** For operations on several things: only the first few of them are done. */
  async function inPart<T, R>(dependency: Dependency, items: readonly T[], effect: (some: readonly T[]) => Promise<R>) {
    if (!dice.chance(rate())) return operate(dependency, () => effect(items));
    await scheduler.turn();
    await effect(items.slice(0, dice.below(items.length + 1)));
    return goWrong(dependency);
  }

  return {
    publisher: (port: Publisher): Publisher => ({
      publish: (topic, messages) => inPart('publisher', messages, (some) => port.publish(topic, some)),
    }),
    documents: (port: ClaimDocuments): ClaimDocuments => ({
      read: (keys) => operate('claim-documents', () => port.read(keys)),
      write: (writes) => inPart('claim-documents', writes, (some) => port.write(some)),
    }),
    records: (port: SubjectKeyRecords): SubjectKeyRecords => ({
      read: (ids) => operate('subject-keys', () => port.read(ids)),
      createMissing: (records) => inPart('subject-keys', records, (some) => port.createMissing(some)),
    }),
    replays: (port: Replays): Replays => ({
      run: () => operate('replays', () => port.run()),
      save: (run, marks, version) => operate('replays', () => port.save(run, marks, version)),
      replayed: (keys) => operate('replays', () => port.replayed(keys)),
    }),
    registry: (port: Registry): Registry => ({ ...port, read: (known) => operate('registry', () => port.read(known)) }),
  };
}
