import { countErased, deleteQuarantined, lastSweep, noteSweep } from '../../shared/erasure/erasure-statements.ts';
import type { Clock } from '../../shared/ports/clock.ts';
import type { StatementOutcome, TableStatement, TableStatements } from '../../shared/ports/table-statements.ts';
import type { FinishErasuresConfig } from './config.ts';

export interface FinishPorts {
  readonly statements: TableStatements;
  readonly clock: Clock;
  readonly config: FinishErasuresConfig;
}

export type SweepOutcome =
  /** Nobody is erased whose bound has not passed, or everything was swept a short time ago. */
  | { readonly kind: 'nothing-due' }
  | { readonly kind: 'swept'; readonly rows: number }
  /** A table is changed by others, or not there: the next call sweeps. */
  | { readonly kind: 'waits'; readonly why: Exclude<StatementOutcome['kind'], 'done'> };

const hourMillis = 3_600_000;

/**
 * Goes over what erasures have left to be done, where it is due: once their cutoff has passed, and then about daily until
 * nothing of before can come any more, when erase-subject's tables forget whom they named. A sweep is for all erasures at
 * once, and is noted when it was whole. Rejects with `Unavailable`; repeating it changes nothing.
 */
export async function sweepIfDue(ports: FinishPorts): Promise<SweepOutcome> {
  const { statements, clock, config } = ports;
  const nowMillis = clock.nowMillis();
  const count = async (statement: TableStatement) => {
    const outcome = await statements.count(statement);
    return outcome.kind === 'done' ? outcome.rows : 0;
  };
  if ((await count(countErased())) === 0) return { kind: 'nothing-due' };
  const lastMillis = await count(lastSweep('quarantine'));
  const isDaily = nowMillis - lastMillis >= config.sweepEveryHours * hourMillis;
  const passed = isDaily ? 1 : await count(countErased({ afterMillis: lastMillis, toMillis: nowMillis }));
  if (passed === 0) return { kind: 'nothing-due' };
  const swept = await statements.change(deleteQuarantined);
  if (swept.kind !== 'done') return { kind: 'waits', why: swept.kind };
  const noted = await statements.change(noteSweep('quarantine', nowMillis, swept.rows));
  return noted.kind === 'done' ? { kind: 'swept', rows: swept.rows } : { kind: 'waits', why: noted.kind };
}
