import { readSubject } from '../../shared/erasure/read-subject.ts';
import { isJsonObject, type JsonValue } from '../../shared/event/json.ts';
import type { DataSubject } from '../../shared/event-types/project.ts';

/** Whose key is to be used, and why. */
export interface PersonRequest {
  readonly kind: 'request';
  readonly person: DataSubject;
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
