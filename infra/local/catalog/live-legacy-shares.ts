import type { QuerySource } from '../../../shared/adapters/embedded/duckdb/database.ts';
import { runReadOnlyQuery } from '../../../shared/adapters/embedded/duckdb/query.ts';
import { rowObjects } from '../../../shared/adapters/embedded/duckdb/row-objects.ts';
import type { Clock } from '../../../shared/ports/clock.ts';
import { legacyShareWeeks } from '../../catalog/snippets.ts';
import { lastWeeks, type WeekShare, weekShares } from '../../legacy-report/report.ts';
import { shareQuery } from '../../legacy-report/share-query.ts';
import { duckDb } from '../../sql-dialect.ts';
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
  const asked = new Map<string, { readonly atMillis: number; readonly answer: Promise<WeekShare[] | undefined> }>();

  return function legacyShares({ type, isAlpha }: StoredType): Promise<WeekShare[] | undefined> {
    const nowMillis = clock.nowMillis();
    const last = asked.get(type);
    if (last !== undefined && nowMillis - last.atMillis < maxAgeMillis) return last.answer;
    const weeks = lastWeeks(nowMillis, legacyShareWeeks);
    const sql = shareQuery({ dialect: duckDb, types: readOf({ type, isAlpha }), firstWeek: weeks[0] ?? '' });
    const answer = runReadOnlyQuery(warehouse, sql, limits).then((outcome) =>
      outcome.kind === 'rows' ? weekShares(rowObjects(outcome), [type], weeks) : undefined,
    );
    asked.set(type, { atMillis: nowMillis, answer });
    return answer;
  };
}
