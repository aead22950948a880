import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  type BatchIndex,
  decodeBatchIdentities,
  decodeBatchIndex,
  withTypes,
} from '../../../shared/batch/batch-index.ts';
import { encodeBatchIndex } from '../../../shared/batch/encode-batch-index.ts';

// Made by another implementation of the layouts in shared/batch/README.md.
interface Vector {
  readonly what: string;
  readonly index: BatchIndex;
  readonly bytes: string;
  /** Names that stand behind the payload, since version 4. */
  readonly types?: readonly string[];
}
const vectorsOf = (version: number): readonly Vector[] =>
  JSON.parse(readFileSync(new URL(`../../data/batch/index-${version}.json`, import.meta.url), 'utf8'));
const vectors = vectorsOf(4);
const vectorsOfBefore = [2, 3].flatMap((version) => vectorsOf(version).map((vector) => ({ version, ...vector })));
const allVectors = [...vectors, ...vectorsOfBefore];

/** The index, with names for its types where they do not stand in it. */
function indexIn(bytes: Uint8Array, namesOf: (count: number) => readonly string[]): BatchIndex | undefined {
  const decoded = decodeBatchIndex(bytes);
  if (decoded === undefined) return undefined;
  const index = withTypes(decoded, decoded.types ?? namesOf(decoded.columns.revisions.length));
  if (index === undefined) throw new Error('an index that was decoded takes as many types as it says');
  return index;
}

const someNames = (count: number) => Array.from({ length: count }, (_, at) => `a.type${at}.v1`);

const anIndex: fc.Arbitrary<BatchIndex> = fc
  .array(
    fc.record(
      {
        lengthBytes: fc.maxSafeNat(),
        receivedAtMillis: fc.integer({ min: -(2 ** 48), max: 2 ** 48 }),
        sentAtMillis: fc.integer({ min: -(2 ** 48), max: 2 ** 48 }),
        provenSubjects: fc.array(
          fc.record({
            realm: fc.constantFrom('customer', 'member'),
            subject: fc.string({ unit: 'grapheme', maxLength: 5 }),
          }),
          { minLength: 1, maxLength: 3 },
        ),
      },
      { requiredKeys: ['lengthBytes', 'receivedAtMillis'] },
    ),
    { minLength: 1, maxLength: 4 },
  )
  .chain((segments) =>
    fc
      .array(
        fc.record({
          segment: fc.nat({ max: segments.length - 1 }),
          source: fc.string({ unit: 'grapheme', maxLength: 5 }),
          id: fc.string({ unit: 'grapheme', maxLength: 5 }),
          uuid: fc.uuid(),
          timeMicros: fc.maxSafeInteger(),
          type: fc.constantFrom('a.b.v1', 'a.b.v2', 'c.d.v1'),
          revision: fc.integer({ min: 1, max: 300 }),
        }),
        { maxLength: 20 },
      )
      .chain((entries) => fc.tuple(fc.constant(entries), fc.constantFrom(0, 1, entries.length), fc.boolean()))
      .map(([entries, texts, inMillis]) => ({
        segments: segments.map((segment) => structuredClone(segment)),
        // All ids are UUIDs, or all but one, or none; a shorter form is of all of an index, or of nothing.
        entries: entries.map(({ id, uuid, timeMicros, ...rest }, at) => ({
          ...rest,
          id: at < texts ? id : uuid,
          timeMicros: inMillis ? Math.trunc(timeMicros / 1_000) * 1_000 + 0 : timeMicros,
        })),
      })),
  );

