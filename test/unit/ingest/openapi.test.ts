import { readdirSync, readFileSync } from 'node:fs';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { expect, test } from 'vitest';
import { eventMediaTypes, unaskedTypes } from '../../../functions/ingest/body-format.ts';
import { defaultIngestConfig } from '../../../functions/ingest/config.ts';
import { gzipNames } from '../../../functions/ingest/content-coding.ts';
import { readHeaders } from '../../../functions/ingest/cors.ts';
import { openApiDocument } from '../../../functions/ingest/openapi/document.ts';
import { problems } from '../../../functions/ingest/problem.ts';
import { methods } from '../../../functions/ingest/routes.ts';
import { asList, asObject, type JsonObject, type JsonValue } from '../../../shared/event/json.ts';
import { makeAnswerCheck } from '../../helpers/api-document.ts';
import { startIngest } from '../../helpers/ingest-world.ts';
import { schemaDocument } from '../../helpers/schemas.ts';

// That every answer of the other tests of ingest is as the document says is asked by their world as it closes.

const root = new URL('../../../', import.meta.url);
const document = openApiDocument(defaultIngestConfig);

const at = (...path: (string | number)[]): JsonValue | undefined =>
  path.reduce<JsonValue | undefined>((value, name) => asObject(value)[name], document);

test('openapi.json is what the code gives; `npm test -- test/unit/ingest/openapi -u` writes it', async () => {
  const file = new URL('functions/ingest/openapi.json', root).pathname;
  await expect(`${JSON.stringify(document, null, 2)}\n`).toMatchFileSnapshot(file);
});

/**
 * OpenAPI's schema leaves the dialect of schemas open (`$dynamicRef`), which ajv cannot follow through `$ref`: here it is
 * JSON Schema 2020-12, of which OpenAPI's own dialect is an extension that the document does not use.
 */
function openApiSchema(): JsonObject {
  const text = readFileSync(new URL('test/data/openapi/schema.json', root), 'utf8');
  const schema: JsonObject = JSON.parse(text.replaceAll('"$dynamicRef": "#meta"', '"$ref": "#/$defs/schema"'));
  const definitions = asObject(schema['$defs']);
  return { ...schema, $defs: { ...definitions, schema: { $ref: 'https://json-schema.org/draft/2020-12/schema' } } };
}

test('it is an OpenAPI 3.1 document, its schemas included', () => {
  const ajv = new Ajv2020({ strict: false, validateFormats: false });
  const isDocument = ajv.compile(openApiSchema());
  isDocument(document);
  expect(ajv.errorsText(isDocument.errors)).toBe('No errors');
  const broken = structuredClone(document);
  asObject(asObject(asObject(broken['components'])['schemas'])['Answer'])['type'] = 'objekt';
  expect(isDocument(broken)).toBe(false);
  expect(isDocument({ ...document, paths: { events: {} } })).toBe(false);
});

test('every reference leads somewhere', () => {
  const references = [...JSON.stringify(document).matchAll(/"\$ref":"#\/([^"]+)"/g)].map(([, path = '']) => path);
  expect(references.length).toBeGreaterThan(20);
  for (const path of references) expect(at(...path.split('/')), path).toBeDefined();
});

test('it has every path with the methods that the code takes, and no other', () => {
  const said = Object.entries(asObject(document['paths'])).map(([path, item]) => [
    path,
    Object.keys(asObject(item)).join(', ').toUpperCase(),
  ]);
  expect(Object.fromEntries(said)).toEqual(methods);
});

test('it has every problem, media type, coding and request header of the code', () => {
  for (const [status, titles] of Object.entries(problems)) {
    const schema = at('components', 'responses', `Problem${status}`, 'content', 'application/problem+json', 'schema');
    const title = asObject(asObject(asObject(schema)['properties'])['title']);
    expect(title['x-extensible-enum'], status).toEqual(Object.keys(titles));
  }
  const send = ['paths', '/v1/events', 'post'];
  const types = [...eventMediaTypes, ...Object.keys(unaskedTypes)];
  expect(Object.keys(asObject(at(...send, 'requestBody', 'content'))).sort()).toEqual(types.sort());
  const parameters = asList(at(...send, 'parameters')).map(asObject);
  const coding = parameters.find(({ name }) => name === 'content-encoding');
  expect(asObject(coding?.['schema'])['enum']).toEqual(expect.arrayContaining([...gzipNames]));
  const elsewhere = ['authorization', 'content-type'];
  expect([...elsewhere, ...parameters.map(({ name }) => name)].sort()).toEqual([...readHeaders].sort());
});

