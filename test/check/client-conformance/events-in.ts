import { gunzipSync } from 'node:zlib';
import { asList, isJsonObject, type JsonObject, type JsonValue, parseJson } from '../../../shared/event/json.ts';

/** An event of the kit as it stands in a request, in whatever format. */
export interface FoundEvent {
  /** The kit's own name of it. */
  readonly event: string;
  /** What a receiver knows it by: the members that the client calls its key; empty where it has them not. */
  readonly key: string;
  /** Its JSON. */
  readonly text: string;
}

/** The member that an adapter puts into an event's data or properties. */
const mark = 'conformance';
const noKey = '';

/** The body of a request, inflated. */
export function plainBody(body: Buffer, encoding: string | undefined): string {
  try {
    return (encoding === 'gzip' || (body[0] === 0x1f && body[1] === 0x8b) ? gunzipSync(body) : body).toString('utf8');
  } catch {
    return body.toString('latin1');
  }
}

/**
 * The kit's events in a body, wherever they stand in its JSON: each is the smallest object around the mark that has the
 * members of the key, else the one that holds the mark. JSON in strings is looked into.
 */
export function eventsIn(text: string, keyMembers: readonly string[]): FoundEvent[] {
  const found: FoundEvent[] = [];
  visit(parseJson(text), []);
  return found;

  function visit(value: JsonValue | undefined, around: readonly JsonObject[]): void {
    if (typeof value === 'string' && value.startsWith('{')) visit(parseJson(value), around);
    for (const item of asList(value)) visit(item, around);
    if (!isJsonObject(value)) return;
    const { [mark]: event } = value;
    const objects = [value, ...around];
    if (typeof event === 'string') {
      const whole = objects.find((object) => keyOf(object, keyMembers) !== noKey);
      found.push({
        event,
        key: whole === undefined ? noKey : keyOf(whole, keyMembers),
        text: JSON.stringify(whole ?? value),
      });
      return;
    }
    for (const member of Object.values(value)) visit(member, objects);
  }
}

function keyOf(object: JsonObject, members: readonly string[]): string {
  const values = members.map((name) => object[name]);
  return members.length > 0 && values.every((value) => typeof value === 'string') ? JSON.stringify(values) : noKey;
}
