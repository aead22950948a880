import { expect, test } from 'vitest';
import type { JsonObject } from '../../../shared/event/json.ts';
import { compileValidator } from '../../../shared/event-types/validator.ts';

test('what the parts under an unevaluated keyword hold is compiled with the schema, not with the first event', () => {
  const twice = { properties: { b: {} }, patternProperties: { '^\\w+$': { maxLength: 2 } } };
  const own = (rules: JsonObject) => ({ type: 'object', properties: { a: {} }, ...rules });
  expect(() => compileValidator(own({ unevaluatedProperties: twice }))).toThrow(/matches pattern/);
  const nested = { anyOf: [{ required: ['a'] }, { anyOf: [{ required: ['b'] }, twice] }] };
  expect(() => compileValidator(own({ ...nested, unevaluatedProperties: false }))).toThrow(/matches pattern/);
});
