import type { Clock } from '../../../shared/ports/clock.ts';
import { CliError } from '../cli-error.ts';
import type { OperatorClient } from '../operator-client.ts';
import { sleep } from '../sleep.ts';

export interface WaitOptions {
  readonly operator: Pick<OperatorClient, 'status'>;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** Default 60,000. */
  readonly maxWaitMillis?: number;
  /** Called between two looks at the pipeline. */
  readonly onPoll?: () => Promise<void>;
}

const pollMillis = 100;
/** Topics that an event is on, one after the other, until it is in its table: received, deduplicated, its type's own. */
const topicsToTable = 3;

/**
 * Waits until whatever was acknowledged before the call has reached its table: the bus is empty, or, because others may
 * send all the time, everything that was on it is gone, then everything that this had led to, and once more. (A stage
 * publishes before it acknowledges, so a message or what became of it is always on the bus.) Rejects with `CliError`
 * when that takes too long; ends early when the signal is aborted.
 */
export async function waitUntilDelivered(options: WaitOptions): Promise<void> {
  const { operator, clock, signal, maxWaitMillis = 60_000 } = options;
  const endMillis = clock.nowMillis() + maxWaitMillis;
  for (let topic = 1; topic <= topicsToTable; topic++) {
    const sinceMillis = clock.nowMillis();
    for (;;) {
      const askedMillis = clock.nowMillis();
      const { backlog, oldestMessageAgeMillis } = await operator.status();
      if (backlog === 0 || signal.aborted) return;
      // The age was taken later than we asked, so the message is at least as young as this.
      if (oldestMessageAgeMillis !== undefined && askedMillis - oldestMessageAgeMillis > sinceMillis) break;
      if (clock.nowMillis() >= endMillis) {
        throw new CliError(
          `the pipeline is not through after ${maxWaitMillis / 1_000} s: ${backlog} messages wait on the bus. The deployment's log (edi.log in its data folder) may say why.`,
        );
      }
      await options.onPoll?.();
      await sleep(clock, pollMillis, signal);
    }
  }
}
