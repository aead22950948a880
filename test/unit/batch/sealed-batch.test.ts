import { randomBytes } from 'node:crypto';
import { zstdCompressSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { BatchIndex, BatchIndexEntry } from '../../../shared/batch/batch-index.ts';
import {
  maxUnsealedBytes,
  openBatch,
  openIdentities,
  sealBatch,
  segmentsOf,
  type UnsealedBatch,
  type WholeBatch,
} from '../../../shared/batch/sealed-batch.ts';
import type { Message } from '../../../shared/ports/publisher.ts';

const seal = '0190c1f0-1234-7000-8000-00000000000a';

function opened(message: Message): WholeBatch {
  const result = openedEitherWay(message);
  if (result.kind === 'unreadable') throw new Error(result.problem);
  expect(segmentsOf(result.batch)).toEqual(result.segments);
  return result;
}

/** Whoever reads identities alone takes messages with the same attributes and index, and says the same of others. */
function openedEitherWay(message: Message) {
  const [whole, identities] = [openBatch(message), openIdentities(message)];
  if (whole.kind === 'unreadable' || identities.kind === 'unreadable') expect(identities).toEqual(whole);
  else {
    const { seal, sdk, region, replayed, index } = whole.batch;
    const { identities: read, ...sealed } = identities;
    expect(sealed).toEqual({
      kind: 'batch',
      seal,
      sdk,
      ...(region === undefined ? {} : { region }),
      ...(replayed ? { replayed } : {}),
    });
    expect(read.timesMicros).toEqual(index.entries.map(({ timeMicros }) => timeMicros));
  }
  return whole;
}

const entry: fc.Arbitrary<Omit<BatchIndexEntry, 'segment'>> = fc.record({
  source: fc.string({ unit: 'grapheme', maxLength: 8 }),
  id: fc.oneof({ weight: 9, arbitrary: fc.uuid() }, fc.string({ unit: 'grapheme', maxLength: 8 })),
  timeMicros: fc.maxSafeInteger(),
  type: fc.constantFrom('a.b.v1', 'a.b.v2', 'c.d.v1'),
  revision: fc.integer({ min: 1, max: 300 }),
});
const millis = fc.integer({ min: 0, max: 2 ** 48 });
const request = fc.record({
  text: fc.string({ unit: 'grapheme' }),
  receivedAtMillis: millis,
  sentAtMillis: fc.option(millis, { nil: undefined }),
  entries: fc.array(entry, { maxLength: 5 }),
});
const unsealed: fc.Arbitrary<UnsealedBatch> = fc
  .tuple(fc.uuid({ version: 7 }), fc.string({ minLength: 1 }), fc.array(request, { maxLength: 4 }))
  .map(([owner, sdk, requests]) => {
    const segments = requests.map(({ text }) => Buffer.from(text));
    const index: BatchIndex = {
      segments: requests.map(({ receivedAtMillis, sentAtMillis }, at) => ({
        lengthBytes: segments[at]?.length ?? 0,
        receivedAtMillis,
        ...(sentAtMillis === undefined ? {} : { sentAtMillis }),
      })),
      entries: requests.flatMap(({ entries }, segment) => entries.map((one) => ({ segment, ...one }))),
    };
    return { seal: owner, sdk, index, segments };
  });

test('what is sealed is what is opened', () => {
  fc.assert(
    fc.property(unsealed, (batch) => {
      const message = sealBatch(batch);
      const { batch: result, segments } = opened(message);
      expect(result.seal).toBe(batch.seal);
      expect(result.sdk).toBe(batch.sdk);
      expect(result.index).toEqual(batch.index);
      expect(segments).toEqual(batch.segments.map((segment) => Buffer.from(segment).toString('utf8')));
      expect(message.attributes['count']).toBe(String(batch.index.entries.length));
    }),
  );
});

test('keeps numbers and bytes as they were written', () => {
  const text = '[ {"n": 9007199254740993.0} ]';
  const index = { segments: [{ lengthBytes: text.length, receivedAtMillis: 1 }], entries: [] };
  expect(opened(sealBatch({ seal, sdk: 'web', index, segments: [Buffer.from(text)] })).segments).toEqual([text]);
});

function sample(): Message {
  const texts = ['[{"a":1},{"a":2}]', '[{"b":"ü"}]'];
  const segments = texts.map((text) => Buffer.from(text));
  const one = { source: 's', timeMicros: 5, type: 'a.b.v1', revision: 1 };
  const index = {
    segments: segments.map((segment) => ({ lengthBytes: segment.length, receivedAtMillis: 1 })),
    entries: [
      { segment: 0, id: '1', ...one },
      { segment: 0, id: '2', ...one },
      { segment: 1, id: '3', ...one },
    ],
  };
  return sealBatch({ seal, sdk: 'web', index, segments });
}

/** The texts of the segments, or `unreadable`. */
function outcomeOf(message: Message): string[] | 'unreadable' {
  const result = openBatch(message);
  return result.kind === 'unreadable' ? 'unreadable' : [...result.segments];
}

/** The sample with another payload. */
function withPayload(payload: Uint8Array | string): Message {
  const { data, attributes } = sample();
  const end = 8 + Buffer.from(data).readUInt32BE(4);
  return { data: Buffer.concat([data.subarray(0, end), zstdCompressSync(payload)]), attributes };
}

function withPlainIndex(index: Uint8Array): Message {
  const header = Buffer.from('EDI2\0\0\0\0', 'latin1');
  header.writeUInt32BE(index.length, 4);
  return { data: Buffer.concat([header, index, zstdCompressSync('[]')]), attributes: sample().attributes };
}

function withIndex(bytes: Uint8Array | string): Message {
  return withPlainIndex(zstdCompressSync(bytes));
}

describe('the index', () => {
  /** Whether it is compressed. */
  function isCompressed({ data }: Message): boolean {
    return Buffer.from(data).readUInt32LE(8) === 0xfd2fb528;
  }
  const batchOf = (count: number, of: (at: number) => Partial<BatchIndexEntry>): UnsealedBatch => {
    const entries = Array.from({ length: count }, (_, at) => ({
      ...{ segment: 0, source: 's', id: `0190c1f0-1234-7000-8000-${String(at).padStart(12, '0')}`, timeMicros: at },
      ...{ type: 'a.b.v1', revision: 1 },
      ...of(at),
    }));
    return {
      seal,
      sdk: 'web',
      index: { segments: [{ lengthBytes: 2, receivedAtMillis: 1 }], entries },
      segments: [Buffer.from('[]')],
    };
  };

  test.each([1, 50, 1_000])('of %d events with UUIDs is not compressed', (count) => {
    const batch = batchOf(count, () => ({}));
    const message = sealBatch(batch);
    expect(isCompressed(message)).toBe(false);
    expect(opened(message).batch.index).toEqual(batch.index);
  });

  test('with a type of its own for each event is not compressed: names stand behind the payload', () => {
    const batch = batchOf(50, (at) => ({ type: `shop.order${at}.v1`, revision: at }));
    const message = sealBatch(batch);
    expect(isCompressed(message)).toBe(false);
    expect(Buffer.from(message.data).includes('shop.order')).toBe(false);
    expect(opened(message).batch.index).toEqual(batch.index);
  });

  test.each([
    ['other ids', (at: number) => ({ id: `order-${at}` })],
    ['a source of its own for each event', (at: number) => ({ source: `source-${at}` })],
  ])('is compressed where it has %s', (_what, of) => {
    const batch = batchOf(100, of);
    const message = sealBatch(batch);
    expect(isCompressed(message)).toBe(true);
    expect(opened(message).batch.index).toEqual(batch.index);
  });

  // Segment of two bytes, source "a", type "b", id "c".
  test.each([
    ['2', '0201010101 020000 01 0000000000 010101 616263'],
    ['3', '0302 01010101 020000 01 00 010101 616263'],
  ])('of version %s is read, compressed or not, with no types behind the payload', (_version, hex) => {
    const bytes = Buffer.from(hex.replaceAll(' ', ''), 'hex');
    for (const message of [withIndex(bytes), withPlainIndex(bytes)]) {
      const { batch, segments } = opened(message);
      expect(batch.index.entries).toEqual([
        { segment: 0, source: 'a', id: 'c', timeMicros: 0, type: 'b', revision: 1 },
      ]);
      expect(segments).toEqual(['[]']);
      const { data, attributes } = message;
      const payload = zstdCompressSync('[]["b"]');
      const longer = Buffer.concat([data.subarray(0, data.length - zstdCompressSync('[]').length), payload]);
      expect(openBatch({ data: longer, attributes })).toEqual({
        kind: 'unreadable',
        problem: 'index and payload differ in length',
      });
    }
  });
});

describe('a message that is none', () => {
  test('cut off anywhere', () => {
    const { data, attributes } = sample();
    for (let length = 0; length < data.length; length++) {
      expect(outcomeOf({ data: data.subarray(0, length), attributes })).toBe('unreadable');
    }
  });

  test('garbage never throws', () => {
    const { data, attributes } = sample();
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (garbage) => {
        expect(outcomeOf({ data: garbage, attributes })).toBe('unreadable');
        expect(outcomeOf({ data: Buffer.concat([data.subarray(0, 8), garbage]), attributes })).toBe('unreadable');
      }),
    );
    fc.assert(
      fc.property(fc.nat({ max: data.length - 1 }), fc.integer({ min: 1, max: 255 }), (at, flip) => {
        const damaged = Buffer.from(data);
        damaged[at] = (damaged[at] ?? 0) ^ flip;
        expect(() => outcomeOf({ data: damaged, attributes })).not.toThrow();
      }),
    );
  });

  test('without one of the attributes, or with another format', () => {
    const { data, attributes } = sample();
    for (const name of ['seal', 'sdk', 'encoding', 'format']) {
      const { [name]: _left, ...rest } = attributes;
      expect(openedEitherWay({ data, attributes: rest }).kind).toBe('unreadable');
    }
    for (const change of [{ format: '1' }, { encoding: 'gzip' }, { seal: 'x' }, { seal: seal.replace('-7', '-4') }]) {
      expect(openedEitherWay({ data, attributes: { ...attributes, ...change } }).kind).toBe('unreadable');
    }
  });

  test.each([
    '',
    'null',
    '{"segments":[],"sources":[],"types":[],"events":[]}',
    '\u0002',
    '\u0003',
    '\u0004',
    '(',
    '(\u00b5/\u00fd',
  ])('with the index %j', (text) => {
    expect(openedEitherWay(withIndex(text)).kind).toBe('unreadable');
    expect(openedEitherWay(withPlainIndex(Buffer.from(text, 'latin1'))).kind).toBe('unreadable');
  });

  test('whose index or payload inflates beyond the bound', () => {
    const bomb = Buffer.alloc(maxUnsealedBytes + 1, 0x20);
    expect(openedEitherWay(withIndex(bomb.toString())).kind).toBe('unreadable');
    expect(openBatch(withPayload(bomb))).toEqual({
      kind: 'unreadable',
      problem: 'the payload cannot be decompressed',
    });
  });

  const segments = '[{"a":1},{"a":2}][{"b":"ü"}]';
  test('beside the next ones the sound one is read', () => {
    expect(outcomeOf(withPayload(`${segments}["a.b.v1"]`))).toEqual(['[{"a":1},{"a":2}]', '[{"b":"ü"}]']);
  });

  test.each([
    ['that is none', randomBytes(100)],
    ['without types', segments],
    ['with more types', `${segments}["a.b.v1","a.b.v2"]`],
    ['with fewer types', `${segments}[]`],
    ['with a type that is no text', `${segments}[1]`],
    ['with types that are cut off', `${segments}["a.b.v1`],
    ['with types that are no list', `${segments}"a.b.v1"`],
    ['with something behind the types', `${segments}["a.b.v1"]x`],
    ['with a longer segment', `${segments.replace('1', '1.0')}["a.b.v1"]`],
    ['with a shorter segment', `${segments.replace('"a":1', '')}["a.b.v1"]`],
  ])('with a payload %s', (_what, payload) => {
    expect(openBatch(withPayload(payload))).toEqual({ kind: 'unreadable', problem: 'the types cannot be read' });
  });

  test('with a payload that is shorter than its segments', () => {
    expect(openBatch(withPayload(segments.slice(0, -1)))).toEqual({
      kind: 'unreadable',
      problem: 'index and payload differ in length',
    });
  });

  test('the problem tells nothing of the content', () => {
    const result = openedEitherWay(withIndex('{"alice@example.com":1}'));
    expect(result).toEqual({ kind: 'unreadable', problem: 'the index cannot be read' });
  });
});
