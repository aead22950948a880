import { _, type Ajv2020, type CodeKeywordDefinition, type KeywordCxt } from 'ajv/dist/2020.js';
import { canonicalJson } from '../event/canonical-json.ts';
import type { JsonValue } from '../event/json.ts';

/**
 * Replaces ajv's `enum`, `const` and `uniqueItems` where they compare objects or lists. Ajv 8 does that with
 * `fast-deep-equal`, which calls `valueOf` and `toString` of an object that has such properties, and reads its
 * `constructor`: an event with a property of that name made the validator throw. Here JSON's meaning is compared, whatever
 * properties are called, and every item is looked at once, not once per other item.
 */
export function replaceLiteralKeywords(ajv: Ajv2020): void {
  replaceForParts(ajv, 'enum', (schema: readonly JsonValue[]) => schema);
  replaceForParts(ajv, 'const', (schema: JsonValue) => [schema]);
  ajv.removeKeyword('uniqueItems');
  ajv.addKeyword({
    keyword: 'uniqueItems',
    type: 'array',
    schemaType: 'boolean',
    compile: (on: boolean) => (items: readonly JsonValue[]) => !on || areDistinct(items),
    errors: false,
  });
}

/** Leaves scalars to ajv, whose code for them is the fastest. */
function replaceForParts<Schema>(
  ajv: Ajv2020,
  keyword: string,
  valuesOf: (schema: Schema) => readonly JsonValue[],
): void {
  const original = ajv.getKeyword(keyword);
  if (typeof original === 'boolean' || !('code' in original)) throw new Error(`ajv has no code for "${keyword}"`);
  const { code, schemaType } = original;
  const replacement: CodeKeywordDefinition = {
    keyword,
    schemaType,
    code(context: KeywordCxt) {
      const values = valuesOf(context.schema);
      if (values.every(isScalar)) return code(context);
      const fits = context.gen.scopeValue('keyword', { ref: isOneOf(values) });
      return context.pass(_`${fits}(${context.data})`);
    },
  };
  ajv.removeKeyword(keyword);
  ajv.addKeyword(replacement);
}

function isOneOf(values: readonly JsonValue[]): (value: JsonValue) => boolean {
  const scalars = new Set(values.filter(isScalar));
  const texts = new Set(values.filter((value) => !isScalar(value)).map(canonicalJson));
  return (value) => (isScalar(value) ? scalars.has(value) : texts.has(canonicalJson(value)));
}

function areDistinct(items: readonly JsonValue[]): boolean {
  const scalars = items.filter(isScalar);
  if (new Set(scalars).size < scalars.length) return false;
  const texts = items.filter((item) => !isScalar(item)).map(canonicalJson);
  return new Set(texts).size === texts.length;
}

function isScalar(value: JsonValue): boolean {
  return typeof value !== 'object' || value === null;
}
