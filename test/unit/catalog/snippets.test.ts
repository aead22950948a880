import { execFileSync } from 'node:child_process';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { countPerDaySql, curlLine, newestEventsSql } from '../../../infra/catalog/snippets.ts';
import type { JsonObject } from '../../../shared/event/json.ts';
import { eventSchema, schemaDocument } from '../../helpers/schemas.ts';

function columnsOf(properties: JsonObject) {
  return eventSchema(schemaDocument({ properties })).payload.columns;
}

test('the newest events: columns of one value each, none named twice, none that the envelope names', () => {
  const inner = (properties: JsonObject) => ({ type: 'object', additionalProperties: false, properties });
  const columns = columnsOf({
    id: { type: 'string' },
    source: { type: 'string' },
    head: inner({ id: { type: 'string' }, repo: inner({ id: { type: 'string' } }) }),
    tags: { type: 'array', items: { type: 'string' } },
  });
  expect(newestEventsSql({ view: 'events.shop_order_v1' }, columns)).toBe(`SELECT
  event_time,
  data.id,
  data.source AS data_source,
  data.head.id AS head_id,
  data.head.repo.id AS repo_id
FROM events.shop_order_v1
WHERE event_time >= CURRENT_TIMESTAMP - INTERVAL 1 DAY
ORDER BY event_time DESC
LIMIT 100`);
});

test('a type of many columns is queried by its first ones', () => {
  const many = Object.fromEntries(Array.from({ length: 40 }, (_, at) => [`p${at}`, { type: 'string' }]));
  expect(newestEventsSql({ view: 'events.x' }, columnsOf(many)).match(/data\./g)).toHaveLength(12);
});

test('a type in a shared view is asked for by name, its payload whole', () => {
  const shared = { view: 'events.alpha', type: 'shop.order.v1' };
  expect(newestEventsSql(shared, columnsOf({ id: { type: 'string' } }))).toBe(`SELECT
  event_time,
  data
FROM events.alpha
WHERE type = 'shop.order.v1' AND event_time >= CURRENT_TIMESTAMP - INTERVAL 1 DAY
ORDER BY event_time DESC
LIMIT 100`);
  expect(countPerDaySql(shared)).toContain("WHERE type = 'shop.order.v1' AND event_time >=");
});

test('events a day come from the same view', () => {
  expect(countPerDaySql({ view: 'events.x' })).toContain('FROM events.x\n');
});

/** Runs a line in `sh` with a `curl` that prints its last argument, the body. */
function bodyOf(line: string): JsonObject {
  const script = `curl() { eval "printf %s \\"\\\${$#}\\""; }\n${line}`;
  return JSON.parse(execFileSync('sh', ['-c', script], { encoding: 'utf8' }));
}

/** Version and variant of RFC 9562 section 5.4. */
const uuidV4 = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

test("the curl line sends the example in an envelope whose id and time are the shell's", () => {
  const data = { text: `it's "$HOME" \`id\` \${PATH} <b> \\n %s` };
  const body = bodyOf(curlLine({ ingestUrl: 'http://127.0.0.1:1', type: 'shop.order.v1', data, exampleKey: 'key' }));
  expect(body).toMatchObject({ specversion: '1.0', source: 'my-terminal', type: 'shop.order.v1', data });
  expect(body['time']).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
});

test('the id is a UUID of version 4, and another one each time', () => {
  const line = curlLine({ ingestUrl: 'http://127.0.0.1:1', type: 'a.b.v1', data: {}, exampleKey: 'key' });
  const ids = Array.from({ length: 5 }, () => String(bodyOf(line)['id']));
  for (const id of ids) expect(id).toMatch(uuidV4);
  expect(new Set(ids).size).toBe(ids.length);
});

test('the line uses the key of the shell before its own', () => {
  const line = curlLine({ ingestUrl: 'http://127.0.0.1:1', type: 'a.b.v1', data: {}, exampleKey: 'local-dev-key' });
  expect(line).toContain(`"authorization: Bearer \${EDI_KEY:-local-dev-key}"`);
});

test('no data can leave the quotes of the line', () => {
  const text = fc.string({ unit: 'grapheme', maxLength: 40 });
  fc.assert(
    fc.property(fc.dictionary(text, text, { maxKeys: 3, noNullPrototype: true }), (data) => {
      const line = curlLine({ ingestUrl: 'http://127.0.0.1:1', type: 'a.b.v1', data, exampleKey: 'key' });
      expect(bodyOf(line)['data']).toEqual(data);
    }),
    { numRuns: 40 },
  );
});
