import type { KeyObject } from 'node:crypto';
import { keyedHashText } from '../crypto/keyed-hash.ts';
import { ownTime } from '../event/corrected-time.ts';
import { isJsonObject, type JsonObject, type JsonValue, parseJson } from '../event/json.ts';
import { sourceRealm } from '../event/realm.ts';
import { formatMillis } from '../event/time.ts';
import type { EventSchema } from '../event-types/event-schema.ts';
import type { DataSubject } from '../event-types/project.ts';
import type { Message } from '../ports/publisher.ts';
import type { QuarantinedEvent } from '../ports/quarantine.ts';
import { namedPeople } from '../subject-tokens/named-people.ts';

const hashBytes = 20;
/** Hashes of one row; a record that speaks of more people has several rows. */
const maxRowSubjects = 500;
/** No realm is called so: a subject whose realm is not known, because its type is not. */
const unknownRealm = '';

export interface QuarantinedSubjectsOptions {
  /** Hashes subjects; never rotates. */
  readonly subjectKey: KeyObject;
  /** What is known of types. */
  readonly eventTypes: { get(type: string): Pick<EventSchema, 'edi' | 'payload'> | undefined };
}

/** What an erasure looks for: the subject in its realm, and in events whose realm nobody knew. */
export function erasedHashes(subjectKey: KeyObject, { realm, subject }: DataSubject): string[] {
  const own = subjectHash(subjectKey, { realm, subject });
  return realm === sourceRealm ? [own] : [own, subjectHash(subjectKey, { realm: unknownRealm, subject })];
}

function subjectHash(subjectKey: KeyObject, { realm, subject }: DataSubject): string {
  return keyedHashText(subjectKey, 'edi.quarantine-subject.v1', [realm, subject], hashBytes);
}

/**
 * Of whom a record speaks: `subject`, `source` and whom treatments of the type point at, as keyed hashes, a row of
 * `quarantinedSubjectsColumns` a message. What is no JSON speaks of nobody here.
 */
export function subjectRows(
  event: QuarantinedEvent,
  { recordKey, keptTime }: { readonly recordKey: string; readonly keptTime: string },
  { subjectKey, eventTypes }: QuarantinedSubjectsOptions,
): Message[] {
  const named = makeNamed();
  for (const value of event.values ?? parsedPayload(event))
    if (isJsonObject(value)) addSubjects(named, value, eventTypes);
  const subjects = named.all();
  if (subjects.length === 0) return [];
  const own = earliestOwnTime(event);
  const row = {
    record_key: recordKey,
    kept_time: keptTime,
    received_time: formatMillis(event.receivedAtMillis) ?? keptTime,
    ...(own === undefined ? {} : { own_time: own }),
  };
  const hashes = subjects.map((subject) => subjectHash(subjectKey, subject));
  const messages: Message[] = [];
  for (let at = 0; at < hashes.length; at += maxRowSubjects) {
    const part = { ...row, subjects: hashes.slice(at, at + maxRowSubjects) };
    messages.push({ data: Buffer.from(JSON.stringify(part)), attributes: {} });
  }
  return messages;
}

function parsedPayload({ events, payload }: QuarantinedEvent): readonly JsonValue[] {
  const value = parseJson(Buffer.from(payload).toString('utf8')) ?? null;
  return events > 1 && Array.isArray(value) ? value : [value];
}

/** Each subject once. */
function makeNamed() {
  const realms = new Map<string, Set<string>>();
  return {
    add(realm: string, subject: string): void {
      const known = realms.get(realm);
      if (known === undefined) realms.set(realm, new Set([subject]));
      else known.add(subject);
    },
    all: (): DataSubject[] =>
      [...realms].flatMap(([realm, subjects]) => [...subjects].map((subject) => ({ realm, subject }))),
  };
}

function earliestOwnTime(event: QuarantinedEvent): string | undefined {
  let earliest = Number.POSITIVE_INFINITY;
  for (const identity of event.identities ?? [event.identity]) {
    if (identity !== undefined) earliest = Math.min(earliest, ownTime(identity.timeMicros, event));
  }
  return Number.isFinite(earliest) ? formatMillis(Math.floor(earliest / 1_000)) : undefined;
}

function addSubjects(
  named: ReturnType<typeof makeNamed>,
  event: JsonObject,
  eventTypes: QuarantinedSubjectsOptions['eventTypes'],
): void {
  const [source, subject] = [nameOf(event['source']), nameOf(event['subject'])];
  if (source !== undefined) named.add(sourceRealm, source);
  const known = typeof event['type'] === 'string' ? eventTypes.get(event['type']) : undefined;
  if (known === undefined) {
    if (subject !== undefined) named.add(unknownRealm, subject);
    return;
  }
  const who = subject === undefined ? {} : { subject };
  for (const person of namedPeople(known, { ...who, data: dataOf(event) }, everyRealm)) {
    named.add(person.realm, person.subject);
  }
}

const everyRealm = { has: () => true };

/** Also of events that write the number of a person as a number, which their envelope may not. */
function nameOf(value: JsonValue | undefined): string | undefined {
  if (typeof value === 'number') return String(value);
  return typeof value === 'string' && value !== '' ? value : undefined;
}

/** Bytes are read where they are JSON, whatever else is wrong with them. */
function dataOf({ data, data_base64: bytes }: JsonObject): JsonObject {
  if (isJsonObject(data)) return data;
  const decoded = typeof bytes === 'string' ? parseJson(Buffer.from(bytes, 'base64').toString('utf8')) : undefined;
  return isJsonObject(decoded) ? decoded : {};
}
