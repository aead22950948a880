import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { JsonObject } from '../../../shared/event/json.ts';
import { newAjv } from '../../../shared/event-types/new-ajv.ts';
import { replaceByQuicker } from '../../../shared/event-types/quick-keywords.ts';

const properties = (count: number): JsonObject =>
  Object.fromEntries(Array.from({ length: count }, (_, at) => [`p${at}`, { type: 'integer' }]));

const schemas: Readonly<Record<string, JsonObject>> = {
  'no property': { additionalProperties: false, properties: {} },
  'one property': { additionalProperties: false, properties: properties(1) },
  'twelve properties': { additionalProperties: false, properties: properties(12), required: ['p0'] },
  'as many as are compared': { additionalProperties: false, properties: properties(40) },
  'more than are compared': { additionalProperties: false, properties: properties(41) },
  'names with quotes': { additionalProperties: false, properties: { '"': {}, "'\\": {}, 'p0\n': {}, constructor: {} } },
  'patterns beside names': { additionalProperties: false, properties: properties(2), patternProperties: { '^p3': {} } },
  'patterns alone': { additionalProperties: false, patternProperties: { '^p': {} } },
  'others by a schema': { additionalProperties: { type: 'integer' }, properties: properties(2) },
  'lengths of all others': { additionalProperties: { type: 'string', minLength: 2, maxLength: 4, pattern: '^a' } },
};

const name = fc.oneof(
  fc.integer({ min: 0, max: 42 }).map((at) => `p${at}`),
  fc.constantFrom('"', "'\\", 'p0\n', 'constructor', 'toString', '__proto__', 'other'),
);
const value = fc.oneof(fc.constant(1), fc.string({ unit: fc.constantFrom('a', 'é', '😀', '\ud83d', '\ude00') }));
const data = fc.dictionary(name, value, { maxKeys: 12 });

test.each(Object.entries(schemas))('finds the faults that ajv finds, in its order: %s', (_what, schema) => {
  for (const options of [{}, { allErrors: true }, { ownProperties: true }]) {
    const quicker = newAjv({ ...options, meta: false });
    replaceByQuicker(quicker);
    const [ours, theirs] = [quicker, newAjv({ ...options, meta: false })].map((ajv) =>
      ajv.compile({ type: 'object', ...schema }),
    );
    fc.assert(
      fc.property(data, (object) => {
        expect(ours?.(object)).toBe(theirs?.(object));
        expect(ours?.errors).toEqual(theirs?.errors);
      }),
    );
  }
});
