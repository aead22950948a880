import type { Envelope } from '../../shared/event/envelope.ts';
import { expectedOfEvent } from '../../shared/event/expected-event.ts';
import { isJsonObject, type JsonValue } from '../../shared/event/json.ts';
import { mayExceed } from '../../shared/event/least-bytes.ts';
import type { WrittenEvent } from '../../shared/event/scan.ts';
import { readSequence } from '../../shared/event/sequence.ts';
import {
  type CheckContext,
  type Checked,
  type CheckOutcome,
  checkEvent,
  type KnownKey,
} from '../../shared/event-types/check-event.ts';
import type { EventTypes } from '../../shared/event-types/event-types.ts';
import type { Observer } from '../../shared/observe/observer.ts';
import { type Foreign, type Rejected, type Retry, rejected } from '../../shared/outcome/outcome.ts';
import { makeSubjectCheck } from '../../shared/subject-tokens/subject-check.ts';
import type { IngestConfig } from './config.ts';
import type { CreationBounds } from './creation-bounds.ts';
import { type RequestEvents, textOf } from './read-events.ts';
import type { RequestProof } from './request-proof.ts';

export interface IngestRequest {
  readonly events: RequestEvents;
  readonly key: KnownKey;
  /** Whose request it is, as `ClientOf` names it. */
  readonly client: string;
  readonly sentAtMillis?: number;
  /** `x-edi-subject-token`. */
  readonly subjectToken?: string;
}

/** What becomes of an event of a request; `duplicate`: it repeats an earlier one of the request. */
export type EventOutcome = Checked | 'duplicate' | Rejected | Foreign | Retry;

/** What is known of a request before its events. */
export interface Received {
  readonly receivedAtMillis: number;
  readonly proof: RequestProof;
}

interface DecideOptions {
  readonly eventTypes: EventTypes;
  readonly creations: CreationBounds;
  readonly observer: Observer;
  readonly config: IngestConfig;
}

/** Of what is no JSON object, whatever else may be wrong with it: all of a request are one record. */
const notAnObject = rejected('envelope', '', 'type', 'a JSON object');

/**
 * Decides every event of a request, in their order. What is made for each event, a closure or a list, is most of what the
 * collector has to do, and closures of a request lose their optimized code at every full collection: so there is none.
 */
export async function decide(
  request: IngestRequest,
  { receivedAtMillis, proof }: Received,
  options: DecideOptions,
): Promise<EventOutcome[]> {
  const { config, eventTypes, observer } = options;
  const outcomes: EventOutcome[] = [];
  const goingOn = new GoingOn();
  const subjects = makeSubjectCheck(eventTypes, (person, { timeMicros }) => proof.standingOf(person, timeMicros));
  let context: CheckContext = { eventTypes, limits: config, key: request.key, receivedAtMillis, subjects, observer };
  const binding = request.key.kind === 'sdk' ? eventTypes.sdks.get(request.key.sdk) : undefined;
  const mayCreate = options.creations.check(request.client, binding);
  const { events, bodyBytes, mostEventBytes = bodyBytes } = request.events;
  // To measure an event, the body is cut into the texts of all.
  const measures = mostEventBytes > config.maxEventBytes && mayExceed(events, bodyBytes, config.maxEventBytes);
  const written = new WrittenEvents(request.events);
  let droppedExtensions = 0;
  for (let at = 0; at < events.length; at++) {
    written.moveTo(at);
    const decided = checkValue(written, context, measures);
    const outcome = decided instanceof Promise ? await decided : decided;
    if (decided instanceof Promise && outcome.kind !== 'retry') context = { ...context, registryAsked: true };
    if (outcome.kind !== 'valid') {
      outcomes.push(outcome);
      continue;
    }
    const { envelope } = outcome;
    droppedExtensions += envelope.droppedExtensionCount;
    const event = events[at];
    if (isJsonObject(event) && readSequence(event) === 'unusable') observer.count('unusable-sequences');
    if (goingOn.has(envelope)) {
      outcomes.push('duplicate');
      continue;
    }
    const reason = mayCreate?.(envelope);
    if (reason !== undefined) {
      outcomes.push({ kind: 'retry', reason });
      continue;
    }
    outcomes.push(outcome);
    goingOn.add(envelope);
  }
  observer.count('dropped-extensions', droppedExtensions);
  return outcomes;
}

function checkValue(
  written: WrittenEvents,
  context: CheckContext,
  measures: boolean,
): CheckOutcome | Promise<CheckOutcome> {
  if (!isJsonObject(written.value)) return notAnObject;
  const { limits } = context;
  if (measures && Buffer.byteLength(written.text()) > limits.maxEventBytes) {
    return rejected('size', '', 'size', expectedOfEvent('size', limits));
  }
  return checkEvent(written, context);
}

/** The events of a request, one at a time. */
class WrittenEvents implements WrittenEvent {
  value: JsonValue = null;
  readonly isWellFormed: boolean;
  readonly #events: RequestEvents;
  #at = 0;

  constructor(events: RequestEvents) {
    this.#events = events;
    this.isWellFormed = events.isWellFormed ?? false;
  }

  moveTo(at: number): void {
    this.#at = at;
    this.value = this.#events.events[at] ?? null;
  }

  text(): string {
    return textOf(this.#events, this.#at);
  }

  mayHoldTinyNumber(): boolean {
    return this.#events.mayHoldTinyNumber();
  }
}

/** The events of a request that go on, by id: nearly always each has one of its own. */
class GoingOn {
  readonly #byId = new Map<string, Envelope>();
  readonly #further = new Map<string, Envelope[]>();

  /** Whether one of them is the same event. */
  has(envelope: Envelope): boolean {
    const first = this.#byId.get(envelope.id);
    if (first === undefined) return false;
    if (isSame(first, envelope)) return true;
    return this.#further.get(envelope.id)?.some((other) => isSame(other, envelope)) ?? false;
  }

  add(envelope: Envelope): void {
    const { id } = envelope;
    if (!this.#byId.has(id)) {
      this.#byId.set(id, envelope);
      return;
    }
    const further = this.#further.get(id);
    if (further === undefined) this.#further.set(id, [envelope]);
    else further.push(envelope);
  }
}

/** Of two events with one id. */
function isSame(one: Envelope, other: Envelope): boolean {
  return one.source === other.source && one.timeMicros === other.timeMicros;
}
