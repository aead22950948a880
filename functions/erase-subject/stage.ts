import { type AnnouncePorts, announce } from '../../shared/erasure/announce.ts';
import { erasureTimes } from '../../shared/erasure/cutoff.ts';
import { keysOf, subjectKeyId } from '../../shared/erasure/subject-key-id.ts';
import { sourceRealm } from '../../shared/event/realm.ts';
import type { Clock } from '../../shared/ports/clock.ts';
import type { Erasure, Erasures, StoredErasure } from '../../shared/ports/erasures.ts';
import type { EraseSubjectConfig } from './config.ts';
import type { QuarantineErasure } from './quarantine.ts';
import type { ErasureRequest } from './request.ts';
import type { RowErasure } from './rows.ts';
import { type ErasedSources, eraseSources, type SourcePorts } from './sources.ts';

/** `lookupKey`: secret key of record ids; never rotates. */
export interface ErasePorts extends SourcePorts, AnnouncePorts {
  readonly quarantine: QuarantineErasure;
  readonly rows: RowErasure;
  readonly erasures: Erasures;
  readonly clock: Clock;
  readonly config: EraseSubjectConfig;
}

export type EraseOutcome =
  | { readonly kind: 'erased'; readonly erasure: Erasure }
  /** The part does not follow what was done so far. */
  | { readonly kind: 'out-of-order'; readonly named: number }
  /** The parts before said otherwise what becomes of rows. */
  | { readonly kind: 'other-rows' }
  /** Another call works on the same erasure. */
  | { readonly kind: 'busy' };

/**
 * Ends the keys of a part of an erasure and of the installations of its people, and then says so in its record: a crash
 * in between repeats the part, which destroys nothing more and moves the cutoff. A part that the record has is answered and
 * not done again. Records of the quarantine are deleted last. Rejects with `Unavailable`; the part can be asked for again.
 */
export function makeErase(ports: ErasePorts): (request: ErasureRequest) => Promise<EraseOutcome> {
  const { keys, erasures, lookupKey, quarantine, rows, clock, config } = ports;

  return async (request) => {
    const { id, at, subjects, named, keepSources } = request;
    const stored = await erasures.find(id);
    const done = stored?.erasure.named ?? 0;
    if (stored !== undefined && done >= at + named) return { kind: 'erased', erasure: stored.erasure };
    if (at !== done) return { kind: 'out-of-order', named: done };
    if (stored !== undefined && stored.erasure.rows?.what !== request.rows) return { kind: 'other-rows' };
    const times = erasureTimes(clock.nowMillis(), config);
    const begun = await begin(request, stored, ports);
    if (begun === 'changed') return { kind: 'busy' };
    await quarantine.remember(id, subjects, times);
    await rows.remember(request, times);
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

/**
 * Before anything is destroyed: whoever hears nothing can ask for it. Pseudonyms are counted then, too: whoever asks again
 * may have none any more.
 */
async function begin(
  { id, rows, pseudonyms }: ErasureRequest,
  stored: StoredErasure | undefined,
  { erasures, clock, config }: ErasePorts,
): Promise<StoredErasure | 'changed'> {
  const isCounted = rows === undefined || pseudonyms.length === 0;
  if (stored !== undefined && isCounted) return stored;
  const startedAtMillis = clock.nowMillis();
  const nothing = { named: 0, keysDestroyed: 0, sourcesErased: 0, sourcesShared: 0, acknowledged: {} };
  const before: Erasure = stored?.erasure ?? {
    id,
    startedAtMillis,
    ...erasureTimes(startedAtMillis, config),
    ...nothing,
  };
  const counted = (before.rows?.pseudonyms ?? 0) + pseudonyms.length;
  const erasure = { ...before, ...(rows === undefined ? {} : { rows: { what: rows, pseudonyms: counted } }) };
  const version = await erasures.save(erasure, stored?.version);
  return version === 'changed' ? version : { erasure, version };
}