describe('the format', () => {
  test.each(vectors)('$what', ({ index, bytes, types = [] }) => {
    const encoded = encodeBatchIndex(index);
    expect(Buffer.from(encoded.bytes).toString('hex')).toBe(bytes);
    expect(encoded.types).toEqual(types);
    expect(indexIn(Buffer.from(bytes, 'hex'), () => types)).toEqual(index);
  });

  test.each(vectorsOfBefore)('of version $version is read: $what', ({ index, bytes }) => {
    expect(decodeBatchIndex(Buffer.from(bytes, 'hex'))?.types).toBeDefined();
    expect(indexIn(Buffer.from(bytes, 'hex'), () => [])).toEqual(index);
  });

  test('takes as many names of types as it has, no more and no fewer', () => {
    for (const { bytes, types = [] } of vectors) {
      const decoded = decodeBatchIndex(Buffer.from(bytes, 'hex'));
      if (decoded === undefined) throw new Error('a vector is no index');
      expect(decoded.types).toBeUndefined();
      expect(withTypes(decoded, [...types, 'a.b.v1'])).toBeUndefined();
      if (types.length > 0) expect(withTypes(decoded, types.slice(1))).toBeUndefined();
    }
  });

  test('of 1,000 events of many sources, beyond the first buffer', () => {
    const entries = Array.from({ length: 1_000 }, (_, at) => ({
      segment: 0,
      source: `source-${at}`,
      id: `id-${at}`,
      timeMicros: at * 1_000_003,
      type: 'a.b.v1',
      revision: at,
    }));
    const index = { segments: [{ lengthBytes: 1, receivedAtMillis: 1 }], entries };
    const { bytes, types } = encodeBatchIndex(index);
    expect(indexIn(bytes, () => types)).toEqual(index);
  });

  test('what is encoded is what is decoded', () => {
    fc.assert(
      fc.property(anIndex, (index) => {
        const { bytes, types } = encodeBatchIndex(index);
        expect(indexIn(bytes, () => types)).toEqual(index);
      }),
    );
  });
});

/** Of each event its source, id and time, as dedup reads them; undefined for what is no index. */
function identitiesIn(bytes: Uint8Array) {
  const read = decodeBatchIdentities(bytes);
  return read?.timesMicros.map((timeMicros, at) => {
    const id = Buffer.from(read.ids.subarray(read.idStarts[at], read.idStarts[at + 1])).toString('utf8');
    return { source: read.sources[read.sourceOf[at] ?? -1], id, timeMicros };
  });
}

function identitiesOf(index: BatchIndex | undefined) {
  return index?.entries.map(({ source, id, timeMicros }) => ({ source, id, timeMicros }));
}

describe('identities alone', () => {
  test.each(allVectors)('$what', ({ index, bytes }) => {
    expect(identitiesIn(Buffer.from(bytes, 'hex'))).toEqual(identitiesOf(index));
  });

  test('are those of the whole index, and nothing for what is no index', () => {
    fc.assert(
      fc.property(anIndex, fc.nat(), fc.nat({ max: 255 }), (index, at, flip) => {
        const bytes = Buffer.from(encodeBatchIndex(index).bytes);
        expect(identitiesIn(bytes)).toEqual(identitiesOf(index));
        bytes[at % bytes.length] = (bytes[at % bytes.length] ?? 0) ^ flip;
        expect(identitiesIn(bytes)).toEqual(identitiesOf(indexIn(bytes, someNames)));
      }),
      { numRuns: 1_000 },
    );
  });
});

