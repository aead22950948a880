import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { JsonObject } from '../../shared/event/json.ts';
import { makeEvent, trackPlayedData } from '../helpers/local-events.ts';

/** Stands in the bad values; no answer, log line or quarantine metadata may show it. */
export const marker = 'Zaphod-Beeblebrox';

export interface BadEvent {
  readonly name: string;
  /** JSON text of the event. */
  readonly text: string;
  /** The documented reason, path and keyword of its rejection, separated by blanks. */
  readonly rejection: string;
  /** Default `local-dev-key`. */
  readonly key?: string;
  /** Null where the answer cannot call the event by its id. */
  readonly answeredId?: null;
}

/** A time so many hours from now. */
export const isoTime = (aheadHours: number) => new Date(Date.now() + aheadHours * 3_600_000).toISOString();

function withData(parts: JsonObject): string {
  return JSON.stringify(makeEvent({ data: { ...trackPlayedData(), ...parts } }));
}

/** For what JavaScript values cannot express: the JSON text that stands at a property of `data`. */
export function withDataText(name: string, json: string, parts: JsonObject = {}): string {
  const event = makeEvent({ ...parts, data: { ...trackPlayedData(), [name]: '@' } });
  return JSON.stringify(event).replace('"@"', () => json);
}

function withAttribute(name: string, value: string | null): string {
  return JSON.stringify({ ...makeEvent(), [name]: value });
}

const depth = 10_000;
const deepObject = `${'{"a":'.repeat(depth)}"${marker}"${'}'.repeat(depth)}`;
const deepArray = `${'['.repeat(depth)}"${marker}"${']'.repeat(depth)}`;
const tenKilobytes = marker.repeat(600);
const withPrototype = JSON.stringify(makeEvent()).replace('{', `{"__proto__":{"${marker}":1},`);

const badStructure: readonly BadEvent[] = [
  { name: 'objects 10,000 deep', text: withDataText('tags', deepObject), rejection: 'nesting  nesting' },
  { name: 'arrays 10,000 deep', text: withDataText('tags', deepArray), rejection: 'nesting  nesting' },
  { name: '__proto__ in data', text: withDataText('tags', `{"__proto__":"${marker}"}`), rejection: 'key  key' },
  { name: '__proto__ in the envelope', text: withPrototype, rejection: 'key  key' },
  { name: 'more than 64 KiB', text: withData({ search_text: marker.repeat(4_000) }), rejection: 'size  size' },
  { name: 'a string', text: JSON.stringify(marker), rejection: 'envelope  type', answeredId: null },
  { name: 'null', text: 'null', rejection: 'envelope  type', answeredId: null },
];

const badData: readonly BadEvent[] = [
  {
    name: 'a key constructor that the schema does not declare',
    text: withData({ constructor: marker }),
    rejection: 'schema /data additionalProperties',
  },
  {
    name: 'a key constructor with a value of the wrong type',
    text: withDataText('tags', `{"constructor":{"prototype":"${marker}"}}`),
    rejection: 'schema /data/tags/* type',
  },
  {
    name: 'an address as key of a map, with a value of the wrong type',
    text: withDataText('tags', `{"${marker}@example.com":5}`),
    rejection: 'schema /data/tags/* type',
  },
  { name: 'a wrong type', text: withData({ shuffle: marker }), rejection: 'schema /data/shuffle type' },
  { name: 'nothing in data', text: JSON.stringify(makeEvent({ data: {} })), rejection: 'schema /data/track required' },
  {
    name: 'an integer beyond 2^53',
    text: withDataText('ms_played', '9007199254740993'),
    rejection: 'number  number',
  },
  { name: 'a number beyond any float', text: withDataText('volume', '1e400'), rejection: 'number  number' },
  { name: 'half a surrogate pair', text: withDataText('tags', `{"a":"${marker}\\ud800"}`), rejection: 'text  text' },
  { name: 'half a pair in a key', text: withDataText('tags', `{"${marker}\\udc00":"a"}`), rejection: 'text  text' },
  {
    name: 'data in base64',
    text: withAttribute('data_base64', Buffer.from(marker).toString('base64')),
    rejection: 'envelope /data_base64 not',
  },
];

const badAttributes: readonly BadEvent[] = [
  { name: 'no id', text: withAttribute('id', null), rejection: 'envelope /id required', answeredId: null },
  { name: 'an id with a line break', text: withAttribute('id', 'a\nb'), rejection: 'envelope /id pattern' },
  {
    name: 'an id of 10 KB',
    text: withAttribute('id', tenKilobytes),
    rejection: 'envelope /id maxLength',
    answeredId: null,
  },
  {
    name: 'a source with a NUL',
    text: withAttribute('source', `${marker}\u0000`),
    rejection: 'envelope /source pattern',
  },
  {
    name: 'a source of 10 KB',
    text: withAttribute('source', tenKilobytes),
    rejection: 'envelope /source maxLength',
  },
  {
    name: 'a subject of 10 KB',
    text: withAttribute('subject', tenKilobytes),
    rejection: 'envelope /subject maxLength',
  },
  { name: 'no such type', text: withAttribute('type', 'playback.unheard-of.v1'), rejection: 'unknown-type /type enum' },
  { name: 'not a type', text: withAttribute('type', marker), rejection: 'unknown-type /type pattern' },
  {
    name: "a type that the key's SDK may not send",
    text: JSON.stringify(makeEvent()),
    key: 'local-dev-key:github-relay',
    rejection: 'sdk /type sdks',
  },
];

const badTimes: readonly BadEvent[] = [
  { name: 'not a time', text: withAttribute('time', marker), rejection: 'envelope /time format' },
  { name: '1999', text: withAttribute('time', '1999-12-31T23:59:59Z'), rejection: 'time /time minimum' },
  { name: 'the year 1', text: withAttribute('time', '0001-01-01T00:00:00Z'), rejection: 'time /time range' },
  { name: 'more than a day ahead', text: withAttribute('time', isoTime(25)), rejection: 'time /time maximum' },
  { name: 'the year 9999', text: withAttribute('time', '9999-12-31T23:59:59Z'), rejection: 'time /time range' },
  {
    name: 'a leap second before the table begins',
    text: withAttribute('time', '2016-12-31T23:59:60Z'),
    rejection: 'time /time minimum',
  },
  { name: 'a second 61', text: withAttribute('time', '2026-06-30T23:59:61Z'), rejection: 'envelope /time format' },
];

/** Events that are refused for good, each for one reason. */
export const badEvents: readonly BadEvent[] = [...badStructure, ...badData, ...badAttributes, ...badTimes];

/** A valid event that a key may send. */
export function validEvent(key: string | undefined): JsonObject & { readonly id: string } {
  if (key !== 'local-dev-key:github-relay') return makeEvent();
  const example = join(import.meta.dirname, '../../schemas/github/star.v1.created.pass.json');
  return makeEvent({ type: 'github.star.v1', data: JSON.parse(readFileSync(example, 'utf8')) });
}
