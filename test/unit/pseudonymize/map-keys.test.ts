import { expect, test } from 'vitest';
import type { JsonObject } from '../../../shared/event/json.ts';
import { sealAt, startMillis } from '../../helpers/batches.ts';
import { pseudonymizeWorld } from '../../helpers/pseudonymize-world.ts';
import { schemaDocument } from '../../helpers/schemas.ts';

const type = 'shop.order.v1';
const seal = sealAt(startMillis, 1);
const user = (pointer: string): JsonObject => ({ do: 'pseudonymize', subject: { realm: 'user', pointer } });
const alice = { realm: 'customer', subject: 'alice' };
const source = { realm: 'source', subject: 'alice-phone' };

test('keys of a map are pseudonymized for their data subject, who alone can be read again, and equal keys stay equal', async () => {
  const map = (treatment: JsonObject): JsonObject => ({
    type: 'object',
    additionalProperties: { type: 'integer' },
    propertyNames: { treatment },
  });
  const schema = schemaDocument({ properties: { scores: map({ do: 'pseudonymize' }), people: map(user('0')) } });
  const world = await pseudonymizeWorld({ schemas: [schema] });
  const scores = { 'ann@example.com': 1, 'bob@example.com': 2 };
  const sent = (id: string) => ({
    id,
    source: source.subject,
    subject: alice.subject,
    data: { scores, people: { ann: 3 } },
  });
  expect(await world.deliver({ seal, segments: [[sent('a'), sent('b')]] })).toBe('done');
  const [first, second] = world.rowsOf(type).map((row) => row['data'] as Record<string, string>);
  expect(second).toEqual(first);
  expect(JSON.stringify(first)).not.toMatch(/ann|bob/);
  const written = Object.entries(JSON.parse(first?.['scores'] ?? '{}') as Record<string, number>);
  const revealed = await Promise.all(written.map(async ([key, value]) => [await world.reveal(alice, key), value]));
  expect(Object.fromEntries(revealed)).toEqual(scores);
  const [person = ''] = Object.keys(JSON.parse(first?.['people'] ?? '{}'));
  expect(await world.reveal({ realm: 'user', subject: 'ann' }, person)).toBe('ann');
});

test('keys that need an escape in JSON are their own, whatever keys came before at their place', async () => {
  const prices: JsonObject = {
    type: 'object',
    additionalProperties: { type: 'integer' },
    propertyNames: { notPersonal: 'names of currencies' },
  };
  const world = await pseudonymizeWorld({ schemas: [schemaDocument({ properties: { prices } })] });
  const maps: JsonObject[] = ['\\', '\n', '"', '\\u0', '\t', 'é'].map((key) => ({ first: 1, [key]: 2 }));
  const segments = [maps.map((map, at) => ({ id: `e-${at}`, data: { prices: map } }))];
  expect(await world.deliver({ seal, segments })).toBe('done');
  const rows = world.rowsOf(type).map((row) => row['data'] as Record<string, string>);
  expect(rows.map((row) => row['prices'])).toEqual(maps.map((map) => JSON.stringify(map)));
});
