import fc from 'fast-check';
import { expect, test } from 'vitest';
import { isJsonObject, type JsonValue } from '../../../../shared/event/json.ts';
import { pointerSegment } from '../../../../shared/event/json-pointer.ts';
import { readJsonSource } from '../../../../shared/schema-language/lint/json-source.ts';

function sourceOf(text: string) {
  const result = readJsonSource(text);
  if (result.kind === 'bad') throw new Error(result.message);
  return result.source;
}

const text = `{
  "type": "object",
  "properties": {
    "a/b": { "type": "string" },
    "list": [1, {
      "deep": null }]
  }
}`;

test.each([
  ['', 1, 1],
  ['/type', 2, 3],
  ['/properties/a~1b', 4, 5],
  ['/properties/a~1b/type', 4, 14],
  ['/properties/list/1', 5, 17],
  ['/properties/list/1/deep', 6, 7],
  ['/properties/list/7/nothing', 5, 5],
  ['/missing', 1, 1],
])('%j stands at %i:%i', (pointer, line, column) => {
  expect(sourceOf(text).placeOf(pointer)).toEqual({ line, column });
});

test('tells of keys that stand twice in one object', () => {
  expect(sourceOf('{"a": 1, "b": {"a": 1, "c": 2, "c": 3, "c": 4}, "a": {"a": 0}}').repeated).toEqual(['/b/c', '/a']);
});

function* pointersOf(value: JsonValue, pointer = ''): Generator<[string, string | undefined]> {
  if (Array.isArray(value)) {
    for (const [i, item] of value.entries()) {
      yield [`${pointer}/${i}`, undefined];
      yield* pointersOf(item, `${pointer}/${i}`);
    }
  } else if (isJsonObject(value)) {
    for (const [name, item] of Object.entries(value)) {
      yield [`${pointer}/${pointerSegment(name)}`, name];
      yield* pointersOf(item, `${pointer}/${pointerSegment(name)}`);
    }
  }
}

test('every property of every document is found where its name stands', () => {
  fc.assert(
    fc.property(fc.jsonValue({ maxDepth: 4 }), fc.constantFrom(0, 1, 2, '\t'), (generated, space) => {
      const written = JSON.stringify(generated, null, space);
      const source = sourceOf(written);
      const lines = written.split('\n');
      for (const [pointer, name] of pointersOf(source.value)) {
        const { line, column } = source.placeOf(pointer);
        if (name !== undefined)
          expect(lines[line - 1]?.slice(column - 1)).toMatch(JSON.stringify(name) === '""' ? /^""/ : /^"/);
        if (name !== undefined) expect(lines[line - 1]?.startsWith(JSON.stringify(name), column - 1)).toBe(true);
      }
    }),
  );
});

test.each([
  ['{\n  "a": 1,\n}', 3, /not JSON/],
  ['', 1, /not JSON/],
  ['{"a": 1', 1, /not JSON/],
  [`{"a": ${'['.repeat(2_000)}${']'.repeat(2_000)}}`, 1, /nested deeper than 200/],
  ['['.repeat(1_000_000), 1, /nested deeper than 200/],
])('what is no usable JSON is told with its line', (bad, line, message) => {
  const result = readJsonSource(bad);
  expect(result.kind === 'bad' && result.place.line).toBe(line);
  expect(result.kind === 'bad' && result.message).toMatch(message);
});

test('brackets in text do not count as nesting', () => {
  expect(sourceOf(JSON.stringify({ a: '['.repeat(1_000), b: '"\\"[' })).repeated).toEqual([]);
});
