import { describe, expect, test } from 'vitest';
import { type Envelope, maxAttributeBytes, readEnvelope } from '../../../shared/event/envelope.ts';
import type { JsonObject, JsonValue } from '../../../shared/event/json.ts';

const event: JsonObject = {
  specversion: '1.0',
  id: 'e-1',
  source: 'installation-1',
  type: 'shop.order.v1',
  time: '2026-01-01T00:00:00.25Z',
  data: { a: 1 },
};

function envelopeOf(value: JsonValue): Envelope {
  const read = readEnvelope(value);
  if (read.kind !== 'envelope') throw new Error(`rejected: ${JSON.stringify(read.errors)}`);
  return read.envelope;
}

function faultOf(value: JsonValue | undefined): string {
  const read = readEnvelope(value);
  if (read.kind === 'envelope') return 'accepted';
  return [read.reason, ...read.errors.map(({ path, keyword }) => `${path} ${keyword}`)].join(' ');
}

/** The event with these changes; `undefined` takes an attribute away. */
function changed(changes: Record<string, JsonValue | undefined>): JsonObject {
  const entries = Object.entries({ ...event, ...changes }).filter(
    (entry): entry is [string, JsonValue] => entry[1] !== undefined,
  );
  return Object.fromEntries(entries);
}

test('reads what the pipeline needs', () => {
  expect(envelopeOf(event)).toEqual({
    id: 'e-1',
    source: 'installation-1',
    type: 'shop.order.v1',
    timeMicros: Date.UTC(2026, 0, 1) * 1_000 + 250_000,
    data: { a: 1 },
    droppedExtensionCount: 0,
  });
  expect(envelopeOf(changed({ subject: 'customer-7' })).subject).toBe('customer-7');
});

test('the leap second and the second after it are one time', () => {
  const leap = envelopeOf(changed({ time: '2016-12-31T23:59:60Z' }));
  expect(leap.timeMicros).toBe(envelopeOf(changed({ time: '2017-01-01T00:00:00Z' })).timeMicros);
});

describe('required attributes', () => {
  test.each(['specversion', 'id', 'source', 'type', 'time', 'data'])('%s', (name) => {
    expect(faultOf(changed({ [name]: undefined }))).toBe(`envelope /${name} required`);
    expect(faultOf(changed({ [name]: null }))).toBe(`envelope /${name} required`);
    expect(faultOf(changed({ [name]: 5 }))).toBe(`envelope /${name} type`);
    expect(faultOf(changed({ [name]: [] }))).toBe(`envelope /${name} type`);
  });

  test.each(['id', 'source', 'type', 'time', 'specversion', 'subject'])('%s has 1 to 256 bytes', (name) => {
    expect(faultOf(changed({ [name]: '' }))).toBe(`envelope /${name} minLength`);
    expect(faultOf(changed({ [name]: 'é'.repeat(maxAttributeBytes / 2 + 1) }))).toBe(`envelope /${name} maxLength`);
    expect(faultOf(changed({ [name]: 'a'.repeat(maxAttributeBytes + 1) }))).toBe(`envelope /${name} maxLength`);
  });

  test('the longest ids pass', () => {
    expect(envelopeOf(changed({ id: 'é'.repeat(128), source: 's'.repeat(256) })).id).toHaveLength(128);
  });

  test.each(['\u0000', 'a\nb', '\u007f', 'a\u0085'])('an id holds no control character: %j', (id) => {
    expect(faultOf(changed({ id }))).toBe('envelope /id pattern');
  });
});

test.each<[JsonValue | undefined, string]>([
  [undefined, 'envelope  type'],
  [null, 'envelope  type'],
  [[], 'envelope  type'],
  ['text', 'envelope  type'],
  [changed({ specversion: '0.3' }), 'envelope /specversion const'],
  [changed({ time: 'yesterday' }), 'envelope /time format'],
  [changed({ time: '2026-02-30T00:00:00Z' }), 'envelope /time format'],
  [changed({ time: '9000-01-01T00:00:00Z' }), 'time /time range'],
  [changed({ time: '1500-01-01T00:00:00Z' }), 'time /time range'],
  [changed({ subject: 7 }), 'envelope /subject type'],
  [changed({ data: undefined, data_base64: 'aGk=' }), 'envelope /data_base64 not'],
  [changed({ data_base64: 'aGk=' }), 'envelope /data_base64 not'],
  [changed({ datacontenttype: 'application/xml' }), 'envelope /datacontenttype const'],
  [changed({ datacontenttype: 'application/jsonx' }), 'envelope /datacontenttype const'],
  [changed({ datacontenttype: 5 }), 'envelope /datacontenttype const'],
  [changed({ data: 'text' }), 'envelope /data type'],
])('refuses %j', (value, fault) => {
  expect(faultOf(value)).toBe(fault);
});

// JSON Event Format 1.0.2, section 3.1.1: */json or */*+json, parameters aside.
test.each([
  'application/json',
  'APPLICATION/JSON',
  'application/json; charset=utf-8',
  'text/json',
  'application/vnd.example.order+json',
  'model/gltf+json;v=1',
])('takes the JSON content type %s', (datacontenttype) => {
  expect(faultOf(changed({ datacontenttype }))).toBe('accepted');
});

test('attributes that are null count as absent', () => {
  const nulls = { subject: null, datacontenttype: null, dataschema: null, sequence: null, unsetextension: null };
  expect(envelopeOf(changed(nulls))).toEqual(envelopeOf(event));
});

test('extensions pass and are counted; those that are read are not', () => {
  const traced = { traceparent: '00-1-1-00', tracestate: 'a=b', sequence: '5', dataschema: 'https://example.com/s' };
  expect(envelopeOf(changed(traced)).droppedExtensionCount).toBe(0);
  expect(envelopeOf(changed({ ...traced, one: 'x', two: 2 })).droppedExtensionCount).toBe(2);
});
