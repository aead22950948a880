import { describe, expect, test } from 'vitest';
import { listedEvent, rowAnswer } from '../../../infra/local/live/live-answers.ts';
import { stagesOf } from '../../../infra/local/live/live-stages.ts';
import { fixOf, wantedOf } from '../../../infra/local/live/wanted.ts';
import { eventSchema, schemaDocument } from '../../helpers/schemas.ts';

const schema = eventSchema(
  schemaDocument({
    properties: {
      amount: { type: 'integer', minimum: 1, maximum: 9, description: 'In cents.' },
      lines: {
        type: 'array',
        items: {
          type: 'object',
          additionalProperties: false,
          required: ['sku'],
          properties: { sku: { type: 'string', enum: ['a', 'b'] }, 'a/b': { type: 'boolean' } },
        },
      },
    },
    required: ['amount'],
  }),
);
const schemas = new Map([['shop.order.v1', schema]]);
const ofSchema = { reason: 'schema', type: 'shop.order.v1' };
const wanted = (path: string, keyword: string, refused: { reason: string; type?: string } = ofSchema) =>
  wantedOf({ path, keyword }, refused, schemas);

describe('what was wanted', () => {
  test('of a declared property: type, bounds, what it is, and where the catalog has it', () => {
    expect(wanted('/data/amount', 'maximum')).toEqual({
      path: '/data/amount',
      keyword: 'maximum',
      wanted: 'integer, at least 1, at most 9: In cents.',
      href: '/catalog/types/shop.order.v1.html#field-amount',
    });
  });

  test('inside arrays, and behind names that a pointer escapes', () => {
    expect(wanted('/data/lines/12/sku', 'enum')).toMatchObject({
      wanted: 'one of "a", "b"',
      href: '/catalog/types/shop.order.v1.html#field-lines[].sku',
    });
    expect(wanted('/data/lines/0/a~1b', 'type')).toMatchObject({ wanted: 'boolean' });
  });

  test('of what is not declared: the names that are, at the right object', () => {
    expect(wanted('/data', 'additionalProperties').wanted).toBe('no other property than amount, lines');
    const inside = wanted('/data/lines/3', 'additionalProperties');
    expect(inside.wanted).toBe('no other property than sku, a/b');
    expect(inside.href).toBe('/catalog/types/shop.order.v1.html#field-lines');
  });

  test('where the record says it, that is said', () => {
    const part = { path: '/data/amount', keyword: 'type', expected: 'a whole number' };
    expect(wantedOf(part, ofSchema, schemas).wanted).toBe('a whole number');
    expect(wantedOf(part, { reason: 'schema' }, schemas).wanted).toBe('a whole number');
  });

  test('of the envelope and of unknown types', () => {
    expect(wanted('/time', 'format', { reason: 'envelope' }).wanted).toMatch(/RFC 3339/);
    const unknown = (type: string) => wanted('/type', 'enum', { reason: 'unknown-type', type }).wanted;
    expect(unknown('shop.order.v2')).toBe('an active type, such as shop.order.v1');
    expect(unknown('store.order.v1')).toBe('an active type, such as shop.order.v1');
    expect(unknown('a.b.v1')).toBe('the name of an active event type');
  });

  test('of the event as a whole, its time and its SDK: the bounds of settings and type', () => {
    const of = (path: string, keyword: string, reason = keyword) =>
      wanted(path, keyword, { reason, type: 'shop.order.v1' }).wanted;
    expect(of('', 'size')).toBe('at most 65536 bytes of JSON');
    expect(of('', 'nesting')).toMatch(/^at most 32 levels/);
    for (const rule of ['number', 'text', 'key']) expect(of('', rule), rule).toBeTypeOf('string');
    expect(of('/time', 'minimum', 'time')).toMatch(/^at most 400 days old/);
    expect(of('/time', 'maximum', 'time')).toMatch(/^at most 24 hours ahead/);
    expect(of('/type', 'sdks', 'sdk')).toBe('the key of an SDK that the type lists: web');
  });

  test('what neither schema nor rule knows is left open', () => {
    expect(wanted('', 'mapping', { reason: 'mapping', type: 'shop.order.v1' })).toEqual({
      path: '',
      keyword: 'mapping',
    });
    expect(wanted('/data/not/there', 'type')).toMatchObject({ href: '/catalog/types/shop.order.v1.html' });
  });

  test('each reason has something to do', () => {
    for (const reason of ['unknown-type', 'sdk', 'schema', 'mapping', 'legacy-value', 'time', 'of another release']) {
      expect(fixOf(reason, schema), reason).not.toBe('');
    }
    expect(fixOf('sdk', schema)).toContain('web');
    expect(fixOf('sdk', undefined)).toContain('none');
  });
});

test('what waits is summed by stage, dead letters beside it, in the order of the walk', () => {
  const stats = [
    { subscription: 'to-table.event.a.b.v1', backlogMessages: 2, oldestMessageAgeMillis: 10 },
    { subscription: 'to-table.event.c.d.v1', backlogMessages: 3, oldestMessageAgeMillis: 40 },
    { subscription: 'second-line.to-table.event.c.d.v1', backlogMessages: 5, oldestMessageAgeMillis: 999 },
    { subscription: 'to-table.quarantine', backlogMessages: 1, oldestMessageAgeMillis: 7 },
    { subscription: 'publish-schema', backlogMessages: 0 },
    { subscription: 'second-line.dedup', backlogMessages: 4 },
  ];
  expect(stagesOf(stats)).toEqual([
    { stage: 'dedup', waiting: 0, deadLetters: 4 },
    { stage: 'pseudonymize', waiting: 0, deadLetters: 0 },
    { stage: 'tables of events', waiting: 5, oldestMillis: 40, deadLetters: 5 },
    { stage: 'tables of operators', waiting: 1, oldestMillis: 7, deadLetters: 0 },
    { stage: 'publish-schema', waiting: 0, deadLetters: 0 },
  ]);
});

describe('an event of the list', () => {
  const row = { event_key: 'k', sdk: 'web', received_time: 't', data: { amount: 1 } };

  test('a row has its type by its table, and is asked for in its view', () => {
    const event = { number: 7, kind: 'row', table: 'shop_order_v1', row } as const;
    expect(listedEvent(event, schemas)).toMatchObject({
      number: 7,
      type: 'shop.order.v1',
      id: 'k',
      summary: '{"amount":1}',
    });
    expect(rowAnswer(event, schemas)).toEqual({
      type: 'shop.order.v1',
      row,
      sql: "SELECT * FROM events.shop_order_v1 WHERE event_key = 'k'",
    });
  });

  test('a row of a type in alpha says its type, and its data is read', () => {
    const alpha = { ...row, type: 'shop.cart.v1', data: '{"items":2}' };
    const event = { number: 7, kind: 'row', table: 'alpha', row: alpha } as const;
    expect(rowAnswer(event, schemas)).toMatchObject({ type: 'shop.cart.v1', row: { data: { items: 2 } } });
    expect(rowAnswer(event, schemas)['sql']).toContain('events.shop_cart_v1 ');
  });

  test('a refused one tells places and rules, and no payload', () => {
    const refused = { record_key: 'r', reason: 'schema', errors: [{ path: '', keyword: 'size' }], payload: 'SECRET' };
    const listed = listedEvent({ number: 7, kind: 'refused', table: 'quarantine', row: refused }, schemas);
    expect(listed).toMatchObject({ key: 'r', reason: 'schema', summary: '/ size', type: null });
    expect(JSON.stringify(listed)).not.toContain('SECRET');
  });
});
