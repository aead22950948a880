import { type DatabaseSettings, databaseDefaults } from './database.ts';

export interface EmbeddedPubSubSettings extends DatabaseSettings {
  /** Records that are stored at once, counted with 256 bytes each beside their data; above, publishing is refused. */
  readonly maxStoredBytes: number;
  /** Data that one pull or one round of pushes takes into memory (one message is taken also when it is larger). */
  readonly maxPullBytes: number;
  /** Messages of one call that are stored as one record, where only one reader pulls them. 1: each is a record of its own. */
  readonly maxPackedMessages: number;
  /** Data of such a record; a larger message is alone. */
  readonly maxPackedBytes: number;
  /** Data of records that were stored not long ago and are kept in memory, too, so that they need not be read back. */
  readonly maxRecentBytes: number;
  /** Records of relayed topics that are in memory alone; above, they are stored. */
  readonly maxRelayedBytes: number;
  /** Wait before the next try after the storage failed. */
  readonly retryMillis: number;
  /**
   * What was delivered is gone from the files this long after, at the latest; what is relayed is stored, where it still waits
   * then, and so are acknowledgements.
   */
  readonly foldMillis: number;
}

/** 10 GiB on disk, 16 MiB a pull, packs of 200 messages or 256 KiB, 8 MiB in memory and 16 MiB in memory alone, a second between tries, two until what was delivered is gone. */
export const embeddedPubSubDefaults: EmbeddedPubSubSettings = {
  ...databaseDefaults,
  maxStoredBytes: 10 * 1_024 ** 3,
  maxPullBytes: 16 * 1_024 ** 2,
  maxPackedMessages: 200,
  maxPackedBytes: 256 * 1_024,
  maxRecentBytes: 8 * 1_024 ** 2,
  maxRelayedBytes: 16 * 1_024 ** 2,
  retryMillis: 1_000,
  foldMillis: 2_000,
};
