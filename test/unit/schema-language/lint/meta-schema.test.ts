import { readFileSync } from 'node:fs';
import { Ajv2020 } from 'ajv/dist/2020.js';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { isJsonObject, type JsonObject, type JsonValue } from '../../../../shared/event/json.ts';
import { columnTypes } from '../../../../shared/event-types/column.ts';
import { readEventSchema, releaseStages } from '../../../../shared/event-types/event-schema.ts';
import { supportedFormats } from '../../../../shared/event-types/formats.ts';
import { readTreatment } from '../../../../shared/event-types/treatment.ts';
import { metaSchemaCheck } from '../../../../shared/schema-language/lint/meta-schema.ts';
import { knownKeywords } from '../../../../shared/schema-language/lint/replaced-keywords.ts';
import { readSdkBindings } from '../../../../shared/sdks/sdk-bindings.ts';
import { schemaDocument, testSdks } from '../../../helpers/schemas.ts';

function readMeta(name: string): JsonObject {
  const value: unknown = JSON.parse(readFileSync(new URL(`../../../../schemas/meta/${name}`, import.meta.url), 'utf8'));
  if (!isJsonObject(value)) throw new TypeError(name);
  return value;
}

const meta = readMeta('event-schema.json');
const check = metaSchemaCheck(meta);
const pointers = (document: JsonValue) => check(document).map(({ pointer }) => pointer);

function definition(...path: string[]): JsonValue | undefined {
  let value: JsonValue | undefined = meta;
  for (const name of path) value = isJsonObject(value) ? value[name] : undefined;
  return value;
}

test.each(['event-schema.json', 'legacy-mapping.json', 'sdks.json'])('%s is a JSON Schema', (name) => {
  const ajv = new Ajv2020({ strict: false, logger: false });
  expect(ajv.validateSchema(readMeta(name)), ajv.errorsText()).toBe(true);
});

describe('the meta-schema and the code that reads schemas say the same', () => {
  test('of the keywords', () => {
    const own = definition('$defs', 'schema', 'properties');
    const top = definition('properties');
    const listed = new Set([
      ...Object.keys(isJsonObject(own) ? own : {}),
      ...Object.keys(isJsonObject(top) ? top : {}),
    ]);
    const refused = ['$id', '$anchor', '$dynamicRef', '$dynamicAnchor', '$vocabulary'];
    expect([...listed].sort()).toEqual([...knownKeywords].filter((keyword) => !refused.includes(keyword)).sort());
  });

  test('of formats, releaseStages and types of columns', () => {
    expect(definition('$defs', 'schema', 'properties', 'format', 'enum')).toEqual(supportedFormats);
    expect(definition('$defs', 'edi', 'properties', 'stage', 'enum')).toEqual(releaseStages);
    const drop = definition('$defs', 'treatment', 'oneOf');
    const [first] = Array.isArray(drop) ? drop : [];
    const properties = isJsonObject(first) && isJsonObject(first['properties']) ? first['properties'] : {};
    const column = isJsonObject(properties['column']) ? properties['column']['enum'] : undefined;
    expect(column).toEqual(columnTypes.filter((type) => type !== 'RECORD'));
  });

  const values: fc.Arbitrary<JsonValue> = fc.oneof(
    fc.constantFrom<JsonValue[]>(
      ...[
        'shop.order.v1',
        'a.b.v0',
        'A.b.v1',
        'a.b',
        'customer',
        'source',
        'Customer',
        '',
        ' ',
        'ga',
        'beta',
        'alpha',
        'high',
        'web',
      ],
      ...[0, 1, 400, 3_650, 3_651, 1.5, null, true],
      ...[['web'], [], [''], ['web', 1], {}],
    ),
    fc.jsonValue({ maxDepth: 1 }).map((value): JsonValue => JSON.parse(JSON.stringify(value))),
  );

  test.each(['type', 'owner', 'description', 'stage', 'priority', 'sdks', 'retentionDays', 'subjectRealm'])(
    'of edi.%s',
    (key) => {
      fc.assert(
        fc.property(values, (value) => {
          const document = schemaDocument({ edi: { [key]: value } });
          expect(pointers(document).length === 0).toBe(readEventSchema(document).kind === 'schema');
        }),
      );
      const document = schemaDocument();
      const edi = isJsonObject(document['edi']) ? document['edi'] : {};
      const without = { ...document, edi: Object.fromEntries(Object.entries(edi).filter(([name]) => name !== key)) };
      expect(pointers(without).length === 0).toBe(readEventSchema(without).kind === 'schema');
    },
  );

  test('of treatments, whose fitting to the type the code alone judges', () => {
    const subject = fc.oneof(
      fc.record({
        realm: fc.constantFrom<JsonValue[]>('customer', 'source', 'X', 1),
        pointer: fc.constantFrom<JsonValue[]>('/id', '1/id', '0', '', 'id', '/~2', '01/x', 1),
      }),
      fc.constantFrom<JsonValue[]>('customer', {}, null),
    );
    const treatments: fc.Arbitrary<JsonObject> = fc.oneof(
      fc.record(
        { do: fc.constant('drop'), column: fc.constantFrom<JsonValue[]>('STRING', 'RECORD', 'INT64', 'x', 1) },
        { requiredKeys: ['do'] },
      ),
      fc.record(
        {
          do: fc.constant('pseudonymize'),
          pad: fc.constantFrom<JsonValue[]>(true, false, 16, 1, 2, 1_024, 1_025, 2.5, 'x'),
          subject,
        },
        { requiredKeys: ['do'] },
      ),
      fc.record(
        { do: fc.constant('truncate'), to: fc.constantFrom('network', 'hour', 'day', 'week'), subject },
        { requiredKeys: ['do'] },
      ),
      fc.record(
        {
          do: fc.constant('truncate'),
          to: fc.constant('grid'),
          gridDegrees: fc.constantFrom<JsonValue[]>(0.1, 0, -1, 'x'),
          subject,
        },
        { requiredKeys: ['do', 'to'] },
      ),
      fc.record(
        {
          do: fc.constant('tokenize'),
          realm: fc.constantFrom<JsonValue[]>('customer', 'source', 'X', 1),
          domain: fc.constantFrom<JsonValue[]>('mail-hosts', 'source', 'X', 1),
          subject,
        },
        { requiredKeys: ['do'] },
      ),
      fc.record({ do: fc.constantFrom<JsonValue[]>('decide', 'hash', 1, null) }),
    );
    fc.assert(
      fc.property(treatments, (treatment) => {
        const node: { readonly type: string; readonly format?: string } = {
          day: { type: 'string', format: 'date-time' },
          hour: { type: 'string', format: 'date-time' },
          network: { type: 'string', format: 'ipv4' },
          grid: { type: 'number' },
        }[String(treatment['to'])] ?? { type: 'string' };
        const { type, ...format } = node;
        const read = readTreatment(treatment, { types: [type], ...format });
        const document = schemaDocument({ properties: { a: { ...node, treatment } } });
        expect(pointers(document).length === 0).toBe(typeof read !== 'string');
      }),
      { numRuns: 500 },
    );
  });
});

