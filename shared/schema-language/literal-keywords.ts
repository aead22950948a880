import type { Ajv2020 } from 'ajv/dist/2020.js';
import { canonicalJson } from '../event/canonical-json.ts';
import type { JsonValue } from '../event/json.ts';

/**
 * Replaces ajv's `enum`, `const` and `uniqueItems`. Ajv 8 compares objects with `fast-deep-equal`, which calls the
 * `valueOf` and `toString` of an object that has such properties, and reads its `constructor`: an event with a property
 * of that name made the validator throw. These compare by JSON's meaning, whatever properties are called, and look at
 * every item once, not once per other item.
 */
export function replaceLiteralKeywords(ajv: Ajv2020): void {
  for (const keyword of ['enum', 'const', 'uniqueItems']) ajv.removeKeyword(keyword);
  ajv.addKeyword({
    keyword: 'enum',
    schemaType: 'array',
    compile: (values: readonly JsonValue[]) => isOneOf(values),
    errors: false,
  });
  ajv.addKeyword({ keyword: 'const', compile: (value: JsonValue) => isOneOf([value]), errors: false });
  ajv.addKeyword({
    keyword: 'uniqueItems',
    type: 'array',
    schemaType: 'boolean',
    compile: (on: boolean) => (items: readonly JsonValue[]) => !on || areDistinct(items),
    errors: false,
  });
}

function isOneOf(values: readonly JsonValue[]): (value: JsonValue) => boolean {
  const scalars = new Set(values.filter(isScalar));
  const texts = new Set(values.filter((value) => !isScalar(value)).map(canonicalJson));
  return (value) => (isScalar(value) ? scalars.has(value) : texts.size > 0 && texts.has(canonicalJson(value)));
}

function areDistinct(items: readonly JsonValue[]): boolean {
  return new Set(items.map(canonicalJson)).size === items.length;
}

function isScalar(value: JsonValue): boolean {
  return typeof value !== 'object' || value === null;
}
