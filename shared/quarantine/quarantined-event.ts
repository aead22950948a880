import { parseEventTypeName } from '../event/event-type-name.ts';
import type { Rejected } from '../outcome/outcome.ts';
import type { QuarantinedEvent } from '../ports/quarantine.ts';

/** What a stage knows of an event that it refuses. */
export interface RefusedEvent {
  readonly outcome: Rejected;
  readonly stage: QuarantinedEvent['stage'];
  readonly seal: string;
  readonly receivedAtMillis: number;
  readonly sdk: string | undefined;
  /** What the event says its type is, whatever that may be. */
  readonly type: unknown;
  /** The event's JSON as its client wrote it: parsed and written again, 9007199254740993 would be ...992. */
  readonly text: string;
}

/** What is kept of a refused event: the one place where records of the quarantine are made. */
export function quarantinedEvent(refused: RefusedEvent): QuarantinedEvent {
  const { outcome, stage, seal, receivedAtMillis, sdk, type, text } = refused;
  return {
    seal,
    receivedAtMillis,
    ...(sdk === undefined ? {} : { sdk }),
    reason: outcome.reason,
    errors: outcome.errors,
    ...(typeof type === 'string' && parseEventTypeName(type) !== undefined ? { type } : {}),
    stage,
    payload: Buffer.from(text),
  };
}
