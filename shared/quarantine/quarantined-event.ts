import { parseEventTypeName } from '../event/event-type-name.ts';
import type { JsonObject, JsonValue } from '../event/json.ts';
import { instantToMicros, parseInstant } from '../event/time.ts';
import type { Rejected } from '../outcome/outcome.ts';
import type { EventIdentity, ProvenSubject, QuarantinedEvent } from '../ports/quarantine.ts';

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
  /** Whom its request proved to speak for; of several events what counts for each of them. */
  readonly provenSubjects: readonly ProvenSubject[];
  /** What the event says its type is, whatever that may be. */
  readonly type: unknown;
  /** As the event names it; undefined where it names none. */
  readonly identity: EventIdentity | undefined;
  /** The event's JSON as its client wrote it: parsed and written again, 9007199254740993 would be ...992. */
  readonly text: string;
  /** What that says. */
  readonly value: JsonValue;
}

/** What is kept of a refused event: the one place where records of the quarantine are made. */
export function quarantinedEvent({ text, value, ...refused }: RefusedEvent): QuarantinedEvent {
  return quarantined(refused, [value], Buffer.from(text));
}

/** What a stage knows of refused events that are kept together, be it one or a thousand. */
type RefusedTogether = Omit<RefusedEvent, 'identity' | 'text' | 'value'> & {
  /** What each names itself as; undefined for what names nothing. */
  readonly identities: readonly (EventIdentity | undefined)[];
  /** The JSON of a single one, else of an array of them all, as the client wrote them. */
  readonly payload: Uint8Array;
  /** Of each what it says. */
  readonly values: readonly JsonValue[];
};

/**
 * One record of all of them, with position, errors and type of the first: a record each would cost more than who sends
 * has to pay, which may be 37 bytes of gzip for a thousand.
 */
export function quarantinedTogether({ identities, payload, values, ...refused }: RefusedTogether): QuarantinedEvent {
  const [identity, ...others] = identities;
  if (others.length === 0) return quarantined({ ...refused, identity }, values, payload);
  const together = quarantined({ ...refused, identity: undefined }, values, payload);
  return identities.some((one) => one !== undefined) ? { ...together, identities } : together;
}

function quarantined(
  refused: Omit<RefusedEvent, 'text' | 'value'>,
  values: readonly JsonValue[],
  payload: Uint8Array,
): QuarantinedEvent {
  const { outcome, stage, seal, at, receivedAtMillis, sentAtMillis, sdk, type, identity, provenSubjects } = refused;
  return {
    seal,
    sequence: at,
    events: values.length,
    receivedAtMillis,
    ...(sentAtMillis === undefined ? {} : { sentAtMillis }),
    ...(sdk === undefined ? {} : { sdk }),
    reason: outcome.reason,
    errors: outcome.errors,
    ...(typeof type === 'string' && parseEventTypeName(type) !== undefined ? { type } : {}),
    ...(identity === undefined ? {} : { identity }),
    stage,
    provenSubjects,
    payload,
    values,
  };
}

/** The identity that a refused event names, whatever else is wrong with it. */
export function claimedIdentity({ source, id, time }: JsonObject): EventIdentity | undefined {
  if (typeof source !== 'string' || typeof id !== 'string' || typeof time !== 'string') return undefined;
  const instant = parseInstant(time);
  const timeMicros = instant === undefined ? undefined : instantToMicros(instant);
  return timeMicros === undefined ? undefined : { source, id, timeMicros };
}
