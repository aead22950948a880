import { isRowsErasure } from '../../shared/erasure/erasure-json.ts';
import { readSubject } from '../../shared/erasure/read-subject.ts';
import { isJsonObject, type JsonValue } from '../../shared/event/json.ts';
import { uuidV7Millis } from '../../shared/event/uuid.ts';
import type { DataSubject } from '../../shared/event-types/project.ts';
import type { RowsErasure } from '../../shared/ports/erasures.ts';

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
  /** What stands for them in tables and streams; none where the caller does not know. */
  readonly pseudonyms: readonly string[];
  /** What becomes of the rows in which these stand; the same in every part. Absent: they stay. */
  readonly rows?: RowsErasure;
}

/** What is wrong with a request; never what was named. */
export interface BadRequest {
  readonly kind: 'bad';
  readonly problem: string;
}

/** Reads `{id, at, subjects: [{realm, subject} | {source}], keepSources, pseudonyms, rows}`. */
export function readErasureRequest(value: JsonValue | undefined, maxNamed: number): ErasureRequest | BadRequest {
  if (!isJsonObject(value)) return bad('the body is no JSON object');
  const { id, at = 0, subjects, keepSources = false, pseudonyms = [], rows, ...others } = value;
  const [other] = Object.keys(others);
  if (other !== undefined) {
    return bad('there are "id", "at", "subjects", "keepSources", "pseudonyms" and "rows"');
  }
  if (typeof keepSources !== 'boolean') return bad('"keepSources" is true or false');
  if (!isListOfPseudonyms(pseudonyms, maxNamed)) return bad(`"pseudonyms" are at most ${maxNamed} texts of base64`);
  if (rows !== undefined && !isRowsErasure(rows)) return bad('"rows" is "unlink" or "rows", which deletes them');
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
  const part = { id, at, subjects: [...each.values()], named: subjects.length, keepSources, pseudonyms };
  return rows === undefined ? part : { ...part, rows };
}

function isListOfPseudonyms(value: JsonValue, maxNamed: number): value is string[] {
  const isOne = (text: JsonValue) => typeof text === 'string' && /^[A-Za-z0-9+/]{8,}={0,2}$/.test(text);
  return Array.isArray(value) && value.length <= maxNamed && value.every(isOne);
}

function bad(problem: string): BadRequest {
  return { kind: 'bad', problem };
}
