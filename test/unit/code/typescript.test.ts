import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import type { JsonObject } from '../../../shared/event/json.ts';
import { compileValidator } from '../../../shared/event-types/validator.ts';
import { typeScriptModule, typeScriptOf } from '../../../shared/schema-language/code/typescript.ts';
import { readSchemaFolder } from '../../../shared/schema-language/schema-folder.ts';
import { makeScratchFolder, projectFolder } from '../../helpers/local-process.ts';
import { eventSchema, schemaDocument } from '../../helpers/schemas.ts';

describe('the type of', () => {
  test.each<[string, JsonObject, string]>([
    ['a text', { type: 'string', format: 'date-time' }, 'string'],
    ['a number that may be null', { type: ['integer', 'null'] }, 'number | null'],
    ['listed values', { enum: ['a', "it's", 1, null] }, "'a' | 'it\\'s' | 1 | null"],
    ['one value', { const: true }, 'true'],
    ['a list', { type: 'array', items: { type: ['string', 'null'] } }, 'readonly (string | null)[]'],
    ['a list of lists', { type: 'array', items: { type: 'array' } }, 'readonly (readonly unknown[])[]'],
    ['a tuple', { type: 'array', prefixItems: [{ type: 'string' }], items: false }, 'readonly [string?]'],
    ['a map', { type: 'object', additionalProperties: { type: 'number' } }, 'Readonly<Record<string, number>>'],
    [
      'an object without properties',
      { type: 'object', additionalProperties: false },
      'Readonly<Record<string, never>>',
    ],
    ['alternatives', { anyOf: [{ type: 'string' }, { type: 'null' }] }, 'string | null'],
    ['a definition', { $ref: '#/$defs/a', $defs: { a: { type: 'boolean' } } }, 'boolean'],
    ['anything', {}, 'unknown'],
  ])('%s', (_, schema, expected) => {
    expect(typeScriptOf(schema)).toBe(expected);
  });

  test('an object: what is required, what more there may be, and what is said of it', () => {
    const schema: JsonObject = {
      type: 'object',
      required: ['a'],
      additionalProperties: true,
      properties: { a: { type: 'string', description: 'Ends */ here' }, 'b-c': { type: 'integer' } },
    };
    expect(typeScriptOf(schema)).toBe(
      [
        '{',
        '  /** Ends *\\/ here */',
        '  readonly a: string;',
        "  readonly 'b-c'?: number;",
        '  /** What else is sent is dropped. */',
        '  readonly [name: string]: unknown;',
        '}',
      ].join('\n'),
    );
  });
});

test('what nothing can be stays so beside a part that does not speak of it', () => {
  const told = (others: JsonObject) =>
    typeScriptOf({
      type: 'object',
      properties: { a: { type: 'string' } },
      allOf: [{ properties: { a: { type: 'number' } } }, others],
    });
  const never = 'readonly a?: never;';
  expect(told({ properties: { b: { type: 'string' } } })).toContain(never);
  expect(told({ patternProperties: { '^x': { type: 'string' } } })).toContain(never);
  expect(told({ additionalProperties: true })).toContain(never);
  expect(told({ additionalProperties: false, properties: { b: true } })).not.toContain('a?');
});

test('names that every object has need not be there, and are what they are where they must', () => {
  const schema = { type: 'object', additionalProperties: false, properties: { toString: { type: 'string' } } };
  expect(typeScriptOf(schema)).toBe('{\n  readonly toString?: unknown;\n}');
  expect(typeScriptOf({ ...schema, required: ['toString'] })).toBe('{\n  readonly toString: string;\n}');
});

