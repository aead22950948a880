import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { maxPieceBytes, parsePieces } from '../../../functions/ingest/parse-pieces.ts';

const filler = 'x'.repeat(9_000);
/** So long that it is cut. */
const longArray = (elements: readonly object[]) => elements.map((element) => ({ ...element, filler }));

/** Inside an element, what looks as if elements followed each other. */
const likeElements = fc.array(fc.record({ a: fc.jsonValue() }));

describe('parsePieces', () => {
  test('any array of objects is what it is whole, or is left to be parsed whole', () => {
    let inPieces = 0;
    fc.assert(
      fc.property(
        fc.array(fc.record({ a: fc.jsonValue(), b: fc.oneof(fc.constant(0), likeElements) }), {
          minLength: 8,
          maxLength: 40,
        }),
        (elements) => {
          const text = JSON.stringify(longArray(elements));
          const parsed = parsePieces(Buffer.from(text));
          if (parsed === undefined) return;
          inPieces++;
          expect(parsed.value).toEqual(JSON.parse(text));
          expect(parsed.texts.length).toBeGreaterThan(1);
          expect(parsed.texts.join(',')).toBe(text);
          for (const piece of parsed.texts) expect(Buffer.byteLength(piece)).toBeLessThanOrEqual(maxPieceBytes);
        },
      ),
      { numRuns: 300 },
    );
    expect(inPieces).toBeGreaterThan(50);
  });

  test.each([
    ['in a list inside an element', { list: [{ id: 1 }, { id: 2 }] }],
    ['in a string', { text: '},{"id":1' }],
    ['in an escaped string', { text: '"},{"id":\\' }],
  ])('a comma %s is no cut', (_where, traps) => {
    const elements = longArray(Array.from({ length: 8 }, (_, id) => ({ id, ...traps })));
    // The last place before the bound is in the trap, which stands behind the filler.
    const text = JSON.stringify(elements.map(({ filler: padding, ...element }) => ({ id: 0, padding, ...element })));
    const parsed = parsePieces(Buffer.from(text));
    if (parsed !== undefined) expect(parsed.value).toEqual(JSON.parse(text));
    const trapped = JSON.stringify([...elements.slice(0, 7), { id: 7, ...traps, filler: filler.repeat(3) }]);
    const whole = parsePieces(Buffer.from(trapped));
    if (whole !== undefined) expect(whole.value).toEqual(JSON.parse(trapped));
  });

  test('text of other languages and escapes are as they were', () => {
    const elements = longArray(
      Array.from({ length: 20 }, (_, id) => ({ id, text: `Grüße, 世界 😀 "\\\n \u0085 ${id}` })),
    );
    const text = JSON.stringify(elements);
    const parsed = parsePieces(Buffer.from(text));
    expect(parsed?.value).toEqual(elements);
    expect(parsed?.texts.join(',')).toBe(text);
  });

  const long = JSON.stringify(longArray(Array.from({ length: 20 }, (_, id) => ({ id }))));
  test.each([
    ['it is short', '[{"id":1},{"id":2}]'],
    ['it is an object', `{"id":1,"events":${long}}`],
    ['it begins with a space', ` ${long}`],
    ['it has no end', long.slice(0, -1)],
    ['it ends twice', `${long}]`],
    ['another value follows', `${long},{"id":1}`],
    ['it ends with a comma', `${long.slice(0, -1)},]`],
    ['a piece is no JSON', long.replace('"id":3', '"id":03')],
    ['an array ends between elements', long.replace('},{"id":7', '}],[{"id":7')],
    ['elements stand apart', JSON.stringify(JSON.parse(long), null, 1)],
    ['an element is longer than a piece', JSON.stringify([{ id: 1 }, { id: 2, text: filler.repeat(9) }])],
  ])('is undefined where %s', (_how, text) => {
    expect(parsePieces(Buffer.from(text))).toBeUndefined();
  });

  test('is undefined where a piece is no UTF-8', () => {
    const bytes = Buffer.from(long);
    bytes[bytes.length - 10] = 0xff;
    expect(parsePieces(bytes)).toBeUndefined();
  });
});
