/** What queries may read in a day, on demand ("Create custom query quotas", BigQuery); days begin at midnight Pacific time. */
interface QueryLimits {
  /** Of one person, and of one account: `edi-completeness` is one, and needs some 505 GiB a day at 1,000 events/s. */
  readonly userGibPerDay: number;
  /** Of all together. */
  readonly projectGibPerDay: number;
}

/** How analysts are kept from spending by accident; part of an environment. */
export interface QuerySettings {
  /** A GiB costs 0.6 cents. Without limits Google allows a project 200 TiB a day, and each user all of it. */
  readonly queryLimits: QueryLimits;
  /**
   * Whether queries of exact views have to name a time (`require_partition_filter` on the tables below them). False until a
   * dry run has shown for the project that BigQuery hands a filter on `event_time` through a view's window ("What
   * queries may cost", `infra/stacks/README.md`): with true and without that nobody could query them.
   */
  readonly viewsNeedTime: boolean;
}

const maxGib = 1e9;

/** What queries may cost, as `checkEnvironment` asks for it. */
export function queryRules({ queryLimits, viewsNeedTime }: QuerySettings) {
  return [
    {
      path: 'queryLimits',
      value: queryLimits,
      fits: () => queryLimits !== undefined && areQueryLimits(queryLimits),
      rule: 'whole GiB {userGibPerDay, projectGibPerDay} from 1, that of a user not above that of the project',
    },
    {
      path: 'viewsNeedTime',
      value: viewsNeedTime,
      fits: (value: unknown) => typeof value === 'boolean',
      rule: 'true or false; false until a filter on event_time was seen to prune an exact view',
    },
  ];
}

function areQueryLimits({ userGibPerDay, projectGibPerDay }: QueryLimits): boolean {
  const isGib = (value: number) => Number.isInteger(value) && value >= 1 && value <= maxGib;
  return isGib(userGibPerDay) && isGib(projectGibPerDay) && userGibPerDay <= projectGibPerDay;
}
