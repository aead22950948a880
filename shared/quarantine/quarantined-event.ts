import { parseEventTypeName } from '../event/event-type-name.ts';
import type { Rejected } from '../outcome/outcome.ts';
import type { QuarantinedEvent } from '../ports/quarantine.ts';

/** What a stage knows of an event that it refuses. */
export interface RefusedEvent {
  readonly outcome: Rejected;
  readonly stage: QuarantinedEvent['stage'];
  readonly seal: string;
  /** Position in the request or batch. */
  readonly at: number;
  readonly receivedAtMillis: number;
  readonly sentAtMillis: number | undefined;
  readonly sdk: string | undefined;
  /** What the event says its type is, whatever that may be. */
  readonly type: unknown;
  /** The event's JSON as its client wrote it: parsed and written again, 9007199254740993 would be ...992. */
  readonly text: string;
}

/** What is kept of a refused event: the one place where records of the quarantine are made. */
export function quarantinedEvent(refused: RefusedEvent): QuarantinedEvent {
  const { outcome, stage, seal, at, receivedAtMillis, sentAtMillis, sdk, type, text } = refused;
  return {
    seal,
    sequence: at,
    events: 1,
    receivedAtMillis,
    ...(sentAtMillis === undefined ? {} : { sentAtMillis }),
    ...(sdk === undefined ? {} : { sdk }),
    reason: outcome.reason,
    errors: outcome.errors,
    ...(typeof type === 'string' && parseEventTypeName(type) !== undefined ? { type } : {}),
    stage,
    provenSubjects: [],
    payload: Buffer.from(text),
  };
}

/** What a stage knows of refused events that are kept together, be it one or a thousand. */
export type RefusedTexts = Omit<RefusedEvent, 'text'> & {
  /** Their JSON as the client wrote it, in order, at least one. */
  readonly texts: readonly string[];
};

/**
 * One record of all of them, with position, errors and type of the first: a thousand records would cost more than who
 * sends has to pay, which may be 37 bytes of gzip. The payload is the text of a single one, or an array of them all.
 */
export function quarantinedTexts({ texts, ...refused }: RefusedTexts): QuarantinedEvent {
  const [first = ''] = texts;
  const text = texts.length === 1 ? first : `[${texts.join(',')}]`;
  return { ...quarantinedEvent({ ...refused, text }), events: texts.length };
}
