import type { KeyObject } from 'node:crypto';
import { type AnnouncePorts, announce } from '../../shared/erasure/announce.ts';
import { erasureTimes } from '../../shared/erasure/cutoff.ts';
import { destroyedIds, keysOf } from '../../shared/erasure/subject-key-id.ts';
import { endOfUseMonth, useMonthsUntil } from '../../shared/erasure/use-months.ts';
import { newUuidV7 } from '../../shared/event/uuid.ts';
import type { Clock } from '../../shared/ports/clock.ts';
import type { Erasure, Erasures } from '../../shared/ports/erasures.ts';
import type { Random } from '../../shared/ports/random.ts';
import type { ErasureTimes, SubjectKeyErasures } from '../../shared/ports/subject-key-records.ts';
import type { SubjectSourceRecords } from '../../shared/ports/subject-sources.ts';
import type { SubjectUseRecords } from '../../shared/ports/subject-uses.ts';
import { Unavailable } from '../../shared/ports/unavailable.ts';
import { type EraseInactiveConfig, mostInactiveDays } from './config.ts';

export interface InactivePorts extends AnnouncePorts {
  readonly uses: SubjectUseRecords;
  readonly keys: SubjectKeyErasures;
  readonly sources: SubjectSourceRecords;
  readonly erasures: Erasures;
  /** Secret key of record ids; never rotates. */
  readonly lookupKey: KeyObject;
  readonly clock: Clock;
  readonly random: Random;
  readonly config: EraseInactiveConfig;
}

export interface InactiveOutcome {
  /** Subjects whose marks were looked at. */
  readonly looked: number;
  readonly erased: number;
  /** Of the erasure's record, for `edi erase --status`; absent: nobody was erased. */
  readonly erasure?: string;
  /** The call's bound was reached; the next goes on. */
  readonly more: boolean;
}

const dayMillis = 86_400_000;
const shortestMonthDays = 28;

/**
 * Erases the subjects whose last mark is of a month that ended more than `inactiveSubjectDays` ago, as an erasure by name
 * does, and takes the marks of that month away, so that each is looked at once and a call that ended early is gone on with.
 * Objections stay. Where nobody is to be erased so, it takes all marks away: nobody adds to them, and who is in use would look
 * inactive when it is turned on again. Rejects with `Unavailable`: what is done is not undone, and who was erased and keeps a mark
 * is erased again, which changes nothing for anybody.
 */
export async function eraseInactive(ports: InactivePorts): Promise<InactiveOutcome> {
  const { uses, clock, config } = ports;
  const { inactiveSubjectDays, maxMonths, pageSize, maxSubjects, maxCallSeconds } = config;
  const startedAtMillis = clock.nowMillis();
  const isOff = inactiveSubjectDays === 0;
  const days = isOff ? mostInactiveDays : inactiveSubjectDays;
  const months = useMonthsUntil(startedAtMillis, maxMonths + Math.ceil(days / shortestMonthDays));
  const isDue = (month: string) => endOfUseMonth(month) + inactiveSubjectDays * dayMillis <= startedAtMillis;
  const eraser = makeEraser(ports);
  let looked = 0;
  for (const month of isOff ? months : months.filter(isDue)) {
    const later = months.filter((one) => one > month).reverse();
    for (;;) {
      const isOver = clock.nowMillis() - startedAtMillis >= maxCallSeconds * 1_000;
      if (looked >= maxSubjects || isOver) return { looked, ...eraser.done(), more: true };
      const page = await uses.seenIn(month, pageSize);
      if (page.length === 0) break;
      const inactive = isOff ? [] : await notSeenIn(later, page, uses);
      if (inactive.length > 0) await eraser.erase(inactive);
      await uses.forget(month, page);
      looked += page.length;
    }
  }
  return { looked, ...eraser.done(), more: false };
}

/** Newest month first: most who were seen since were seen lately, and are asked for no further. */
async function notSeenIn(
  months: readonly string[],
  ids: readonly string[],
  uses: SubjectUseRecords,
): Promise<readonly string[]> {
  let left = ids;
  for (const month of months) {
    if (left.length === 0) break;
    const seen = await uses.amongSeenIn(month, left);
    left = left.filter((id) => !seen.has(id));
  }
  return left;
}

/** One erasure for all that a call finds. */
function makeEraser(ports: InactivePorts) {
  const { keys, erasures, lookupKey, clock, random, config } = ports;
  let record: { readonly erasure: Erasure; readonly version: string } | undefined;

  async function save(erasure: Erasure): Promise<void> {
    const version = await erasures.save(erasure, record?.version);
    if (version === 'changed') throw new Unavailable('erasures', 'another call works on this erasure');
    record = { erasure, version };
  }

  async function begun(times: ReturnType<typeof erasureTimes>): Promise<Erasure> {
    if (record !== undefined) return record.erasure;
    const nothing = { named: 0, keysDestroyed: 0, sourcesErased: 0, sourcesShared: 0, acknowledged: {} };
    const erasure = { id: newUuidV7(clock, random), startedAtMillis: clock.nowMillis(), ...times, ...nothing };
    await save(erasure);
    return erasure;
  }

  return {
    async erase(ids: readonly string[]): Promise<void> {
      const times = erasureTimes(clock.nowMillis(), config);
      const before = await begun(times);
      const erased = await eraseInTurn(ids, times, ports);
      await announce({ id: before.id, at: before.named, pseudonyms: [] }, times, ports);
      const keysDestroyed = before.keysDestroyed + erased.filter(({ hadKey }) => hadKey).length;
      await save({ ...before, ...times, named: before.named + ids.length, keysDestroyed });
    },
    done: () => ({
      erased: record?.erasure.named ?? 0,
      ...(record === undefined ? {} : { erasure: record.erasure.id }),
    }),
  };

  async function eraseInTurn(ids: readonly string[], times: ErasureTimes, { sources }: InactivePorts) {
    const erased = await keys.erase(
      ids.map((id) => keysOf(lookupKey, id)),
      times,
    );
    // Under these the subject was seen with installations.
    const destroyed = ids.flatMap((id, at) => destroyedIds(lookupKey, id, erased[at]?.tombstone.generation ?? 0));
    await forgetSources(destroyed, sources, config);
    return erased;
  }
}

/** An installation of the person ends by itself, when it is not in use any more; the person is no user of it. */
async function forgetSources(
  subjectIds: readonly string[],
  sources: SubjectSourceRecords,
  { maxRequests, pageSize }: EraseInactiveConfig,
): Promise<void> {
  for (let at = 0; at < subjectIds.length; at += maxRequests) {
    await Promise.all(
      subjectIds.slice(at, at + maxRequests).map(async (subjectId) => {
        for (;;) {
          const found = await sources.sourcesOf(subjectId, pageSize);
          if (found.length > 0) await sources.forget(found.map((sourceId) => ({ subjectId, sourceId })));
          if (found.length < pageSize) return;
        }
      }),
    );
  }
}