describe('what is no index', () => {
  test('cut off anywhere, or with more behind it', () => {
    for (const { bytes } of allVectors) {
      const whole = Buffer.from(bytes, 'hex');
      for (let length = 0; length < whole.length; length++) {
        expect(decodeBatchIndex(whole.subarray(0, length))).toBeUndefined();
      }
      expect(decodeBatchIndex(Buffer.concat([whole, Buffer.from('x')]))).toBeUndefined();
    }
  });

  test('any bytes: an index or undefined, never an exception, and never larger than what was sent', () => {
    const isSound = (bytes: Uint8Array) => {
      const index = indexIn(bytes, someNames);
      if (index === undefined) return;
      expect(index.segments.length + index.entries.length).toBeLessThanOrEqual(bytes.length);
      for (const { segment, timeMicros, revision, id, source } of index.entries) {
        expect(index.segments[segment]).toBeDefined();
        expect(Number.isSafeInteger(timeMicros) && Number.isSafeInteger(revision)).toBe(true);
        expect(id.isWellFormed() && source.isWellFormed()).toBe(true);
      }
      for (const { receivedAtMillis, sentAtMillis = 0 } of index.segments) {
        expect(Number.isSafeInteger(receivedAtMillis) && Number.isSafeInteger(sentAtMillis)).toBe(true);
      }
    };
    fc.assert(fc.property(fc.uint8Array({ maxLength: 100 }), isSound));
    for (const begin of [[2], ...[3, 4].flatMap((version) => [0, 1, 2, 3].map((forms) => [version, forms]))]) {
      const begun = fc.uint8Array({ maxLength: 60 }).map((rest) => Buffer.from([...begin, ...rest]));
      fc.assert(fc.property(begun, isSound));
    }
    const damaged = fc.tuple(anIndex, fc.nat(), fc.integer({ min: 1, max: 255 })).map(([index, at, flip]) => {
      const bytes = Buffer.from(encodeBatchIndex(index).bytes);
      bytes[at % bytes.length] = (bytes[at % bytes.length] ?? 0) ^ flip;
      return bytes;
    });
    fc.assert(fc.property(damaged, isSound), { numRuns: 1_000 });
  });

  // Version, counts | a segment | a revision | columns | lengths | texts: source "a", type "b", id "c".
  const sound = '0201010101 000000 01 0000000000 010101 616263';
  const decode = (hex: string) => indexIn(Buffer.from(hex.replaceAll(' ', ''), 'hex'), () => ['b']);

  test('beside these the sound one is read', () => {
    expect(decode(sound)?.entries).toEqual([
      { segment: 0, source: 'a', id: 'c', timeMicros: 0, type: 'b', revision: 1 },
    ]);
    expect(decode('0201010101 000000 01 00000000e707 010102 6162c3bc63')?.entries[0]).toMatchObject({
      timeMicros: 999,
      id: 'üc',
    });
  });

  test('and the sound one whose id is a UUID, at a whole millisecond', () => {
    expect(decode('0303 01010101 000000 01 00 0101 00112233445566778899aabbccddeeff 6162')?.entries).toEqual([
      { segment: 0, source: 'a', id: '00112233-4455-6677-8899-aabbccddeeff', timeMicros: 0, type: 'b', revision: 1 },
    ]);
  });

  test('and the same with its type behind the payload', () => {
    expect(decode('0403 01010101 000000 01 00 01 00112233445566778899aabbccddeeff 61')?.entries).toEqual([
      { segment: 0, source: 'a', id: '00112233-4455-6677-8899-aabbccddeeff', timeMicros: 0, type: 'b', revision: 1 },
    ]);
  });

  test.each([
    ['another version', '0501010101 000000 01 0000000000 010101 616263'],
    ['a number of nine bytes', '0201010101 ffffffffffffffff00 0000 01 0000000000 010101 616263'],
    ['a number beyond 2^53', '0201010101 ffffffffffffff7f 0000 01 0000000000 010101 616263'],
    ['more events than bytes', '02010101ffffff7f 000000 01 0000000000 010101 616263'],
    ['a time of sending that is told in another way', '0201010101 00000200 01 0000000000 010101 616263'],
    ['a segment that is not there', '0201010101 000000 01 0100000000 010101 616263'],
    ['a source that is not there', '0201010101 000000 01 0001000000 010101 616263'],
    ['a type that is not there', '0201010101 000000 01 0000010000 010101 616263'],
    ['a time beyond 2^53', '0201010101 000000 01 000000ffffffffffff7f00 010101 616263'],
    ['a thousand microseconds in a millisecond', '0201010101 000000 01 00000000e807 010101 616263'],
    ['texts that are longer than their lengths', '0201010101 000000 01 0000000000 010101 61626364'],
    ['texts that are shorter', '0201010101 000000 01 0000000000 010101 6162'],
    ['texts that are no UTF-8', '0201010101 000000 01 0000000000 010101 6162ff'],
    ['a length that cuts a character into halves', '0201010101 000000 01 0000000000 010102 61f09f988062'],
    ['a form that is not there', '0304 01010101 000000 01 00 00 0101 00112233445566778899aabbccddeeff 6162'],
    ['a UUID of 15 bytes', '0303 01010101 000000 01 00 0101 00112233445566778899aabbccddee'],
    ['UUIDs that texts are missing behind', '0303 01010101 000000 01 00 0101 00112233445566778899aabbccddeeff 61'],
    ['more UUIDs than bytes', '0303 01010115 000000 01 000000000000000000000000000000000000000000 0101 6162'],
    [
      'milliseconds beyond 2^53 microseconds',
      '0303 01010101 000000 01 ffffffffffffff0f 0101 00112233445566778899aabbccddeeff 6162',
    ],
    ['a form that is not there, in version 4', '0404 01010101 000000 01 00 00 01 00112233445566778899aabbccddeeff 61'],
    ['names of types in version 4', '0403 01010101 000000 01 00 0101 00112233445566778899aabbccddeeff 6162'],
    ['a type that is not there, in version 4', '0400 01010201 000000 0101 02 0000 0101 6163'],
    ['a source of none', '0303 01000101 000000 01 00 01 00112233445566778899aabbccddeeff 62'],
  ])('%s', (_what, hex) => {
    expect(decode(hex)).toBeUndefined();
  });
});
