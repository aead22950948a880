import type { QuerySource } from '../../../shared/adapters/embedded/duckdb/database.ts';
import { runReadOnlyQuery } from '../../../shared/adapters/embedded/duckdb/query.ts';
import { rowObjects } from '../../../shared/adapters/embedded/duckdb/row-objects.ts';
import type { Clock } from '../../../shared/ports/clock.ts';
import { legacyShareWeeks } from '../../catalog/snippets.ts';
import { lastWeeks, type WeekShare, weekShares } from '../../legacy-report/report.ts';
import { shareQuery } from '../../legacy-report/share-query.ts';
import { duckDb } from '../../sql-dialect.ts';
import { makeSharedAnswers } from './shared-answers.ts';
import { readOf, type StoredType } from './stored-type.ts';

export interface LiveLegacySharesOptions {
  readonly warehouse: QuerySource;
  readonly clock: Clock;
  /** How old an answer may be that another page has caused. Default 5,000. */
  readonly maxAgeMillis?: number;
}

const limits = { maxRows: 10_000, timeoutMillis: 5_000 } as const;

/** The shares of a type's last weeks; undefined while the warehouse cannot tell. However many pages ask, one answer serves all. */
export function makeLiveLegacyShares({ warehouse, clock, maxAgeMillis = 5_000 }: LiveLegacySharesOptions) {
  async function readShares({ type, isAlpha }: StoredType, nowMillis: number): Promise<WeekShare[] | undefined> {
    const weeks = lastWeeks(nowMillis, legacyShareWeeks);
    const sql = shareQuery({ dialect: duckDb, types: readOf({ type, isAlpha }), firstWeek: weeks[0] ?? '' });
    const outcome = await runReadOnlyQuery(warehouse, sql, limits);
    return outcome.kind === 'rows' ? weekShares(rowObjects(outcome), [type], weeks) : undefined;
  }
  return makeSharedAnswers({ clock, maxAgeMillis, ask: readShares, forgetsUntold: false });
}
