import { isJsonObject, type JsonValue } from '../../shared/event/json.ts';
import { parseInstant } from '../../shared/event/time.ts';
import type { Received } from './statements.ts';

/** What is to be scrubbed. */
export interface ScrubRequest extends Received {
  readonly kind: 'request';
  /** A type, or what its majors have in common: `shop.order`. */
  readonly type: string;
  /** JSON Pointer into the data of events. */
  readonly property: string;
  readonly dryRun: boolean;
  readonly reason: string;
}

export interface BadRequest {
  readonly kind: 'bad';
  readonly problem: string;
}

const name = '[a-z][a-z0-9-]*';
const typeForm = new RegExp(`^${name}\\.${name}(\\.v[1-9][0-9]*)?$`);
const maxPropertyLength = 1_024;

/** Reads `{type, property, from, to, dryRun, reason}`; what is wrong otherwise. */
export function readScrubRequest(value: JsonValue | undefined, maxReasonLength: number): ScrubRequest | BadRequest {
  if (!isJsonObject(value)) return bad('the body is no JSON object');
  const { type, property, from, to, dryRun = false, reason, ...others } = value;
  if (Object.keys(others).length > 0)
    return bad('the body has "type", "property", "from", "to", "dryRun" and "reason"');
  if (typeof type !== 'string' || !typeForm.test(type)) {
    return bad('"type" is an event type such as shop.order.v1, or shop.order for all its majors');
  }
  if (typeof property !== 'string' || property.length > maxPropertyLength) {
    return bad('"property" is a JSON Pointer into data, such as /buyer/email');
  }
  const [fromMillis, toMillis] = [millisOf(from), millisOf(to)];
  if (fromMillis === undefined || toMillis === undefined) return bad('"from" and "to" are times of receipt, RFC 3339');
  if (fromMillis >= toMillis) return bad('"from" is before "to"');
  if (typeof dryRun !== 'boolean') return bad('"dryRun" is true or false');
  if (typeof reason !== 'string' || reason.trim() === '') return bad('"reason" says why, for the ledger');
  if (reason.length > maxReasonLength || /\p{Cc}/u.test(reason)) {
    return bad(`"reason" is one line of at most ${maxReasonLength} characters`);
  }
  return { kind: 'request', type, property, fromMillis, toMillis, dryRun, reason: reason.trim() };
}

function millisOf(value: JsonValue | undefined): number | undefined {
  const instant = typeof value === 'string' ? parseInstant(value) : undefined;
  return instant === undefined || instant.epochSeconds < 0 ? undefined : instant.epochSeconds * 1_000;
}

function bad(problem: string): BadRequest {
  return { kind: 'bad', problem };
}
