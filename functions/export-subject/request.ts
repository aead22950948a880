import { readSubject } from '../../shared/erasure/read-subject.ts';
import { isJsonObject, type JsonValue } from '../../shared/event/json.ts';
import { uuidV7Millis } from '../../shared/event/uuid.ts';
import type { DataSubject } from '../../shared/event-types/project.ts';

/** Whose key is to be used, and why. */
export interface PersonRequest {
  readonly kind: 'request';
  readonly person: DataSubject;
  readonly reason: string;
}

/** Who is about to be erased: their pseudonyms are asked for together. */
export interface ErasedRequest {
  readonly kind: 'erased';
  readonly people: readonly DataSubject[];
  readonly reason: string;
}

/** What is wrong with a request; never who was named. */
export interface BadRequest {
  readonly kind: 'bad';
  readonly problem: string;
}

/** Reads `{realm, subject, reason}` or `{source, reason}`. */
export function readPersonRequest(value: JsonValue | undefined, maxReasonLength: number): PersonRequest | BadRequest {
  if (!isJsonObject(value)) return bad('the body is no JSON object');
  const { reason, ...named } = value;
  const person = readSubject(named);
  if (typeof person === 'string') return bad(`beside "reason" the body ${person}`);
  if (typeof reason !== 'string' || reason.trim() === '') return bad('"reason" says why, for the ledger');
  if (reason.length > maxReasonLength || /\p{Cc}/u.test(reason)) {
    return bad(`"reason" is one line of at most ${maxReasonLength} characters`);
  }
  if (namesPerson(reason, person.subject)) return bad('"reason" may not name the person: the ledger holds no identity');
  return { kind: 'request', person, reason: reason.trim() };
}

/** Reads `{subjects: [{realm, subject} | {source}], erasure}`: for the ledger the id of the erasure is the reason. */
export function readErasedRequest(value: JsonValue | undefined, maxNamed: number): ErasedRequest | BadRequest {
  const { subjects, erasure, ...others } = isJsonObject(value) ? value : {};
  if (Object.keys(others).length > 0) return bad('there are "subjects" and "erasure"');
  if (typeof erasure !== 'string' || uuidV7Millis(erasure) === undefined) {
    return bad('"erasure" is a UUID of version 7, as the erasure will have');
  }
  if (!Array.isArray(subjects) || subjects.length === 0 || subjects.length > maxNamed) {
    return bad(`"subjects" names 1 to ${maxNamed}`);
  }
  const people: DataSubject[] = [];
  for (const [at, one] of subjects.entries()) {
    const person = readSubject(one);
    if (typeof person === 'string') return bad(`/subjects/${at}: ${person}`);
    people.push(person);
  }
  return { kind: 'erased', people, reason: `erasure ${erasure}` };
}

/** Long enough to be no accident in a text. */
const minTellingLength = 6;

function namesPerson(reason: string, subject: string): boolean {
  const [text, name] = [reason.toLowerCase(), subject.toLowerCase()];
  if (name.length >= minTellingLength && text.includes(name)) return true;
  return text.split(/[^\p{L}\p{N}@._+-]+/u).includes(name);
}

function bad(problem: string): BadRequest {
  return { kind: 'bad', problem };
}