test('no problem is said that the code does not answer with', () => {
  const folder = new URL('functions/ingest/', root);
  const files = readdirSync(folder).filter((name) => name.endsWith('.ts') && name !== 'problem.ts');
  const code = files.map((name) => readFileSync(new URL(name, folder), 'utf8')).join('\n');
  for (const [status, titles] of Object.entries(problems)) {
    for (const title of Object.keys(titles)) expect(code).toContain(`problem(${status}, '${title}'`);
  }
});

test("it has every reason of ingest's README, and the README every reason of it", () => {
  const table = readFileSync(new URL('functions/ingest/README.md', root), 'utf8');
  const rows = table.slice(table.indexOf('| reason | meaning |'), table.indexOf('What is in quarantine can be'));
  const cells = [...rows.matchAll(/^\| ([^|]+) \|/gm)].flatMap(
    ([, cell = '']) => cell.match(/(?<=`)[^`,]+(?=`)/g) ?? [],
  );
  const reason = asObject(at('components', 'schemas', 'RejectedEvent', 'properties', 'reason'));
  expect(asList(reason['x-extensible-enum']).toSorted()).toEqual([...new Set(cells)].sort());
});

test('limits are those of the settings', () => {
  const { maxItems } = asObject(at('components', 'schemas', 'Batch'));
  expect(maxItems).toBe(defaultIngestConfig.maxRequestEvents);
  const schemas = asObject(
    asObject(openApiDocument({ ...defaultIngestConfig, maxRequestEvents: 7 })['components'])['schemas'],
  );
  expect(asObject(schemas['Batch'])['maxItems']).toBe(7);
});

test('an answer that the document does not describe is found', () => {
  const { check } = makeAnswerCheck();
  const headers = { 'content-type': 'application/json', 'edi-registry-version': '1', vary: 'origin' };
  const good = { method: 'POST', path: '/v1/events', status: 200, headers };
  const body = { accepted: 1, duplicates: 0, rejected: [] };
  const checked = (change: object, more: object = {}) =>
    check({ ...good, body: JSON.stringify({ ...body, ...change }), ...more });
  const rejected = (reason: string) => [{ index: 0, id: null, transient: false, reason, errors: [] }];
  expect(checked({ rejected: rejected('schema') })).toEqual([]);
  for (const bad of [
    checked({ rejected: rejected('mood') }),
    checked({ accepted: -1 }),
    checked({ more: 1 }),
    checked({}, { status: 202 }),
    checked({}, { path: '/v2' }),
    checked({}, { headers: { ...headers, etag: '1' } }),
    checked({}, { headers: { ...headers, vary: undefined } }),
    checked({}, { headers: { ...headers, 'content-type': 'text/html' } }),
  ]) {
    expect(bad).toHaveLength(1);
  }
});

test('it is served, cacheable, to everybody whom the policy is served to', async () => {
  const world = await startIngest({ schemas: [schemaDocument({ open: true })], config: { maxRequestEvents: 7 } });
  const url = `${world.url}/v1/openapi.json`;
  const origin = 'https://shop.example.com';
  const answer = await fetch(url, { headers: { origin } });
  expect(await answer.json()).toEqual(openApiDocument({ ...defaultIngestConfig, maxRequestEvents: 7 }));
  expect(Object.fromEntries(answer.headers)).toMatchObject({
    'content-type': 'application/json',
    'cache-control': 'public, max-age=3600',
    'access-control-allow-origin': origin,
    vary: 'origin',
  });
  const head = await fetch(url, { method: 'HEAD' });
  expect([head.status, await head.text(), head.headers.get('cache-control')]).toEqual([
    200,
    '',
    'public, max-age=3600',
  ]);
  expect((await fetch(url, { method: 'OPTIONS' })).headers.get('allow')).toBe('GET, HEAD, OPTIONS');
  expect((await fetch(url, { method: 'POST' })).status).toBe(405);
  await world.close();
});
