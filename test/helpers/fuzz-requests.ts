import { gzipSync } from 'node:zlib';
import type { JsonObject, JsonValue } from '../../shared/event/json.ts';
import { type Dice, makeDice } from './dice.ts';
import { orderEvent } from './ingest-world.ts';

/** A request to the front door that is mostly right: only what gets past the first check is worth much. */
export interface FuzzRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

/** Stand in JSON texts where JavaScript's values cannot express what is sent. */
const numberTexts = [
  '1e400',
  '-1e400',
  '1e-400',
  '-0',
  '9007199254740993',
  '1.0',
  '1E+2',
  '0.1000000000000000055511151',
];
const texts = [
  '',
  'a',
  '\u0000',
  '\ud800',
  '\udfff\ud800',
  '‮',
  '😀'.repeat(70),
  'x'.repeat(257),
  'x'.repeat(70_000),
  'shop.order.v1',
  'shop.other.v1',
  'shop.order.v99999999999999999999',
  '2025-12-31T23:59:60Z',
  '0000-01-01T00:00:00Z',
  '9999-12-31T23:59:59.999999999Z',
  '2025-12-31T23:00:00+24:00',
  'application/json; charset=utf-8',
  '__proto__',
  '1.0',
];
const names = [
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
  'amount',
  'people',
  '__proto__',
  'constructor',
  'toString',
  '',
  'é',
  'a/b~c',
  '0',
];

function pick<T>(dice: Dice, list: readonly T[]): T {
  const one = list[dice(list.length)];
  if (one === undefined) throw new Error('nothing to pick from');
  return one;
}

function anyValue(dice: Dice, depth = 0): JsonValue {
  switch (dice(depth > 3 ? 6 : 9)) {
    case 0:
      return null;
    case 1:
      return dice(2) === 0;
    case 2:
      return dice(1_000) - 500;
    case 3:
      return dice(1_000) / 7;
    case 4:
      return `@@${dice(numberTexts.length)}@@`;
    case 5:
      return pick(dice, texts);
    case 6:
      return Array.from({ length: dice(4) }, () => anyValue(dice, depth + 1));
    case 7:
      return nested(dice(50));
    default:
      return Object.fromEntries(Array.from({ length: dice(4) }, () => [pick(dice, names), anyValue(dice, depth + 1)]));
  }
}

function nested(levels: number): JsonValue {
  return levels === 0 ? 1 : [nested(levels - 1)];
}

function anyEvent(dice: Dice): JsonValue {
  if (dice(12) === 0) return anyValue(dice);
  const event: JsonObject = orderEvent({ id: `e-${dice(6)}`, source: `s-${dice(3)}`, data: { amount: dice(5) } });
  for (let changes = dice(3); changes > 0; changes--) {
    const name = pick(dice, names);
    const target: JsonObject = dice(3) === 0 ? { ...Object(event['data']) } : event;
    if (dice(4) === 0) delete target[name];
    else
      Object.defineProperty(target, name, {
        value: anyValue(dice),
        enumerable: true,
        configurable: true,
        writable: true,
      });
    if (target !== event) event['data'] = target;
  }
  return event;
}

/** Twice the same key, numbers that JavaScript would write otherwise, and now and then white space. */
function jsonText(dice: Dice, value: JsonValue): string {
  const text = JSON.stringify(value, undefined, dice(6) === 0 ? 1 : undefined).replace(
    /"@@(\d+)@@"/g,
    (_, at: string) => numberTexts[Number(at)] ?? '0',
  );
  return dice(15) === 0 ? text.replace('{', `{"id":"twice","amount":1,`) : text;
}

function bytesOf(dice: Dice, text: string): Buffer {
  const bytes = Buffer.from(text);
  switch (dice(24)) {
    case 0:
      return bytes.subarray(0, dice(bytes.length + 1));
    case 1:
      if (bytes.length > 0) bytes[dice(bytes.length)] = dice(256);
      return bytes;
    case 2:
      return Buffer.concat([Buffer.from([0xef, 0xbb, 0xbf]), bytes]);
    case 3:
      return Buffer.concat([bytes, bytes]);
    case 4:
      return Buffer.from(text, 'utf16le');
    default:
      return bytes;
  }
}

const contentTypes = [
  'application/cloudevents+json',
  'application/cloudevents-batch+json; charset=utf-8',
  'application/json;charset="UTF-8"',
  'text/plain',
  'text/json',
  'application/json; charset=latin1',
  'multipart/form-data; boundary=x',
  ';',
];
const keys = ['key-phone', 'key-any', 'key-relay', 'key-unbound', 'none'];
const sentAt = ['0', '1767225600000', '999999999999999', '2026-01-01T00:00:00Z', '1767225600.5', '-1', 'x', '1e3'];

/** The request of a seed. */
export function fuzzRequest(seed: number): FuzzRequest {
  const dice = makeDice((seed ^ 0x9e37_79b9) >>> 0 || 1);
  const isBatch = dice(3) > 0;
  const count = isBatch ? (dice(40) === 0 ? 900 + dice(200) : dice(6)) : 1;
  const events = Array.from({ length: count }, () => anyEvent(dice));
  const binary = dice(8) === 0;
  const text = binary ? jsonText(dice, anyValue(dice)) : jsonText(dice, isBatch ? events : (events[0] ?? null));
  const plain = bytesOf(dice, text);
  const key = dice(5) === 0 ? pick(dice, keys) : 'key-web';
  const headers: Record<string, string> = { authorization: `Bearer ${key}` };
  if (dice(20) > 0) headers['content-type'] = dice(5) === 0 ? pick(dice, contentTypes) : 'application/json';
  if (dice(4) === 0) headers['x-edi-sent-at'] = pick(dice, sentAt);
  if (binary) {
    for (const name of ['specversion', 'id', 'source', 'type', 'time', 'subject']) {
      const value = dice(8) === 0 ? 'caf%C3%A9%' : String(orderEvent()[name] ?? 'someone');
      if (dice(10) > 0) headers[`ce-${name}`] = value;
    }
  }
  const coding = dice(12);
  if (coding <= 2) headers['content-encoding'] = pick(dice, ['gzip', 'GZIP', 'x-gzip', 'br', 'gzip, gzip', 'identity']);
  const packed = coding <= 1 ? gzipSync(plain) : plain;
  const body = coding === 0 ? packed.subarray(0, Math.max(0, packed.length - dice(12))) : packed;
  const method = dice(60) === 0 ? pick(dice, ['GET', 'PUT', 'OPTIONS', 'DELETE']) : 'POST';
  const path = dice(60) === 0 ? pick(dice, ['/', '/v1/events/', '//', '/v1/events?key=%zz', '/%ff']) : '/v1/events';
  return { method, path, headers, body };
}
