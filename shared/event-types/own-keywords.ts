import { _, type Ajv2020, type CodeKeywordDefinition, type KeywordCxt } from 'ajv/dist/2020.js';
import { multipleOf } from './decimal.ts';
import { replaceLiteralKeywords } from './literal-keywords.ts';
import { replaceByQuicker } from './quick-keywords.ts';

/**
 * Puts our own keywords in the place of ajv's where ajv 8 differs from JSON Schema 2020-12, beside those of
 * `replaceLiteralKeywords` and `replaceUnevaluated`: `multipleOf` divides binary fractions, of which 19.99 is no multiple
 * of 0.01, `prefixItems` leaves out the keywords after it where a list is shorter, `contains` can be ignored, and `$dynamicRef` finds the wrong schema, or itself for ever:
 * a schema with one does not compile.
 */
export function replaceKeywords(ajv: Ajv2020): void {
  replaceLiteralKeywords(ajv);
  replaceByQuicker(ajv);
  ajv.removeKeyword('multipleOf');
  ajv.addKeyword({
    keyword: 'multipleOf',
    type: 'number',
    schemaType: 'number',
    compile: (factor: number) => multipleOf(factor),
    errors: false,
  });
  ajv.removeKeyword('contains');
  ajv.addKeyword(contains);
  ajv.removeKeyword('prefixItems');
  ajv.addKeyword(prefixItems);
  ajv.removeKeyword('$dynamicRef');
  ajv.addKeyword({
    keyword: '$dynamicRef',
    compile: () => {
      throw new Error('"$dynamicRef" is not supported; write a "$ref" to the definition that is meant');
    },
  });
  ajv.addKeyword({
    keyword: safeIntegerKeyword,
    type: 'number',
    schemaType: 'boolean',
    code: (context: KeywordCxt) =>
      context.fail(_`Number.isInteger(${context.data}) && !Number.isSafeInteger(${context.data})`),
  });
}

/** Bounds what a schema calls an integer to what every JSON parser reads as it was written (RFC 8259 section 6). */
export const safeIntegerKeyword = 'safeInteger';

const prefixItems: CodeKeywordDefinition = {
  keyword: 'prefixItems',
  type: 'array',
  schemaType: 'array',
  before: 'items',
  code(context: KeywordCxt) {
    const { gen, data, schema } = context;
    const valid = gen.name('valid');
    gen.var(valid, true);
    for (let index = 0; index < schema.length; index++) {
      gen.if(_`${data}.length > ${index}`, () => {
        context.subschema({ keyword: 'prefixItems', schemaProp: index, dataProp: index }, valid);
      });
      context.ok(valid);
    }
  },
};

const contains: CodeKeywordDefinition = {
  keyword: 'contains',
  type: 'array',
  schemaType: ['object', 'boolean'],
  trackErrors: true,
  code(context: KeywordCxt) {
    const { gen, data, parentSchema } = context;
    const { minContains: min = 1, maxContains: max } = parentSchema;
    const count = gen.let('count', 0);
    gen.forRange('i', 0, _`${data}.length`, (index) => {
      const valid = gen.name('valid');
      context.subschema(
        { keyword: 'contains', dataProp: index, dataPropType: 0, compositeRule: true, createErrors: false },
        valid,
      );
      gen.if(valid, () => {
        gen.code(_`${count}++`);
        if (max === undefined) gen.if(_`${count} >= ${min}`, () => gen.break());
      });
    });
    const within = max === undefined ? _`${count} >= ${min}` : _`${count} >= ${min} && ${count} <= ${max}`;
    // Items that do not count leave empty errors behind, which are nobody's.
    const fail = () => {
      context.reset();
      context.error();
    };
    context.result(within, () => context.reset(), fail);
  },
};
