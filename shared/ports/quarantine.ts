import type { JsonValue } from '../event/json.ts';
import type { FieldError, LegacyReason, RejectReason } from '../outcome/outcome.ts';

/** A person whom the request proved to speak for. */
export interface ProvenSubject {
  readonly realm: string;
  readonly subject: string;
}

/** What makes an event the same event on every resend (CloudEvents 1.0, `source` and `id`, and its own time). */
export interface EventIdentity {
  readonly source: string;
  readonly id: string;
  readonly timeMicros: number;
}

/** Why events are in quarantine, and the bytes in the clear: the quarantine encrypts them before they are stored. */
export interface QuarantinedEvent {
  /** UUIDv7 of the batch that the event came with; its replay claims under this seal. */
  readonly seal: string;
  /** Position in the request, or in the batch; of several events that of the first. */
  readonly sequence: number;
  /** How many events the payload holds: 1, or those of a request that are kept together. */
  readonly events: number;
  readonly receivedAtMillis: number;
  /** The client's clock when it sent, where it told; a replay corrects the event's time by it. */
  readonly sentAtMillis?: number;
  /** Absent when the request's key did not tell (local development key with an unknown type). */
  readonly sdk?: string;
  readonly reason: RejectReason | LegacyReason;
  /** Masked: segments that the schema does not declare are `*`. */
  readonly errors: readonly FieldError[];
  /** Only where it fits the grammar of types. */
  readonly type?: string;
  /** Absent where the event names none that could be accepted. */
  readonly identity?: EventIdentity;
  /** Of several events: that of each, where any names one. */
  readonly identities?: readonly (EventIdentity | undefined)[];
  /** The stage that rejected it. */
  readonly stage: 'ingest' | 'dedup' | 'pseudonymize' | 'export-legacy';
  /** Whom a replay may let the event name in a realm that asks for proof. */
  readonly provenSubjects: readonly ProvenSubject[];
  /** UTF-8 JSON of the event, or of an array of several; of a legacy record its bytes. */
  readonly payload: Uint8Array;
  /** The events of the payload as they were parsed, where who keeps them has them: nobody parses them again. */
  readonly values?: readonly JsonValue[];
}

export interface Quarantine {
  /** Resolves when all are stored durably. Rejects with `Unavailable`. */
  keep(events: readonly QuarantinedEvent[]): Promise<void>;
}
