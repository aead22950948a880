import { readSubject } from '../../shared/erasure/read-subject.ts';
import { isJsonObject, type JsonValue } from '../../shared/event/json.ts';
import { uuidV7Millis } from '../../shared/event/uuid.ts';
import type { DataSubject } from '../../shared/event-types/project.ts';

/** A part of an erasure. */
export interface ErasureRequest {
  /** Of the whole erasure; whoever asks makes it. */
  readonly id: string;
  /** How many were named in the parts before. */
  readonly at: number;
  /** People, and installations in the realm of sources; each once. */
  readonly subjects: readonly DataSubject[];
  /** As many were named: some may have been named twice. */
  readonly named: number;
  /** The people's installations are not erased with them. */
  readonly keepSources: boolean;
}

/** What is wrong with a request; never what was named. */
export interface BadRequest {
  readonly kind: 'bad';
  readonly problem: string;
}

/** Reads `{id, at, subjects: [{realm, subject} | {source}], keepSources}`. */
export function readErasureRequest(value: JsonValue | undefined, maxNamed: number): ErasureRequest | BadRequest {
  if (!isJsonObject(value)) return bad('the body is no JSON object');
  const { id, at = 0, subjects, keepSources = false, ...others } = value;
  const [other] = Object.keys(others);
  if (other !== undefined) return bad('there are "id", "at", "subjects" and "keepSources"');
  if (typeof keepSources !== 'boolean') return bad('"keepSources" is true or false');
  if (typeof id !== 'string' || uuidV7Millis(id) === undefined)
    return bad('"id" is a UUID of version 7, the same in every part');
  if (typeof at !== 'number' || !Number.isSafeInteger(at) || at < 0) return bad('"at" counts who was named before');
  if (!Array.isArray(subjects) || subjects.length === 0 || subjects.length > maxNamed) {
    return bad(`"subjects" names 1 to ${maxNamed}`);
  }
  const read = subjects.map(readSubject);
  const wrong = read.findIndex((one) => typeof one === 'string');
  if (wrong >= 0) return bad(`/subjects/${wrong}: ${String(read[wrong])}`);
  const each = new Map(
    read.flatMap((one) => (typeof one === 'string' ? [] : [[`${one.realm} ${one.subject}`, one] as const])),
  );
  return { id, at, subjects: [...each.values()], named: subjects.length, keepSources };
}

function bad(problem: string): BadRequest {
  return { kind: 'bad', problem };
}
