import { parseEventTypeName } from '../event/event-type-name.ts';
import type { JsonObject } from '../event/json.ts';
import { instantToMicros, parseInstant } from '../event/time.ts';
import type { Rejected } from '../outcome/outcome.ts';
import type { EventIdentity, QuarantinedEvent } from '../ports/quarantine.ts';

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
  /** As the event names it; undefined where it names none. */
  readonly identity: EventIdentity | undefined;
  /** The event's JSON as its client wrote it: parsed and written again, 9007199254740993 would be ...992. */
  readonly text: string;
}

/** What is kept of a refused event: the one place where records of the quarantine are made. */
export function quarantinedEvent(refused: RefusedEvent): QuarantinedEvent {
  const { outcome, stage, seal, at, receivedAtMillis, sentAtMillis, sdk, type, identity, text } = refused;
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
    ...(identity === undefined ? {} : { identity }),
    stage,
    provenSubjects: [],
    payload: Buffer.from(text),
  };
}

/** The identity that a refused event names, whatever else is wrong with it. */
export function claimedIdentity({ source, id, time }: JsonObject): EventIdentity | undefined {
  if (typeof source !== 'string' || typeof id !== 'string' || typeof time !== 'string') return undefined;
  const instant = parseInstant(time);
  const timeMicros = instant === undefined ? undefined : instantToMicros(instant);
  return timeMicros === undefined ? undefined : { source, id, timeMicros };
}

/** What a stage knows of what a request held that is no JSON object, be it one or a thousand. */
export type RefusedTexts = Omit<RefusedEvent, 'type' | 'identity' | 'text'> & {
  /** Their JSON as the client wrote it, in order, at least one. */
  readonly texts: readonly string[];
};

/**
 * One record of all of them: there is nothing to tell them apart by, and a thousand numbers are 37 bytes of gzip. The
 * payload is the text of a single one, or an array of them all.
 */
export function quarantinedTexts({ texts, ...refused }: RefusedTexts): QuarantinedEvent {
  const [first = ''] = texts;
  const text = texts.length === 1 ? first : `[${texts.join(',')}]`;
  return { ...quarantinedEvent({ ...refused, type: undefined, identity: undefined, text }), events: texts.length };
}
