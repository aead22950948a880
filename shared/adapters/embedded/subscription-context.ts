import type { Clock } from '../../ports/clock.ts';
import type { Message } from '../../ports/publisher.ts';
import type { Random } from '../../ports/random.ts';
import type { AfterCommit, GroupCommit } from './group-commit.ts';
import type { PubSubStore } from './pubsub-store.ts';
import type { RelayedRecords } from './relayed-records.ts';

/** What a subscription needs of the bus around it. */
export interface SubscriptionContext {
  readonly clock: Clock;
  readonly random: Random | undefined;
  readonly store: PubSubStore;
  readonly commits: GroupCommit;
  /** What is in memory alone; absent where the bus relays nothing. */
  readonly relayed?: RelayedRecords | undefined;
  readonly maxPullBytes: number;
  /** After a commit that failed, the wait before leases that ran out are looked at again. */
  readonly retryMillis: number;
  /** Stores messages for every subscription of the topic, in the transaction of the caller. */
  readonly deliver: (topic: string, messages: readonly Message[], afterCommit: AfterCommit) => void;
  /** Told how many bytes of the storage became free; below 0 where they take more than before. */
  readonly freed: (bytes: number) => void;
}
