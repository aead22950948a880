import type { KeyObject } from 'node:crypto';
import { subjectKeyId } from '../../shared/erasure/subject-key-id.ts';
import type { Clock } from '../../shared/ports/clock.ts';
import type { Erasure, Erasures, StoredErasure } from '../../shared/ports/erasures.ts';
import type { SubjectKeyErasures } from '../../shared/ports/subject-key-records.ts';
import { cutoffDelayMillis, type EraseSubjectConfig } from './config.ts';
import type { ErasureRequest } from './request.ts';

export interface ErasePorts {
  readonly keys: SubjectKeyErasures;
  readonly erasures: Erasures;
  /** Secret key of record ids; never rotates. */
  readonly lookupKey: KeyObject;
  readonly clock: Clock;
  readonly config: EraseSubjectConfig;
}

export type EraseOutcome =
  | { readonly kind: 'erased'; readonly erasure: Erasure }
  /** The part does not follow what was done so far. */
  | { readonly kind: 'out-of-order'; readonly named: number }
  /** Another call works on the same erasure. */
  | { readonly kind: 'busy' };

const dayMillis = 86_400_000;

/**
 * Ends the keys of a part of an erasure, and then says so in its record: a crash in between repeats the part, which
 * destroys nothing more and moves the cutoff. A part that the record has is answered and not done again. Rejects with
 * `Unavailable`; the part can be asked for again.
 */
export function makeErase(ports: ErasePorts): (request: ErasureRequest) => Promise<EraseOutcome> {
  const { keys, erasures, lookupKey, clock, config } = ports;

  return async ({ id, at, subjects, named }) => {
    const stored = await erasures.find(id);
    const done = stored?.erasure.named ?? 0;
    if (stored !== undefined && done >= at + named) return { kind: 'erased', erasure: stored.erasure };
    if (at !== done) return { kind: 'out-of-order', named: done };
    const begun = stored ?? (await begin(id, ports));
    if (begun === 'changed') return { kind: 'busy' };
    const times = timesFrom(clock.nowMillis(), config);
    const erased = await keys.erase(
      subjects.map((subject) => ({ idOf: (generation) => subjectKeyId(lookupKey, subject, generation) })),
      times,
    );
    const hadKeys = erased.filter(({ hadKey }) => hadKey).length;
    const erasure: Erasure = {
      ...begun.erasure,
      ...times,
      named: done + named,
      keysDestroyed: begun.erasure.keysDestroyed + hadKeys,
    };
    const saved = await erasures.save(erasure, begun.version);
    return saved === 'changed' ? { kind: 'busy' } : { kind: 'erased', erasure };
  };
}

/** Before anything is destroyed: whoever hears nothing can ask for it. */
async function begin(id: string, { erasures, clock, config }: ErasePorts): Promise<StoredErasure | 'changed'> {
  const startedAtMillis = clock.nowMillis();
  const erasure = { id, startedAtMillis, ...timesFrom(startedAtMillis, config), named: 0, keysDestroyed: 0 };
  const version = await erasures.save(erasure, undefined);
  return version === 'changed' ? version : { erasure, version };
}

function timesFrom(erasedAtMillis: number, config: EraseSubjectConfig) {
  const cutoffMillis = erasedAtMillis + cutoffDelayMillis(config);
  return { erasedAtMillis, cutoffMillis, unreadableFromMillis: erasedAtMillis + config.erasureBoundDays * dayMillis };
}
