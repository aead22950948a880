import type { FieldError, RejectReason } from '../outcome/outcome.ts';

/** Why an event is in quarantine, and the event itself in the clear: the quarantine encrypts it before it is stored. */
export interface QuarantinedEvent {
  /** UUIDv7 of the batch that the event came with; its replay claims under this seal. */
  readonly seal: string;
  readonly receivedAtMillis: number;
  /** Absent when the request's key did not tell (local development key with an unknown type). */
  readonly sdk?: string;
  readonly reason: RejectReason;
  /** Masked: segments that the schema does not declare are `*`. */
  readonly errors: readonly FieldError[];
  /** Only where it fits the grammar of types. */
  readonly type?: string;
  /** The stage that rejected it. */
  readonly stage: 'ingest' | 'pseudonymize';
  /** UTF-8 JSON of the event. */
  readonly payload: Uint8Array;
}

export interface Quarantine {
  /** Resolves when all are stored durably. Rejects with `Unavailable`. */
  keep(events: readonly QuarantinedEvent[]): Promise<void>;
}
