import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { isJsonObject, type JsonValue, readJson } from '../../../shared/event/json.ts';

const key = fc.oneof(
  fc.constantFrom(
    'a',
    '\\',
    '\n',
    '"',
    '\\u',
    '\\\\',
    'é',
    '1',
    '__proto__',
    '\u007f',
    '\u007f0',
    '\ud800',
    '😀',
    '{"a":',
  ),
  fc.string(),
);

const value = fc.letrec<{ value: JsonValue }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4 },
    fc.oneof(fc.string(), fc.integer(), fc.boolean(), fc.constant(null), key),
    fc.array(tie('value'), { maxLength: 4 }),
    fc.array(fc.tuple(key, tie('value')), { maxLength: 4 }).map((entries) => Object.fromEntries(entries)),
  ),
})).value;

/** JSON of a value, each text of it escaped as the next of these numbers says: as it must be, or from there on. */
function written(part: JsonValue, escapes: readonly number[], space: string): string {
  let at = 0;
  const text = (one: string) => {
    const from = escapes[at++ % escapes.length] ?? 0;
    const units = [...Array(one.length).keys()].map((unit) => one.charCodeAt(unit));
    const escaped = (code: number) => `\\u${code.toString(16).padStart(4, '0')}`;
    const plain = (code: number) => JSON.stringify(String.fromCharCode(code)).slice(1, -1);
    if (from > 6) return JSON.stringify(one);
    return `"${units.map((code, unit) => (unit >= from ? escaped(code) : plain(code))).join('')}"`;
  };
  const write = (one: JsonValue): string => {
    if (typeof one === 'string') return text(one);
    if (Array.isArray(one)) return `[${one.map(write).join(`,${space}`)}]`;
    if (!isJsonObject(one)) return JSON.stringify(one);
    return `{${Object.entries(one)
      .map(([name, inner]) => `${space}${text(name)}${space}:${space}${write(inner)}`)
      .join(',')}}`;
  };
  return write(part);
}

const escapes = fc.array(fc.nat({ max: 9 }), { minLength: 1, maxLength: 9 });
const space = fc.constantFrom('', ' ', '\r\n\t');

describe('readJson', () => {
  test('says what the text says, however its texts are written, and whatever was read before', () => {
    fc.assert(
      fc.property(fc.array(value, { minLength: 1, maxLength: 6 }), escapes, space, (values, how, between) => {
        for (const one of values) {
          // The same order of names, and nothing of objects that are made otherwise.
          expect(JSON.stringify(readJson(written(one, how, between)))).toBe(JSON.stringify(one));
        }
      }),
      { numRuns: 2_000 },
    );
  });

  test.each([
    ['\\\\', '\\n', '\n'],
    ['\\\\', '\\"', '"'],
    ['\\\\u0', '\\u00e9t\\u00e9', 'été'],
    ['ab\\\\', 'ab\\u0041', 'abA'],
  ])('after a key written %s, one written %s is its own', (before, text, name) => {
    for (let time = 0; time < 3; time++) {
      readJson(`{"of this shape":1,"${before}":2}`);
      expect(Object.keys(Object(readJson(`{"of this shape":1,"${text}":2}`)))).toEqual(['of this shape', name]);
    }
  });

  test('of a name that stands there twice the last value counts, at the place of the first', () => {
    const text = '{"\\n":1,"b":2,"\\u000a":3,"b":4,"\\u0062":5,"\\u0031":6,"\\u005f_proto__":7}';
    expect(JSON.stringify(readJson(text))).toBe('{"1":6,"\\n":3,"b":5,"__proto__":7}');
    expect(readJson('{"\u007f0":1,"\\u007f0":2,"\\n":3,"\u007f0":4}')).toEqual({ '\u007f0': 4, '\n': 3 });
    expect(readJson('{"1\\u0030":1,"b":2,"10":3}')).toEqual({ 10: 3, b: 2 });
    expect(readJson('{"\\u0062\\n":1,"b\\u000a":2,"__proto__":3}')).toEqual({ 'b\n': 2, ['__proto__']: 3 });
  });

  test('text may be nested as deep as it is long', () => {
    const levels = 200_000;
    let part = readJson(`${'['.repeat(levels)}{"\\n":1}${']'.repeat(levels)}`);
    while (Array.isArray(part)) part = part[0] ?? null;
    expect(part).toEqual({ '\n': 1 });
  });

  test('whatever is in the text, reading takes steps as it has characters', () => {
    // The square of these would be minutes.
    const text = '\u007f'.repeat(900_000);
    expect(readJson(`{"\\n":1,"text":"${text}"}`)).toEqual({ '\n': 1, text });
    const keys = Array.from({ length: 50_000 }, (_, at) => `\n${at}`);
    expect(Object.keys(Object(readJson(JSON.stringify(Object.fromEntries(keys.map((key) => [key, 1]))))))).toEqual(
      keys,
    );
  });

  test.each(['', '{"\\n":1', '{"\\x":1}', '"\\', '{"a\n":1}'])('throws for %j, which is no JSON', (text) => {
    expect(() => readJson(text)).toThrow(SyntaxError);
  });
});
