import type { LossReason, RedeliveryReason } from '../outcome/outcome.ts';

/** Events that were acknowledged to a client and are gone. */
export interface Loss {
  /** Of what they were lost with: the same on every attempt, so that they count once. */
  readonly key: string;
  /** UTC day of the events' own time, `2026-11-28`; of their receipt or sealing where that is not known. */
  readonly day: string;
  readonly stage: string;
  readonly reason: LossReason;
  /** Absent where it cannot be read. */
  readonly type?: string;
  readonly sdk?: string;
  readonly events: number;
}

/** Where losses are counted: `operations.losses`. */
export interface LossRecords {
  /** Resolves when all are stored durably; to be awaited before the events go. Rejects with `Unavailable`. */
  record(losses: readonly Loss[]): Promise<void>;
}

/** A message that failed in the second line. No value of an event. */
export interface FailedDeadLetter {
  readonly messageId: string;
  readonly stage: string;
  readonly seal?: string;
  readonly sdk?: string;
  readonly events?: number;
  readonly reason: RedeliveryReason;
}

/** Where failures of the second line are noted: `operations.dead_letters`. */
export interface DeadLetterRecords {
  /** Resolves when it is stored durably. Rejects with `Unavailable`. */
  record(failed: FailedDeadLetter): Promise<void>;
}

/** That somebody's key is used to read what is stored of them. */
export interface Decryption {
  /** Of the call. */
  readonly id: string;
  /** Who asks. */
  readonly caller: string;
  readonly call: 'export' | 'pseudonyms';
  /** Of the key; the person is named by nothing else. */
  readonly recordId: string;
  readonly generation: number;
  readonly reason: string;
}

/** Where decryptions are told: `operations.decryptions`. */
export interface DecryptionLedger {
  /** Resolves when it is stored durably; to be awaited before anything decrypted is answered. Rejects with `Unavailable`. */
  record(decryption: Decryption): Promise<void>;
}

/** Messages that wait in a subscription. */
export interface LineBacklog {
  readonly subscription: string;
  readonly messages: number;
  /** Of the oldest; absent where there is none. */
  readonly oldestSeconds?: number;
}
