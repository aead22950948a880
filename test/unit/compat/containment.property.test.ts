import fc from 'fast-check';
import { expect, test } from 'vitest';
import { isJsonObject, type JsonValue } from '../../../shared/event/json.ts';
import { compileSchema } from '../../../shared/event-types/validator.ts';
import { compareSchemas } from '../../../shared/schema-language/compat/compare.ts';
import { propertySeed } from '../../helpers/property-seed.ts';
import { anyValue, schemaPair } from '../../helpers/schema-pairs.ts';

/** Pairs that are tried: a million before a release (EDI_PROPERTY_PAIRS=1000000), some thousands in every run. */
const pairs = Number(process.env['EDI_PROPERTY_PAIRS'] ?? 10_000);
const valuesOfPair = 12;

const keywords = (
  'type enum const minimum maximum exclusiveMinimum exclusiveMaximum multipleOf minLength maxLength pattern format ' +
  'items prefixItems contains minContains maxContains minItems maxItems uniqueItems properties required ' +
  'additionalProperties patternProperties propertyNames minProperties maxProperties dependentRequired dependentSchemas ' +
  'unevaluatedProperties allOf anyOf oneOf not if then else $ref'
).split(' ');

/** As ingest has it. */
function validatorOf(schema: JsonValue): (value: JsonValue) => boolean {
  const validate = isJsonObject(schema) ? compileSchema(schema, { strict: false }) : () => schema !== false;
  return (value) => validate(value) === true;
}

function countKeywords(value: JsonValue, counts: Map<string, number>): void {
  if (Array.isArray(value)) for (const entry of value) countKeywords(entry, counts);
  if (!isJsonObject(value)) return;
  for (const [keyword, inner] of Object.entries(value)) {
    counts.set(keyword, (counts.get(keyword) ?? 0) + 1);
    countKeywords(inner, counts);
  }
}

/** Values that a schema names, and small changes of them: likelier to be accepted, or just refused, than random ones. */
function valuesIn(schema: JsonValue): JsonValue[] {
  if (!isJsonObject(schema)) return [];
  const listed = Array.isArray(schema['enum']) ? schema['enum'] : [];
  const own = schema['const'] === undefined ? listed : [schema['const'], ...listed];
  const properties = isJsonObject(schema['properties']) ? Object.entries(schema['properties']) : [];
  const full = Object.fromEntries(properties.map(([name, part]) => [name, valuesIn(part)[0] ?? 1]));
  const bounds = ['minimum', 'maximum', 'exclusiveMinimum', 'exclusiveMaximum'].flatMap((keyword) => {
    const bound = schema[keyword];
    return typeof bound === 'number' ? [bound, bound + 1, bound - 1, bound + 0.5] : [];
  });
  return [...own, ...bounds, full, {}, []];
}

test(`${pairs} pairs of schemas: no value contradicts a verdict, and what only widens is compatible`, {
  timeout: 7_200_000,
}, () => {
  const counts = new Map<string, number>();
  const verdicts = { compatible: 0, breaking: 0, undecided: 0, witnessed: 0 };
  fc.assert(
    fc.property(
      schemaPair,
      fc.array(anyValue, { minLength: valuesOfPair, maxLength: valuesOfPair }),
      (pair, values) => {
        const { old, next, change } = pair;
        countKeywords(old, counts);
        const { compatible, undecided } = compareSchemas(old, next, { formats: 'assertion', integers: 'safe' });
        verdicts[compatible ? 'compatible' : undecided ? 'undecided' : 'breaking']++;
        if (change !== 'any') expect(compatible, 'the change only widens').toBe(true);
        const [acceptsOld, acceptsNew] = [validatorOf(old), validatorOf(next)];
        const witness = [...values, ...valuesIn(old), ...valuesIn(next)].find((v) => acceptsOld(v) && !acceptsNew(v));
        if (witness !== undefined) verdicts.witnessed++;
        if (compatible) expect(witness, 'the old schema accepts it and the new one refuses it').toBeUndefined();
      },
    ),
    { numRuns: pairs, seed: propertySeed },
  );
  const occurrences = keywords.map((keyword) => [keyword, counts.get(keyword) ?? 0] as const);
  process.stdout.write(`${JSON.stringify({ pairs, ...verdicts, keywords: Object.fromEntries(occurrences) })}\n`);
  expect(occurrences.filter(([, count]) => count === 0)).toEqual([]);
});