test('keys that nobody reads are refused, at the deepest place', () => {
  expect(pointers(schemaDocument({ edi: { ownr: 'x' } }))).toEqual(['/edi/ownr']);
  expect(pointers(schemaDocument({ properties: { a: { type: 'strin' } } }))).toEqual(['/properties/a/type']);
  expect(pointers([])).toEqual(['']);
});

describe('bindings', () => {
  const checkSdks = metaSchemaCheck(readMeta('sdks.json'));

  test.each<[string, JsonValue]>([
    ['good ones', testSdks],
    ['nothing', {}],
    ['no width', { namespaces: { a: {} }, sdks: { web: { namespace: 'a' } } }],
    ['a width of nothing', { namespaces: { a: { bucketWidthMillis: 0 } }, sdks: { web: { namespace: 'a' } } }],
    [
      'an origin with a path',
      {
        namespaces: { a: { bucketWidthMillis: 1 } },
        sdks: { web: { namespace: 'a', origins: ['https://a.example/x'] } },
      },
    ],
    [
      'an unknown retry setting',
      { namespaces: { a: { bucketWidthMillis: 1 } }, sdks: { web: { namespace: 'a', retryPolicy: { delay: 1 } } } },
    ],
    [
      'a negative retry setting',
      { namespaces: { a: { bucketWidthMillis: 1 } }, sdks: { web: { namespace: 'a', retryPolicy: { jitter: -1 } } } },
    ],
  ])('are read as the meta-schema says: %s', (_what, document) => {
    expect(checkSdks(document).length === 0).toBe(readSdkBindings(document).problems.length === 0);
  });
});

describe('what is said to a key that is not known', () => {
  const fixOf = (edi: JsonObject) => check(schemaDocument({ edi })).map(({ pointer, fix }) => [pointer, fix]);

  test.each([
    ['ownr', 'did you mean "owner"?'],
    ['retentiondays', 'did you mean "retentionDays"?'],
    ['Stage', 'did you mean "stage"?'],
  ])('%s is the key that was probably meant', (key, fix) => {
    expect(fixOf({ [key]: 'x' })).toEqual([[`/edi/${key}`, fix]]);
  });

  test('another is to be removed, and the known ones are named', () => {
    const [[pointer, fix] = []] = fixOf({ colour: 'x' });
    expect(pointer).toBe('/edi/colour');
    expect(fix).toMatch(/^remove it; known are type, owner, description, stage, /);
  });
});