describe('what stands beside each other', () => {
  const open = { type: 'object', additionalProperties: true };
  const a = { properties: { a: { type: 'string' }, b: { type: 'integer' } } };
  test.each<[string, JsonObject, string]>([
    [
      'a list of alternatives',
      { type: 'array', items: { anyOf: [{ type: 'object' }, { type: 'string' }] } },
      'readonly (Readonly<Record<string, unknown>> | string)[]',
    ],
    [
      'a tuple of alternatives',
      { type: 'array', prefixItems: [{ type: ['string', 'null'] }, { enum: ['s', 'ms'] }], items: false },
      "readonly [(string | null)?, ('s' | 'ms')?]",
    ],
    [
      'a tuple that has its first',
      { type: 'array', prefixItems: [{ type: 'string' }, true], minItems: 1 },
      'readonly [string, unknown?, ...unknown[]]',
    ],
    ['a definition and its siblings', { $ref: '#/$defs/t', enum: ['a', 1], $defs: { t: { type: 'string' } } }, "'a'"],
    [
      'alternatives that contradict the rest',
      { type: 'string', anyOf: [{ type: 'integer' }, { enum: ['x', 1] }] },
      "'x'",
    ],
    ['nothing', { type: 'string', allOf: [{ type: 'integer' }] }, 'never'],
    [
      'properties without a type',
      { properties: { a: { type: 'string' } }, additionalProperties: false },
      'boolean | number | string | readonly unknown[] | {\n  readonly a?: string;\n} | null',
    ],
    [
      'typed others',
      { type: 'object', properties: { a: { type: 'string' } }, additionalProperties: { type: 'integer' } },
      '{\n  readonly a?: string;\n  readonly [name: string]: number | string | undefined;\n}',
    ],
    [
      'required in branches',
      { type: 'object', additionalProperties: false, ...a, anyOf: [{ required: ['a'] }, { required: ['b'] }] },
      '{\n  readonly a: string;\n  readonly b?: number;\n} | {\n  readonly a?: string;\n  readonly b: number;\n}',
    ],
    [
      'what no branch speaks of',
      {
        type: 'object',
        allOf: [{ properties: { a: { const: 1 } } }],
        properties: { b: true },
        unevaluatedProperties: false,
      },
      '{\n  readonly b?: unknown;\n  readonly a?: 1;\n}',
    ],
    [
      'what one alternative speaks of beside one that takes anything',
      { type: 'object', anyOf: [{ properties: { a: { type: 'string' } } }, true], unevaluatedProperties: false },
      '{\n  readonly a?: string;\n} | Readonly<Record<string, never>>',
    ],
    [
      'closed alternatives, of which none has what the others declare',
      {
        type: 'object',
        anyOf: [{ properties: { a: { type: 'string' } }, additionalProperties: false }, { properties: { b: true } }],
      },
      '{\n  readonly a?: string;\n  readonly b?: never;\n} | {\n  readonly b?: unknown;\n  /** What else is sent is dropped. */\n  readonly [name: string]: unknown;\n}',
    ],
    [
      'alternatives that are closed together, and may both be met',
      {
        type: 'object',
        anyOf: [{ properties: { a: { type: 'string' } } }, { properties: { b: true } }],
        unevaluatedProperties: false,
      },
      '{\n  readonly a?: string;\n} | {\n  readonly b?: unknown;\n}',
    ],
    [
      'what a condition without else speaks of',
      { type: 'object', required: ['a'], if: { additionalProperties: true }, unevaluatedProperties: false },
      '{\n  readonly a: unknown;\n  /** What else is sent is dropped. */\n  readonly [name: string]: unknown;\n}',
    ],
    [
      'what is required of a closed object that lacks it',
      { type: 'object', additionalProperties: false, required: ['x'] },
      'never',
    ],
    [
      'objects and lists that are listed',
      { enum: [{ a: [1] }, []] },
      '{\n  readonly a: readonly [1];\n} | readonly []',
    ],
    [
      'an open object and a closed one',
      { ...open, ...a, allOf: [{ type: 'object', additionalProperties: false, properties: { a: true } }] },
      '{\n  readonly a?: string;\n}',
    ],
  ])('%s', (_what, schema, expected) => {
    expect(typeScriptOf(schema)).toBe(expected);
  });
});

