import type { KeyObject } from 'node:crypto';
import { keyedHashText } from '../crypto/keyed-hash.ts';
import { ownTime } from '../event/corrected-time.ts';
import { isJsonObject, type JsonObject, type JsonValue, parseJson } from '../event/json.ts';
import { sourceRealm } from '../event/realm.ts';
import { formatMillis } from '../event/time.ts';
import type { EventSchema } from '../event-types/event-schema.ts';
import type { DataSubject } from '../event-types/project.ts';
import type { Clock } from '../ports/clock.ts';
import type { Message, Publisher } from '../ports/publisher.ts';
import type { Quarantine, QuarantinedEvent } from '../ports/quarantine.ts';
import { namedPeople } from '../subject-tokens/named-people.ts';
import { recordKeyOf } from './quarantine-record.ts';
import { claimedIdentity } from './quarantined-event.ts';

const hashBytes = 20;
/** Hashes of one row; a record that speaks of more people has several rows. */
const maxRowSubjects = 500;
/** No realm is called so: a subject whose realm is not known, because its type is not. */
const unknownRealm = '';

export interface QuarantinedSubjectsOptions {
  readonly publisher: Publisher;
  readonly topic: string;
  /** Hashes subjects; never rotates. */
  readonly subjectKey: KeyObject;
  /** The quarantine's, of its records. */
  readonly recordKey: KeyObject;
  readonly clock: Clock;
  /** What is known of types. */
  readonly eventTypes: { get(type: string): Pick<EventSchema, 'edi' | 'payload'> | undefined };
}

/**
 * A quarantine that also tells, apart from its records, of whom they speak: `subject`, `source` and whom treatments of the
 * type point at, as keyed hashes, a row of `quarantinedSubjectsColumns` a message. What is no JSON speaks of nobody here.
 * The records are as without it.
 */
export function withSubjects(quarantine: Quarantine, options: QuarantinedSubjectsOptions): Quarantine {
  const { publisher, topic, clock } = options;
  return {
    async keep(events) {
      const keptTime = formatMillis(clock.nowMillis()) ?? '';
      const rows = events.flatMap((event) => rowsOf(event, keptTime, options));
      await Promise.all([...(rows.length === 0 ? [] : [publisher.publish(topic, rows)]), quarantine.keep(events)]);
    },
  };
}

/** What an erasure looks for: the subject in its realm, and in events whose realm nobody knew. */
export function erasedHashes(subjectKey: KeyObject, { realm, subject }: DataSubject): string[] {
  const own = subjectHash(subjectKey, { realm, subject });
  return realm === sourceRealm ? [own] : [own, subjectHash(subjectKey, { realm: unknownRealm, subject })];
}

function subjectHash(subjectKey: KeyObject, { realm, subject }: DataSubject): string {
  return keyedHashText(subjectKey, 'edi.quarantine-subject.v1', [realm, subject], hashBytes);
}

function rowsOf(event: QuarantinedEvent, keptTime: string, options: QuarantinedSubjectsOptions): Message[] {
  const { subjectKey, recordKey, eventTypes } = options;
  const written = eventsOf(event);
  const named = new Map<string, DataSubject>();
  for (const one of written) {
    for (const subject of subjectsOf(one, eventTypes)) named.set(`${subject.realm} ${subject.subject}`, subject);
  }
  if (named.size === 0) return [];
  const own = earliestOwnTime(written, event);
  const row = {
    record_key: recordKeyOf(recordKey, event),
    kept_time: keptTime,
    received_time: formatMillis(event.receivedAtMillis) ?? keptTime,
    ...(own === undefined ? {} : { own_time: own }),
  };
  const hashes = [...named.values()].map((subject) => subjectHash(subjectKey, subject));
  const messages: Message[] = [];
  for (let at = 0; at < hashes.length; at += maxRowSubjects) {
    const part = { ...row, subjects: hashes.slice(at, at + maxRowSubjects) };
    messages.push({ data: Buffer.from(JSON.stringify(part)), attributes: {} });
  }
  return messages;
}

function eventsOf({ events, payload }: QuarantinedEvent): JsonObject[] {
  const value = parseJson(Buffer.from(payload).toString('utf8'));
  return (events > 1 && Array.isArray(value) ? value : [value]).filter(isJsonObject);
}

function earliestOwnTime(written: readonly JsonObject[], event: QuarantinedEvent): string | undefined {
  const micros = written.flatMap((one) => {
    const identity = claimedIdentity(one);
    return identity === undefined ? [] : [ownTime(identity.timeMicros, event)];
  });
  return micros.length === 0 ? undefined : formatMillis(Math.floor(Math.min(...micros) / 1_000));
}

function subjectsOf(event: JsonObject, eventTypes: QuarantinedSubjectsOptions['eventTypes']): DataSubject[] {
  const [source, subject] = [nameOf(event['source']), nameOf(event['subject'])];
  const known = typeof event['type'] === 'string' ? eventTypes.get(event['type']) : undefined;
  const named = subject === undefined ? {} : { subject };
  const people =
    known === undefined
      ? subject === undefined
        ? []
        : [{ realm: unknownRealm, subject }]
      : namedPeople(known, { ...named, data: dataOf(event) }, everyRealm);
  return [...(source === undefined ? [] : [{ realm: sourceRealm, subject: source }]), ...people];
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
