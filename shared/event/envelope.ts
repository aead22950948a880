import { type Rejected, rejected } from '../outcome/outcome.ts';
import { isJsonObject, type JsonObject, type JsonValue } from './json.ts';
import { instantToMicros, parseInstant } from './time.ts';

/** What the pipeline reads of a CloudEvents 1.0 envelope. */
export interface Envelope {
  readonly id: string;
  readonly source: string;
  readonly type: string;
  /** The event's own time, UTC microseconds since the epoch; with id and source it is the event's identity. */
  readonly timeMicros: number;
  readonly subject?: string;
  readonly data: JsonObject;
  /** Extension attributes that no column takes. */
  readonly droppedExtensionCount: number;
}

/** CloudEvents section "Size Limits" asks for short attributes; identities are claimed and hashed, so they are bounded. */
export const maxAttributeBytes = 256;

const read = new Set([
  'specversion',
  'id',
  'source',
  'type',
  'time',
  'subject',
  'data',
  'datacontenttype',
  'dataschema',
  'sequence',
  'traceparent',
  'tracestate',
]);
// CloudEvents section "Type System": a String holds no control characters (C0, DEL, C1).
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what it looks for
const controlCharacter = /[\u0000-\u001f\u007f-\u009f]/;
// JSON Event Format section 3.1.1: `*/json` or `*/*+json`, parameters aside.
const jsonMediaType = /^[\w.+-]+\/(?:[\w.+-]+\+)?json\s*(?:;|$)/i;

/**
 * Reads one event in CloudEvents' JSON format (JSON Event Format 1.0.2): null attributes count as absent (section 2.2),
 * `data_base64` is refused because no schema can describe it. The first fault found is the answer.
 */
export function readEnvelope(value: JsonValue | undefined): { kind: 'envelope'; envelope: Envelope } | Rejected {
  if (!isJsonObject(value)) return rejected('envelope', '', 'type');
  const fault = envelopeFault(value);
  if (fault !== undefined) return fault;
  const { id, source, type, time, subject, data } = value;
  if (typeof id !== 'string' || typeof source !== 'string' || typeof type !== 'string' || typeof time !== 'string') {
    return rejected('envelope', '', 'type');
  }
  if (!isJsonObject(data))
    return rejected('envelope', '/data', data === undefined || data === null ? 'required' : 'type');
  const instant = parseInstant(time);
  if (instant === undefined) return rejected('envelope', '/time', 'format');
  const timeMicros = instantToMicros(instant);
  if (timeMicros === undefined) return rejected('time', '/time', 'range');
  const envelope = { id, source, type, timeMicros, data, droppedExtensionCount: countExtensions(value) };
  return { kind: 'envelope', envelope: typeof subject === 'string' ? { ...envelope, subject } : envelope };
}

function envelopeFault(event: JsonObject): Rejected | undefined {
  for (const name of ['specversion', 'id', 'source', 'type', 'time'] as const) {
    const attribute = event[name];
    if (attribute === undefined || attribute === null) return rejected('envelope', `/${name}`, 'required');
    const keyword = attributeFault(attribute);
    if (keyword !== undefined) return rejected('envelope', `/${name}`, keyword);
  }
  if (event['specversion'] !== '1.0') return rejected('envelope', '/specversion', 'const');
  const subject = event['subject'];
  if (subject !== undefined && subject !== null) {
    const keyword = attributeFault(subject);
    if (keyword !== undefined) return rejected('envelope', '/subject', keyword);
  }
  if (event['data_base64'] !== undefined) return rejected('envelope', '/data_base64', 'not');
  const contentType = event['datacontenttype'];
  if (contentType !== undefined && contentType !== null) {
    if (typeof contentType !== 'string' || !jsonMediaType.test(contentType)) {
      return rejected('envelope', '/datacontenttype', 'const');
    }
  }
  return undefined;
}

/** The broken rule of an attribute that is present, or undefined. */
function attributeFault(attribute: JsonValue): string | undefined {
  if (typeof attribute !== 'string') return 'type';
  if (attribute.length === 0) return 'minLength';
  if (attribute.length > maxAttributeBytes || Buffer.byteLength(attribute) > maxAttributeBytes) return 'maxLength';
  return controlCharacter.test(attribute) ? 'pattern' : undefined;
}

function countExtensions(event: JsonObject): number {
  let count = 0;
  for (const name in event) if (!read.has(name) && event[name] !== null) count++;
  return count;
}
