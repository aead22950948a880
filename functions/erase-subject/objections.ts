import type { KeyObject } from 'node:crypto';
import { cutoffDelayMillis } from '../../shared/erasure/cutoff.ts';
import { readSubject } from '../../shared/erasure/read-subject.ts';
import { subjectKeyId } from '../../shared/erasure/subject-key-id.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '../../shared/event/json.ts';
import type { DataSubject } from '../../shared/event-types/project.ts';
import type { Clock } from '../../shared/ports/clock.ts';
import type { SubjectObjections } from '../../shared/ports/subject-key-records.ts';
import type { EraseSubjectConfig } from './config.ts';

export interface ObjectionPorts {
  readonly keys: SubjectObjections;
  /** Secret key of record ids. */
  readonly lookupKey: KeyObject;
  readonly clock: Clock;
  readonly config: EraseSubjectConfig;
}

export interface ObjectionRequest {
  /** People and installations, each once. */
  readonly subjects: readonly DataSubject[];
  readonly withdraw: boolean;
}

/** Reads `{subjects: [{realm, subject} | {source}], withdraw}`; otherwise what is wrong, without a value. */
export function readObjectionRequest(value: JsonValue | undefined, maxNamed: number): ObjectionRequest | string {
  if (!isJsonObject(value)) return 'the body is no JSON object';
  const { subjects, withdraw = false, ...others } = value;
  if (Object.keys(others).length > 0) return 'there are "subjects" and "withdraw"';
  if (typeof withdraw !== 'boolean') return '"withdraw" is true or false';
  if (!Array.isArray(subjects) || subjects.length === 0 || subjects.length > maxNamed) {
    return `"subjects" names 1 to ${maxNamed}`;
  }
  const named = new Map<string, DataSubject>();
  for (const [at, one] of subjects.entries()) {
    const read = readSubject(one);
    if (typeof read === 'string') return `/subjects/${at}: ${read}`;
    named.set(`${read.realm} ${read.subject}`, read);
  }
  return { subjects: [...named.values()], withdraw };
}

/**
 * Lets people object, or ends that; answers with a receipt without an identity. An objection counts from now on, and is
 * known everywhere once no instance has a key in its cache that it read before. A withdrawal counts from then on: an
 * instance that does not know it yet would drop what is received meanwhile, and another would not. Rejects with
 * `Unavailable`; the call can be repeated.
 */
export async function changeObjections(
  { subjects, withdraw }: ObjectionRequest,
  { keys, lookupKey, clock, config }: ObjectionPorts,
): Promise<JsonObject> {
  const nowMillis = clock.nowMillis();
  const everywhereMillis = nowMillis + cutoffDelayMillis(config);
  const ids = subjects.map((subject) => subjectKeyId(lookupKey, subject));
  const changed = await keys.changeObjections(
    ids,
    withdraw ? { kind: 'withdraw', untilMillis: everywhereMillis } : { kind: 'object', fromMillis: nowMillis },
  );
  const iso = (millis: number) => new Date(millis).toISOString();
  const counts = { named: subjects.length, changed };
  return withdraw
    ? { ...counts, droppedUntil: iso(everywhereMillis) }
    : { ...counts, droppedFrom: iso(nowMillis), everywhereFrom: iso(everywhereMillis) };
}
