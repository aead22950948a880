import { keysOf, subjectKeyId } from '../../shared/erasure/subject-key-id.ts';
import { sourceRealm } from '../../shared/event/realm.ts';
import type { Clock } from '../../shared/ports/clock.ts';
import type { Erasure, Erasures, StoredErasure } from '../../shared/ports/erasures.ts';
import { cutoffDelayMillis, type EraseSubjectConfig } from './config.ts';
import { announce, type ConsumerPorts } from './consumers.ts';
import type { QuarantineErasure } from './quarantine.ts';
import type { ErasureRequest } from './request.ts';
import { type ErasedSources, eraseSources, type SourcePorts } from './sources.ts';

/** `lookupKey`: secret key of record ids; never rotates. */
export interface ErasePorts extends SourcePorts, ConsumerPorts {
  readonly quarantine: QuarantineErasure;
  readonly erasures: Erasures;
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
 * Ends the keys of a part of an erasure and of the installations of its people, and then says so in its record: a crash
 * in between repeats the part, which destroys nothing more and moves the cutoff. A part that the record has is answered and
 * not done again. Records of the quarantine are deleted last. Rejects with `Unavailable`; the part can be asked for again.
 */
export function makeErase(ports: ErasePorts): (request: ErasureRequest) => Promise<EraseOutcome> {
  const { keys, erasures, lookupKey, quarantine, clock, config } = ports;

  return async (request) => {
    const { id, at, subjects, named, keepSources } = request;
    const stored = await erasures.find(id);
    const done = stored?.erasure.named ?? 0;
    if (stored !== undefined && done >= at + named) return { kind: 'erased', erasure: stored.erasure };
    if (at !== done) return { kind: 'out-of-order', named: done };
    const begun = stored ?? (await begin(id, ports));
    if (begun === 'changed') return { kind: 'busy' };
    const times = timesFrom(clock.nowMillis(), config);
    await quarantine.remember(id, subjects, times);
    const firstIds = subjects.map((subject) => subjectKeyId(lookupKey, subject));
    const ended = firstIds.map((first) => keysOf(lookupKey, first));
    const erased = await keys.erase(ended, times);
    const people = erased.flatMap(({ tombstone: { generation } }, position) => {
      const isPerson = subjects[position]?.realm !== sourceRealm;
      return isPerson ? [{ firstId: firstIds[position] ?? '', generation }] : [];
    });
    const sources = keepSources ? noSources : await eraseSources(people, times, ports);
    const hadKeys = erased.filter(({ hadKey }) => hadKey).length;
    const erasure: Erasure = {
      ...begun.erasure,
      ...times,
      named: done + named,
      keysDestroyed: begun.erasure.keysDestroyed + hadKeys,
      sourcesErased: begun.erasure.sourcesErased + sources.erased,
      sourcesShared: begun.erasure.sourcesShared + sources.shared,
    };
    await quarantine.deleteNow();
    await announce(request, times, ports);
    const saved = await erasures.save(erasure, begun.version);
    return saved === 'changed' ? { kind: 'busy' } : { kind: 'erased', erasure };
  };
}

const noSources: ErasedSources = { erased: 0, shared: 0 };

/** Before anything is destroyed: whoever hears nothing can ask for it. */
async function begin(id: string, { erasures, clock, config }: ErasePorts): Promise<StoredErasure | 'changed'> {
  const startedAtMillis = clock.nowMillis();
  const nothing = { named: 0, keysDestroyed: 0, sourcesErased: 0, sourcesShared: 0, acknowledged: {} };
  const erasure = { id, startedAtMillis, ...timesFrom(startedAtMillis, config), ...nothing };
  const version = await erasures.save(erasure, undefined);
  return version === 'changed' ? version : { erasure, version };
}

function timesFrom(erasedAtMillis: number, config: EraseSubjectConfig) {
  const cutoffMillis = erasedAtMillis + cutoffDelayMillis(config);
  return { erasedAtMillis, cutoffMillis, unreadableFromMillis: erasedAtMillis + config.erasureBoundDays * dayMillis };
}
