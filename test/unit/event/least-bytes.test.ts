import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { JsonValue } from '../../../shared/event/json.ts';
import { mayExceed } from '../../../shared/event/least-bytes.ts';
import { rawElements } from '../../../shared/event/raw-elements.ts';

test('no value of an array is larger than it may be where nothing tells so', () => {
  const value = fc.jsonValue({ maxDepth: 4, stringUnit: 'binary', noUnicodeString: false });
  fc.assert(
    fc.property(fc.array(value, { maxLength: 8 }), fc.nat(3), fc.nat(120), (generated, indent, maxBytes) => {
      const text = JSON.stringify(generated, undefined, indent);
      const values: JsonValue[] = JSON.parse(text);
      const largest = Math.max(0, ...rawElements(text).map((element) => Buffer.byteLength(element)));
      if (!mayExceed(values, Buffer.byteLength(text), maxBytes)) expect(largest).toBeLessThanOrEqual(maxBytes);
    }),
  );
});

test.each<[string, string, number, boolean]>([
  ['many small ones', `[${Array(500).fill('{"id":"0000","data":{"a":[true]}}').join(',')}]`, 1_000, false],
  [
    'one that is too large among them',
    `[${Array(50).fill('{"id":"0000"}').join(',')},"${'a'.repeat(1_000)}"]`,
    1_000,
    true,
  ],
  ['one that is as large as it may be', `[${Array(50).fill('"0000"').join(',')},"${'a'.repeat(98)}"]`, 160, false],
  ['characters of several bytes', `["${'\u00e4'.repeat(90)}"]`, 100, true],
  ['escapes, which parsed text does not show', `["${String.raw`\u0061`.repeat(90)}"]`, 100, true],
  ['a name that comes twice, of which one is parsed', `[{"a":"${'x'.repeat(200)}","a":1},{"a":2}]`, 100, true],
  ['space between', `[1,${' '.repeat(200)}2]`, 100, true],
  ['nested so deep that no stack would hold it', `[${'['.repeat(100_000)}${']'.repeat(100_000)}]`, 1_000, true],
])('%s', (_, text, maxBytes, expected) => {
  expect(mayExceed(JSON.parse(text), Buffer.byteLength(text), maxBytes)).toBe(expected);
});
