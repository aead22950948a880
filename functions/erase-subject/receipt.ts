import { jobHistoryDays } from '../../shared/erasure/bounds.ts';
import { lastSweep, type Swept } from '../../shared/erasure/erasure-statements.ts';
import type { JsonObject } from '../../shared/event/json.ts';
import type { Clock } from '../../shared/ports/clock.ts';
import type { Erasure } from '../../shared/ports/erasures.ts';
import type { TableStatements } from '../../shared/ports/table-statements.ts';
import { Unavailable } from '../../shared/ports/unavailable.ts';
import type { EraseSubjectConfig } from './config.ts';
import { consumersPart } from './consumers.ts';
import { rowsMean } from './rows.ts';

const dayMillis = 86_400_000;

/** What a receipt is made at. */
export interface ReceiptMoment {
  readonly nowMillis: number;
  /** When the last sweep of the quarantine was begun; 0: not known. */
  readonly sweptQuarantineMillis: number;
  /** The same of the rows. */
  readonly sweptRowsMillis: number;
}

/** Now. What does not answer was not swept, as far as is known. */
export async function momentNow(clock: Clock, statements: TableStatements): Promise<ReceiptMoment> {
  const swept = async (what: Swept): Promise<number> => {
    try {
      const outcome = await statements.count(lastSweep(what));
      return outcome.kind === 'done' ? outcome.rows : 0;
    } catch (error) {
      if (error instanceof Unavailable) return 0;
      throw error;
    }
  };
  const [sweptQuarantineMillis, sweptRowsMillis] = await Promise.all([swept('quarantine'), swept('rows')]);
  return { nowMillis: clock.nowMillis(), sweptQuarantineMillis, sweptRowsMillis };
}

/**
 * What is told of an erasure: its times, counts, and of each part what is done or until when it waits. `done` only when
 * every part is. It holds no identity.
 */
export function receiptOf(erasure: Erasure, moment: ReceiptMoment, config: EraseSubjectConfig): JsonObject {
  const { nowMillis, sweptQuarantineMillis, sweptRowsMillis } = moment;
  const { id, startedAtMillis, erasedAtMillis, cutoffMillis, unreadableFromMillis } = erasure;
  const { named, keysDestroyed, sourcesErased, sourcesShared } = erasure;
  // A message of before may be set aside until no message holds what was received then; what is swept later is all of it.
  const noneComesMillis = cutoffMillis + config.purgeAfterDays * dayMillis;
  const parts = [
    part('keys', 'the keys are destroyed', erasedAtMillis),
    part('caches', 'no instance holds one, and what is received from now on has a new key', cutoffMillis),
    part('messages', 'no message holds what was received before', noneComesMillis),
    part('quarantine', 'no record speaks of them, and none is put there', noneComesMillis, sweptQuarantineMillis),
    part('storage', 'what tables and quarantine held then cannot be read, nor a copy of it', unreadableFromMillis),
  ];

  function part(name: string, means: string, doneFromMillis: number, isMillis = nowMillis) {
    const state = isMillis >= doneFromMillis ? 'done' : 'waits';
    return { part: name, state, ...(state === 'done' ? {} : { until: iso(doneFromMillis) }), means };
  }

  const rows = erasure.rows === undefined ? [] : [rowsPart(erasure.rows)];

  /** Rows that were there when a sweep began after the cutoff are done, which `sweptAt` tells before the part is. */
  function rowsPart({ what, pseudonyms }: NonNullable<Erasure['rows']>) {
    const means = rowsMean[what];
    // None of them ever had a key, so no row is theirs.
    if (pseudonyms === 0) return part('rows', means, erasedAtMillis);
    const noneComesMillis = cutoffMillis + config.rowLineDays * dayMillis;
    const sweptAt = sweptRowsMillis >= cutoffMillis ? { sweptAt: iso(sweptRowsMillis) } : {};
    return { ...part('rows', means, noneComesMillis, sweptRowsMillis), ...sweptAt };
  }

  const consumers = consumersPart(erasure, config.erasureConsumers);
  const all = [...parts, ...rows, ...consumers.parts];
  return {
    id,
    state: all.every(({ state }) => state === 'done') ? 'done' : 'waits',
    startedAt: iso(startedAtMillis),
    erasedAt: iso(erasedAtMillis),
    cutoff: iso(cutoffMillis),
    unreadableFrom: iso(unreadableFromMillis),
    // Nobody here knows whether there is one: it would be among the jobs of break-glass.
    queriesKeptUntil: iso(erasedAtMillis + jobHistoryDays * dayMillis),
    named,
    keysDestroyed,
    sourcesErased,
    sourcesShared,
    parts: all,
    acknowledged: consumers.acknowledged,
  };
}

function iso(millis: number): string {
  return new Date(millis).toISOString();
}
