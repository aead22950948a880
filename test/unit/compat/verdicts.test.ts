import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import type { JsonValue } from '../../../shared/event/json.ts';
import { type CompareOptions, compareSchemas } from '../../../shared/schema-language/compat/compare.ts';

/** One pair of schemas, with the verdict that its meaning asks for. */
interface Verdict extends Pick<CompareOptions, 'undeclared' | 'formats'> {
  readonly name: string;
  readonly compatible: boolean;
  readonly old: JsonValue;
  readonly new: JsonValue;
}

const file = new URL('../../data/compat/verdicts.jsonl', import.meta.url);
const verdicts = readFileSync(file, 'utf8')
  .trim()
  .split('\n')
  .map((line): Verdict => JSON.parse(line));

describe('verdicts by meaning', () => {
  test.each(verdicts)('$name: compatible $compatible', ({ old, new: next, compatible, name: _, ...policies }) => {
    const answer = compareSchemas(old, next, policies);
    expect(answer.compatible).toBe(compatible);
    expect(answer.changes.some(({ breaking }) => breaking)).toBe(!compatible);
    expect(compareSchemas(old, structuredClone(old), policies)).toEqual({
      compatible: true,
      undecided: false,
      changes: [],
    });
  });
});

describe('what is no schema', () => {
  const none: JsonValue[] = [null, 5, 'x', [], { type: 'strng' }, { type: 5 }, { properties: [] }, { minimum: '3' }];
  const more: JsonValue[] = [
    { enum: {} },
    { anyOf: [] },
    { multipleOf: 0 },
    { minLength: -1 },
    { $ref: 5 },
    { not: [] },
  ];

  test.each([...none, ...more].map((schema) => [JSON.stringify(schema), schema] as const))('%s', (_text, schema) => {
    for (const { compatible, changes } of [compareSchemas(schema, true), compareSchemas(true, schema)]) {
      expect({ compatible, rule: changes[0]?.rule }).toEqual({ compatible: false, rule: 'invalid-schema' });
    }
  });

  test('nested 2,000 deep', () => {
    let deep: JsonValue = { type: 'string' };
    for (let level = 0; level < 2_000; level++) deep = { properties: { a: deep } };
    expect(compareSchemas(deep, deep).changes[0]?.message).toMatch(/nested more than \d+ deep/);
  });
});

test('schemas too large to compare are undecided, at once', () => {
  const large = (count: number) => ({
    properties: Object.fromEntries(Array.from({ length: count }, (_, n) => [`p${n}`, { type: 'string' }])),
  });
  expect(compareSchemas(large(60_000), large(60_001))).toMatchObject({ compatible: false, undecided: true });
  expect(compareSchemas(large(6_000), large(6_001))).toMatchObject({ compatible: false, undecided: true });
});
