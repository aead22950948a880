import type { QuerySource } from '../../shared/adapters/embedded/duckdb/database.ts';

/**
 * What pages ask of a warehouse: one query after the other, in the order of their asking. The parts of a page ask at once,
 * and a warehouse refuses what is too many; one place is theirs, the others are for people who query.
 */
export function oneAfterAnother(source: QuerySource): QuerySource {
  let last: Promise<void> = Promise.resolve();
  return {
    async leaseQuery() {
      const before = last;
      const { promise, resolve: next } = Promise.withResolvers<void>();
      last = promise;
      await before;
      try {
        const lease = await source.leaseQuery();
        if (lease === undefined) next();
        return lease && { ...lease, release: () => endOf(lease.release, next) };
      } catch (error) {
        next();
        throw error;
      }
    },
  };
}

function endOf(release: () => void, next: () => void): void {
  release();
  next();
}
