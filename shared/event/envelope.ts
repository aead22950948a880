import { type Rejected, rejected } from '../outcome/outcome.ts';
import { asObject, isJsonObject, type JsonObject, type JsonValue, readJson } from './json.ts';
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
  /** The text of data that came as bytes. */
  readonly dataText?: string;
  /** Extension attributes that no column takes. */
  readonly droppedExtensionCount: number;
}

/** CloudEvents section "Size Limits" asks for short attributes; identities are claimed and hashed, so they are bounded. */
export const maxAttributeBytes = 256;

const attribute = `a text of 1 to ${maxAttributeBytes} bytes without control characters`;

/** What attributes are to be (CloudEvents 1.0, and section 3.1 of its JSON Event Format). */
const expected: Readonly<Record<string, string>> = {
  '': 'a JSON object',
  '/specversion': 'the text "1.0"',
  '/id': `${attribute}: made by chance for this event, and the same in its resends`,
  '/source': `${attribute}: one installation`,
  '/type': `${attribute}: <domain>.<event>.v<major>`,
  '/subject': `${attribute}: the data subject`,
  '/time': 'a time with its offset (RFC 3339), such as 2026-11-29T12:00:00Z',
  '/datacontenttype': 'a JSON media type, such as application/json',
  '/data': 'a JSON object',
  '/data_base64': 'the UTF-8 JSON of an object in base64, in the place of data',
};

/** What the attribute at a path is to be; undefined for what is none. */
export function expectedOfAttribute(path: string): string | undefined {
  return Object.hasOwn(expected, path) ? expected[path] : undefined;
}

const faults = new Map<string, Rejected>();

/** The rejection of a broken rule, one for all events that break it: rules are few. */
function fault(path: string, keyword: string): Rejected {
  const name = `${path} ${keyword}`;
  const known = faults.get(name) ?? rejected('envelope', path, keyword, expected[path]);
  faults.set(name, known);
  return known;
}

/** The numbers in which times are kept (`instantToMicros`). */
const timeOutOfRange = rejected('time', '/time', 'range', 'a time of the years 1684 to 2255');

