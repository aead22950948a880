import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { JsonValue } from '../../../shared/event/json.ts';
import { propertySeed } from '../../helpers/property-seed.ts';
import { anyDependingSchema, anyValue } from '../../helpers/schema-pairs.ts';
import { compatVerdicts, ingestVerdicts } from '../../helpers/schema-validators.ts';

/** Schemas that are tried, with ten values each. */
const schemaCount = Number(process.env['EDI_PROPERTY_SCHEMAS'] ?? 2_000);
const valuesOfSchema = 10;

test(`${schemaCount} schemas, ${valuesOfSchema} values of each: ingest and compat say the same, and decide`, {
  timeout: 7_200_000,
}, () => {
  const answers = new Map<JsonValue, number>();
  const values = fc.array(anyValue, { minLength: valuesOfSchema, maxLength: valuesOfSchema });
  fc.assert(
    fc.property(anyDependingSchema, values, (schema, drawn) => {
      const [ingest, compat] = [ingestVerdicts(schema), compatVerdicts(schema)];
      for (const value of drawn) {
        const answer = ingest(value);
        answers.set(answer, (answers.get(answer) ?? 0) + 1);
        expect(compat(value)).toBe(answer);
      }
    }),
    { numRuns: schemaCount, seed: propertySeed },
  );
  expect([...answers.keys()].sort()).toEqual([false, true]);
});
