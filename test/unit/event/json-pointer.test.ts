import { expect, test } from 'vitest';
import type { JsonValue } from '../../../shared/event/json.ts';
import { parsePointer, resolvePointer } from '../../../shared/event/json-pointer.ts';

// RFC 6901 section 5.
const document: JsonValue = JSON.parse(
  '{"foo":["bar","baz"],"":0,"a/b":1,"c%d":2,"e^f":3,"g|h":4,"i\\\\j":5,"k\\"l":6," ":7,"m~n":8}',
);

function resolve(text: string, trail: readonly JsonValue[]): JsonValue | undefined {
  const pointer = parsePointer(text);
  if (pointer === undefined) throw new Error('no pointer');
  return resolvePointer(pointer, trail);
}

test.each<[string, JsonValue]>([
  ['', document],
  ['/foo', ['bar', 'baz']],
  ['/foo/0', 'bar'],
  ['/', 0],
  ['/a~1b', 1],
  ['/c%d', 2],
  ['/e^f', 3],
  ['/g|h', 4],
  ['/i\\j', 5],
  ['/k"l', 6],
  ['/ ', 7],
  ['/m~0n', 8],
])('%j leads where RFC 6901 says', (text, expected) => {
  expect(resolve(text, [document, 'elsewhere'])).toEqual(expected);
});

// draft-bhutton-relative-json-pointer-00 section 5.1, without its # and index forms.
test('relative pointers start where they stand', () => {
  const nested: JsonValue = { objects: true };
  const root: JsonValue = { foo: ['bar', 'baz', 'biz'], highly: { nested } };
  const atBaz = [root, root['foo'] ?? null, 'baz'];
  expect(resolve('0', atBaz)).toBe('baz');
  expect(resolve('1/0', atBaz)).toBe('bar');
  expect(resolve('2/highly/nested/objects', atBaz)).toBe(true);
  const atNested = [root, root['highly'] ?? null, nested];
  expect(resolve('0/objects', atNested)).toBe(true);
  expect(resolve('2/foo/0', atNested)).toBe('bar');
});

test('leads to nothing beyond the root, past scalars, and along names of the language', () => {
  const trail: JsonValue[] = [{ a: ['x'], b: 'text' }, 'text'];
  for (const text of [
    '2',
    '9/a',
    '/a/1',
    '/a/01',
    '/a/-',
    '/a/length',
    '/b/0',
    '/constructor',
    '/__proto__',
    '/a/0/x',
  ]) {
    expect(resolve(text, trail)).toBeUndefined();
  }
});

test.each(['a', 'foo/bar', '/~', '/~2', '01/a', '100', '-1', '0#', '1+1/a', '#/a', ' /a'])(
  '%j is no pointer',
  (text) => {
    expect(parsePointer(text)).toBeUndefined();
  },
);
