import { createRequire } from 'node:module';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { bundleFunctions } from '../../../infra/bundle/build.ts';
import type { JsonObject } from '../../../shared/event/json.ts';
import { schemaErrors } from '../../../shared/event-types/meta-schema.ts';
import { makeScratchFolder } from '../../helpers/local-process.ts';

const scratch = makeScratchFolder();
let bundled: { readonly schemaErrors: typeof schemaErrors };

beforeAll(async () => {
  await bundleFunctions([{ name: 'bundled-check', entryPoint: 'test/helpers/bundled-check.ts' }], scratch.path);
  bundled = createRequire(import.meta.url)(join(scratch.path, 'bundled-check', 'function.js'));
});
afterAll(() => scratch.remove());

test('the bundle has another check', () => {
  expect(bundled.schemaErrors).not.toBe(schemaErrors);
});

const schemas: readonly JsonObject[] = [
  {},
  { type: 'object', properties: { a: { type: ['string', 'null'], enum: ['x', null] } }, $defs: { b: { minimum: 1 } } },
  { edi: {}, treatment: 'drop', unknown: 1 },
  { type: 'objekt' },
  { type: ['string', 'string'] },
  { properties: { a: 5 } },
  { properties: { a: { minLength: -1 } } },
  { properties: { a: { $defs: { b: { pattern: 3 } } } } },
  { required: ['a', 'a'] },
  { enum: 3 },
  { allOf: [] },
  { items: [{}] },
  { prefixItems: [] },
  { $ref: 3 },
  { $id: 'a#b' },
  { $anchor: '9' },
  { format: 4 },
  { dependentSchemas: { a: { not: { multipleOf: 0 } } } },
  { unevaluatedProperties: { anyOf: [{ contains: 'x' }] } },
];

test.each(schemas.map((schema) => ({ schema })))('a bundle tells of $schema what the source does', ({ schema }) => {
  expect(bundled.schemaErrors(schema)).toEqual(schemaErrors(schema));
});
