import { describe, expect, test } from 'vitest';
import type { JsonObject, JsonValue } from '../../../shared/event/json.ts';
import { compareSchemas } from '../../../shared/schema-language/compat/compare.ts';
import { readSchemaDocument } from '../../../shared/schema-language/document/read-document.ts';

const draft2019 = 'https://json-schema.org/draft/2019-09/schema';
const draft2020 = 'https://json-schema.org/draft/2020-12/schema';

function rootOf(value: JsonValue): JsonObject | boolean {
  const result = readSchemaDocument(value);
  if (result.kind === 'bad') throw new Error(result.problems.map(({ message }) => message).join('; '));
  expect(result.document.problems).toEqual([]);
  return result.document.root;
}

describe('contains of 2019-09 tells unevaluatedItems nothing', () => {
  const contains = { contains: { const: 1 }, minContains: 2 };

  test('so it moves to where it passes on no annotation', () => {
    const allOf = [{ minItems: 1 }];
    expect(rootOf({ $schema: draft2019, ...contains, allOf, unevaluatedItems: false })).toEqual({
      allOf: [...allOf, { not: { not: contains } }],
      unevaluatedItems: false,
    });
  });

  test('it stays where the draft or the document makes no difference', () => {
    const both = { ...contains, unevaluatedItems: false };
    expect(rootOf({ $schema: draft2020, ...both })).toEqual(both);
    expect(rootOf({ $schema: draft2019, ...contains })).toEqual(contains);
  });

  test('a reference to it finds it', () => {
    const items = [{ $ref: '#/contains' }];
    expect(rootOf({ $schema: draft2019, contains: { const: 1 }, items, unevaluatedItems: false })).toMatchObject({
      allOf: [{ not: { not: { contains: { const: 1 } } } }],
      prefixItems: [{ $ref: '#/allOf/0/not/not/contains' }],
    });
  });

  test.each<[string, JsonObject, boolean]>([
    ['what it found is refused', { contains: { const: 1 }, unevaluatedItems: false }, false],
    ['where it stands in allOf', { allOf: [{ contains: { const: 1 } }], unevaluatedItems: false }, false],
    ['what it found fits all the same', { contains: { const: 1 }, unevaluatedItems: { type: 'integer' } }, true],
  ])('%s', (_, schema, compatible) => {
    const next = rootOf({ $schema: draft2019, type: 'array', ...schema });
    const onlyOnes = rootOf({ $schema: draft2020, type: 'array', items: { const: 1 }, minItems: 1 });
    expect(compareSchemas(onlyOnes, next).compatible).toBe(compatible);
    expect(compareSchemas(rootOf({ const: [1] }), next).compatible).toBe(compatible);
    expect(compareSchemas(next, next).compatible).toBe(true);
  });

  test('the same words in the next draft accept more', () => {
    const words = { type: 'array', contains: { const: 1 }, unevaluatedItems: false };
    const [of2019, of2020] = [rootOf({ $schema: draft2019, ...words }), rootOf({ $schema: draft2020, ...words })];
    expect(compareSchemas(of2020, of2019).compatible).toBe(false);
  });
});
