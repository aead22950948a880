import type { QueryRows } from '../../../shared/adapters/embedded/duckdb/query.ts';
import type { Clock } from '../../../shared/ports/clock.ts';
import { CliError } from '../cli-error.ts';
import type { OperatorClient } from '../operator-client.ts';
import { sleep } from '../sleep.ts';

/** Asks a statement that is known to be good. Rejects with `CliError` when it is refused all the same. */
export type Ask = (sql: string) => Promise<QueryRows>;

const maxAttempts = 25;
const retryMillis = 200;

/** Asks through the operator endpoint, which refuses while others run as many queries as it allows. */
export function makeAsk(operator: Pick<OperatorClient, 'query'>, clock: Clock): Ask {
  return async (sql) => {
    for (let attempt = 1; ; attempt++) {
      const outcome = await operator.query(sql);
      if (outcome.kind === 'rows') return outcome;
      if (attempt === maxAttempts) throw new CliError(`a query was refused: ${outcome.reason}\n${sql}`);
      await sleep(clock, retryMillis);
    }
  };
}