describe('a module', () => {
  const declared = (...schemas: JsonObject[]) =>
    [...typeScriptModule(schemas.map(eventSchema)).matchAll(/^export type (\w+) = (.*?);\n\n/gms)].map(
      ([, name, text]) => [name, text],
    );
  const type = (name: string, properties: JsonObject, $defs: JsonObject = {}) =>
    schemaDocument({ type: name, properties, $defs });

  test('has a name for each type, also where two come down to one', () => {
    const names = declared(type('lab.a-1.v1', {}), type('lab.a1.v1', {}), type('event.data.v1', {})).map(
      ([name]) => name,
    );
    expect(names.slice(0, 3)).toEqual(['LabA1V1', 'LabA1V1_2', 'EventDataV1']);
    expect(new Set(names).size).toBe(names.length);
  });

  test('has a name for each definition that is used, however often', () => {
    const item = { type: 'object', additionalProperties: false, properties: { next: { $ref: '#/$defs/word' } } };
    const use = { $ref: '#/$defs/item' };
    const module = declared(
      type(
        'lab.a.v1',
        { a: use, b: { type: 'array', items: use }, c: { anyOf: [use, { type: 'null' }] } },
        { item, word: { type: 'string' }, unused: {} },
      ),
    );
    expect(module.slice(0, 3)).toEqual([
      [
        'LabAV1',
        '{\n  readonly a?: LabAV1Item;\n  readonly b?: readonly LabAV1Item[];\n  readonly c?: LabAV1Item | null;\n}',
      ],
      ['LabAV1Item', '{\n  readonly next?: LabAV1Word;\n}'],
      ['LabAV1Word', 'string'],
    ]);
  });

  test('ends, however often definitions double', () => {
    const $defs: JsonObject = { d30: { type: 'string' } };
    for (let i = 0; i < 30; i++) {
      const next = { $ref: `#/$defs/d${i + 1}` };
      $defs[`d${i}`] = { anyOf: [{ type: 'array', prefixItems: [next, next] }, { allOf: [next, next] }] };
    }
    // What is that large is no type of ours any more, but some may be active.
    const schema = type('lab.a.v1', { a: { $ref: '#/$defs/d0' } }, $defs);
    const text = typeScriptModule([{ ...eventSchema(type('lab.a.v1', {})), schema }]);
    expect(text.length).toBeLessThan(200_000);
  });
});

describe('the types of all event types', () => {
  const scratch = makeScratchFolder();
  afterAll(() => scratch.remove());
  const folder = join(projectFolder, 'schemas');

  /** What of an example's faults a type can tell. */
  const told = new Set(['type', 'required', 'additionalProperties', 'enum', 'const']);

  test('take every example that passes, and no example whose fault is one of types', async () => {
    const { schemas } = await readSchemaFolder(folder);
    const examples = readdirSync(folder, { recursive: true, encoding: 'utf8' }).sort();
    const lines = ["import type { EventData, Track } from './events.ts';", 'declare const track: Track;'];
    const counts = { pass: 0, fail: 0 };
    for (const { edi, schema } of schemas) {
      const [domain = '', event = '', major = ''] = edi.type.split('.');
      const validate = compileValidator(schema);
      for (const file of examples.filter((name) => name.startsWith(`${domain}/${event}.${major}.`))) {
        const match = /\.(pass|fail)\.json$/.exec(file);
        if (match === null) continue;
        const text = readFileSync(join(folder, file), 'utf8');
        const fault = validate(JSON.parse(text));
        if (match[1] === 'fail' && !told.has(fault?.keyword ?? '')) continue;
        // Integers are numbers to TypeScript.
        if (match[1] === 'fail' && fault?.keyword === 'type' && /whole|integer/.test(file)) continue;
        if (match[1] === 'fail') lines.push('// @ts-expect-error: the example does not fit');
        lines.push(`track('${edi.type}', ${JSON.stringify(JSON.parse(text))});`);
        counts[match[1] === 'pass' ? 'pass' : 'fail'] += 1;
      }
      lines.push(`export const _${lines.length} = (data: EventData['${edi.type}']) => track('${edi.type}', data);`);
    }
    lines.push("// @ts-expect-error: no such type\ntrack('nobody.knows-it.v1', {});");
    writeFileSync(join(scratch.path, 'events.ts'), typeScriptModule(schemas));
    writeFileSync(join(scratch.path, 'examples.ts'), lines.join('\n'));
    const compilerOptions = {
      strict: true,
      noEmit: true,
      exactOptionalPropertyTypes: true,
      allowImportingTsExtensions: true,
      module: 'nodenext',
      types: [],
    };
    writeFileSync(join(scratch.path, 'tsconfig.json'), JSON.stringify({ compilerOptions, include: ['*.ts'] }));
    writeFileSync(join(scratch.path, 'package.json'), '{"type":"module"}');
    const tsc = resolve(projectFolder, 'node_modules', '.bin', 'tsc');
    const { status, stdout } = spawnSync(tsc, ['--project', scratch.path], { encoding: 'utf8' });
    expect(stdout).toBe('');
    expect(status).toBe(0);
    expect(counts.pass).toBeGreaterThan(10);
    expect(counts.fail).toBeGreaterThan(5);
  });
});