const readNames = new Set([
  'specversion',
  'id',
  'source',
  'type',
  'time',
  'subject',
  'data',
  'data_base64',
  'datacontenttype',
  'dataschema',
  'sequence',
  'traceparent',
  'tracestate',
]);
/** What an event that gets so far has: specversion, id, source, type and time. */
const requiredNames = 5;
// CloudEvents section "Type System": a String holds no control characters (C0, DEL, C1).
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what it looks for
const controlCharacter = /[\u0000-\u001f\u007f-\u009f]/;
// JSON Event Format section 3.1.1: `*/json` or `*/*+json`, parameters aside; names as RFC 6838 section 4.2 restricts them.
const jsonMediaType = /^\s*[\w!#$&^.+-]+\/(?:[\w!#$&^.+-]+\+)?json\s*(?:;|$)/i;

/**
 * Reads one event in CloudEvents' JSON format (JSON Event Format 1.0.2): null attributes count as absent (section 2.2),
 * and the data is what `dataOf` reads. The first fault found is the answer.
 */
export function readEnvelope(value: JsonValue | undefined): { kind: 'envelope'; envelope: Envelope } | Rejected {
  if (!isJsonObject(value)) return fault('', 'type');
  const { id, time, subject } = value;
  const instant = typeof time === 'string' ? parseInstant(time) : undefined;
  const broken = envelopeFault(value, instant !== undefined);
  if (broken !== undefined) return broken;
  const { source, type } = checkedLast;
  const read = hasOwnData(value) ? undefined : dataOf(value);
  if (read?.kind === 'rejected') return read;
  if (instant === undefined) return fault('/time', 'format');
  const timeMicros = instantToMicros(instant);
  if (timeMicros === undefined) return timeOutOfRange;
  if (typeof id !== 'string' || source === undefined || type === undefined) return fault('', 'type');
  const data = read === undefined ? asObject(value['data']) : read.data;
  const droppedExtensionCount = countExtensions(value);
  const envelope =
    typeof subject === 'string'
      ? { id, source, type, timeMicros, subject, data, droppedExtensionCount }
      : { id, source, type, timeMicros, data, droppedExtensionCount };
  const dataText = read?.dataText;
  return { kind: 'envelope', envelope: dataText === undefined ? envelope : { ...envelope, dataText } };
}

/**
 * Of the attributes that events mostly share, the texts that were found good last: equal ones are not looked through again,
 * and one text stands for all of them, whose hash V8 keeps for whoever looks it up.
 */
const checkedLast: { source: string | undefined; type: string | undefined } = { source: undefined, type: undefined };

/** `hasInstant`: its time is one, so that it is a text like the others as well. */
function envelopeFault(event: JsonObject, hasInstant: boolean): Rejected | undefined {
  const { specversion, source, type } = event;
  const broken =
    (specversion === '1.0' ? undefined : requiredFault(event, 'specversion')) ??
    requiredFault(event, 'id') ??
    sharedFault(event, 'source', source) ??
    sharedFault(event, 'type', type) ??
    (hasInstant ? undefined : requiredFault(event, 'time'));
  if (broken !== undefined) return broken;
  if (specversion !== '1.0') return fault('/specversion', 'const');
  const subject = event['subject'];
  if (subject !== undefined && subject !== null) {
    const keyword = attributeFault(subject);
    if (keyword !== undefined) return fault('/subject', keyword);
  }
  const contentType = event['datacontenttype'];
  if (contentType !== undefined && contentType !== null) {
    if (typeof contentType !== 'string' || !jsonMediaType.test(contentType)) {
      // Bytes that are said to be no JSON are refused as bytes, which no schema can describe.
      const [path, keyword] = hasBytes(event) ? ['/data_base64', 'not'] : ['/datacontenttype', 'const'];
      return fault(path, keyword);
    }
  }
  return undefined;
}

function requiredFault(event: JsonObject, name: string): Rejected | undefined {
  const value = event[name];
  if (value === undefined || value === null) return fault(`/${name}`, 'required');
  const keyword = attributeFault(value);
  return keyword === undefined ? undefined : fault(`/${name}`, keyword);
}

function sharedFault(
  event: JsonObject,
  name: keyof typeof checkedLast,
  value: JsonValue | undefined,
): Rejected | undefined {
  if (typeof value === 'string' && value === checkedLast[name]) return undefined;
  const broken = requiredFault(event, name);
  if (broken === undefined && typeof value === 'string') checkedLast[name] = value;
  return broken;
}

/** As nearly all events have it. */
function hasOwnData(event: JsonObject): boolean {
  return isJsonObject(event['data']) && !hasBytes(event);
}

function hasBytes(event: JsonObject): boolean {
  return event['data_base64'] !== undefined && event['data_base64'] !== null;
}

interface EventData {
  readonly kind: 'data';
  readonly data: JsonObject;
  /** Where it came as bytes. */
  readonly dataText?: string;
}

/**
 * The data of an event: the object `data`, or what `data_base64` holds. SDKs write JSON that they were given as bytes in
 * base64 (JSON Event Format section 3.1), so it is decoded, as UTF-8 JSON; bytes of another kind are refused, because no
 * schema can describe them. Nothing of what was decoded has been scanned.
 */
export function dataOf(event: JsonObject): EventData | Rejected {
  const { data = null } = event;
  if (isJsonObject(data) && hasOwnData(event)) return { kind: 'data', data };
  if (!hasBytes(event)) return fault('/data', data === null ? 'required' : 'type');
  if (data !== null) return fault('/data_base64', 'not');
  return decodedData(event['data_base64'] ?? null, typeof event['datacontenttype'] === 'string');
}

const base64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;
const utf8 = new TextDecoder('utf-8', { fatal: true });

function decodedData(text: JsonValue, saysJson: boolean): EventData | Rejected {
  if (typeof text !== 'string') return fault('/data_base64', 'type');
  if (!base64.test(text)) return fault('/data_base64', saysJson ? 'contentEncoding' : 'not');
  let dataText: string;
  let data: JsonValue;
  try {
    dataText = utf8.decode(Buffer.from(text, 'base64'));
    data = readJson(dataText);
  } catch {
    return fault('/data_base64', saysJson ? 'contentMediaType' : 'not');
  }
  return isJsonObject(data) ? { kind: 'data', data, dataText } : fault('/data_base64', 'type');
}

/** The broken rule of an attribute that is present, or undefined. */
function attributeFault(attribute: JsonValue): string | undefined {
  if (typeof attribute !== 'string') return 'type';
  if (attribute.length === 0) return 'minLength';
  // UTF-8 takes three bytes at most for each of its units.
  if (attribute.length * 3 > maxAttributeBytes && Buffer.byteLength(attribute) > maxAttributeBytes) return 'maxLength';
  return controlCharacter.test(attribute) ? 'pattern' : undefined;
}

function countExtensions(event: JsonObject): number {
  let names = 0;
  for (const _ in event) names++;
  // Mostly there are no others than these: then no name is looked up.
  const { subject, sequence, datacontenttype } = event;
  const usual =
    requiredNames +
    (event['data'] === undefined ? 0 : 1) +
    (subject === undefined ? 0 : 1) +
    (sequence === undefined ? 0 : 1) +
    (datacontenttype === undefined ? 0 : 1);
  if (names === usual) return 0;
  let count = 0;
  for (const name in event) if (!readNames.has(name) && event[name] !== null) count++;
  return count;
}
