import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { JsonObject, JsonValue } from '../../../shared/event/json.ts';
import { MappingMismatch, projectPayload } from '../../../shared/event-types/project.ts';
import { eventSchema, schemaDocument } from '../../helpers/schemas.ts';

const envelopeSubject = { realm: 'customer', subject: 'c-1' };

/** The row with every personal value as `realm/subject:plaintext`, and who was asked for. */
function project(properties: JsonObject, data: JsonObject) {
  const { payload } = eventSchema(schemaDocument({ properties, open: true }));
  const projected = projectPayload(payload, data, envelopeSubject);
  for (const { subject, plaintext, settle } of projected.personalValues) {
    settle(`${subject.realm}/${subject.subject}:${plaintext ?? ''}`);
  }
  const { row, undeclaredCount, unownedCount } = projected;
  return {
    row,
    undeclaredCount,
    unownedCount,
    subjects: projected.personalValues.map(({ subject }) => subject.subject),
  };
}

const text = { type: 'string' };
const pseudonym = (pointer?: string, realm = 'user'): JsonObject => ({
  type: ['string', 'integer'],
  treatment: { do: 'pseudonymize', ...(pointer === undefined ? {} : { subject: { realm, pointer } }) },
});

describe('values', () => {
  test('stand under their column names, as their columns take them', () => {
    const properties = {
      orderId: text,
      placedAt: { type: 'string', format: 'date-time' },
      dueOn: { type: 'string', format: 'date' },
      count: { type: 'integer' },
      price: { type: 'number' },
      paid: { type: 'boolean' },
      extra: { type: 'object' },
      either: { type: ['string', 'integer'] },
      tags: { type: 'array', items: text },
      address: { type: 'object', properties: { cityName: text }, additionalProperties: true },
      lines: { type: 'array', items: { type: 'object', properties: { articleNo: { type: 'integer' } } } },
    };
    const data = {
      orderId: 'o-1',
      placedAt: '2026-05-06T01:00:00+02:00',
      dueOn: '2026-05-07',
      count: -0,
      price: 9.5,
      paid: false,
      extra: { b: [1, { a: null }] },
      either: 5,
      tags: ['x', 'y'],
      address: { cityName: 'Lund', undeclared: 1 },
      lines: [{ articleNo: 1 }, {}],
    };
    const { row, undeclaredCount } = project(properties, { ...data, unknown: { deep: 1 } });
    expect(JSON.parse(JSON.stringify(row))).toEqual({
      order_id: 'o-1',
      placed_at: '2026-05-05T23:00:00.000000Z',
      due_on: '2026-05-07',
      count: 0,
      price: 9.5,
      paid: false,
      extra: '{"b":[1,{"a":null}]}',
      either: '5',
      tags: ['x', 'y'],
      address: { city_name: 'Lund' },
      lines: [{ article_no: 1 }, {}],
    });
    expect(undeclaredCount).toBe(2);
  });

  test('that are null or absent are left out', () => {
    const properties = { a: { type: ['string', 'null'] }, b: text, c: { type: ['array', 'null'], items: text } };
    expect(project(properties, { a: null, c: null }).row).toEqual({});
  });

  test('are never taken from the prototype', () => {
    expect(project({ constructor: text, toString: text }, {}).row).toEqual({});
  });

  test.each<[JsonObject, JsonObject]>([
    [{ a: text }, { a: 5 }],
    [{ a: { type: 'string', format: 'date-time' } }, { a: 'yesterday' }],
    [{ a: { type: 'string', format: 'date-time' } }, { a: 5 }],
    [{ a: { type: 'boolean' } }, { a: 'true' }],
    [{ a: { type: 'integer' } }, { a: 1.5 }],
    [{ a: { type: 'integer' } }, { a: 9007199254740992 }],
    [{ a: { type: 'number' } }, { a: '1' }],
    [{ a: { type: 'array', items: text } }, { a: 'x' }],
    [{ a: { type: 'array', items: text } }, { a: [null] }],
    [{ a: { type: 'object', properties: { b: text } } }, { a: [] }],
    [{ a: pseudonym() }, { a: true }],
    [{ a: { type: 'string', format: 'ipv4', treatment: { do: 'truncate', to: 'network' } } }, { a: 'home' }],
  ])('%j does not take %j: a mismatch that names the column, no value', (properties, data) => {
    const { payload } = eventSchema(schemaDocument({ properties }));
    expect(() => projectPayload(payload, data, envelopeSubject)).toThrow(MappingMismatch);
    expect(() => projectPayload(payload, data, envelopeSubject)).toThrow(/^column a /);
  });
});

describe('personal values', () => {
  test('belong to the subject of the envelope unless the treatment says whose they are', () => {
    const { row } = project({ a: pseudonym(), b: pseudonym('/b') }, { a: 'x', b: 42 });
    expect(row).toEqual({ a: 'customer/c-1:x', b: 'user/42:42' });
  });

  test('find their subject from the root and from where they stand', () => {
    const user = {
      type: 'object',
      properties: {
        id: pseudonym('0'),
        login: pseudonym('1/id'),
        contact: { type: 'object', properties: { mail: pseudonym('2/id') } },
      },
    };
    const properties = { sender: user, note: pseudonym('/sender/id'), reviewers: { type: 'array', items: user } };
    const person = (id: number) => ({ id, login: `l${id}`, contact: { mail: `m${id}` } });
    const { row } = project(properties, { sender: person(1), note: 'n', reviewers: [person(2), person(3)] });
    const expected = (id: number) => ({
      id: `user/${id}:${id}`,
      login: `user/${id}:l${id}`,
      contact: { mail: `user/${id}:m${id}` },
    });
    expect(row).toEqual({ sender: expected(1), note: 'user/1:n', reviewers: [expected(2), expected(3)] });
  });

  test('in an array keep their order and each their own subject', () => {
    const { row } = project({ ids: { type: 'array', items: pseudonym('0') } }, { ids: ['b', 'a', 'b'] });
    expect(row).toEqual({ ids: ['user/b:b', 'user/a:a', 'user/b:b'] });
  });

  test.each<[string, JsonObject]>([
    ['is absent', { login: 'x' }],
    ['is null', { login: 'x', id: null }],
    ['is empty', { login: 'x', id: '' }],
    ['is an object', { login: 'x', id: {} }],
    ['is a boolean', { login: 'x', id: true }],
  ])('whose subject %s are dropped and counted, never given to somebody else', (_how, data) => {
    const properties = {
      login: pseudonym('1/id'),
      when: {
        type: 'string',
        format: 'date-time',
        treatment: { do: 'truncate', to: 'day', subject: { realm: 'user', pointer: '/id' } },
      },
    };
    const result = project(properties, { ...data, when: '2026-01-01T10:00:00Z' });
    expect(result).toEqual({ row: {}, undeclaredCount: 'id' in data ? 1 : 0, unownedCount: 2, subjects: [] });
  });

  test('of any kind are encrypted whole, as canonical JSON; text and numbers as they are', () => {
    const whole: JsonObject = {
      type: ['string', 'number', 'boolean', 'array', 'object'],
      treatment: { do: 'pseudonymize' },
    };
    const plaintexts = (value: JsonValue) => {
      const { payload } = eventSchema(schemaDocument({ properties: { a: whole } }));
      return projectPayload(payload, { a: value }, envelopeSubject).personalValues.map(({ plaintext }) => plaintext);
    };
    expect(plaintexts('x')).toEqual(['x']);
    expect(plaintexts(1.5)).toEqual(['1.5']);
    expect(plaintexts(false)).toEqual(['false']);
    expect(plaintexts({ b: [1, null], a: { d: 1, c: 'é' } })).toEqual(['{"a":{"c":"é","d":1},"b":[1,null]}']);
    expect(plaintexts(['b', 'a'])).toEqual(['["b","a"]']);
  });

  test('are filled up to whole blocks, and what was there is told from what was filled up', () => {
    const text = fc.string({ unit: 'grapheme', maxLength: 40 });
    const blocks = fc.constantFrom(2, 16, 64);
    // As the page about schemas has it for who re-identifies.
    const filling = new RegExp(`${String.fromCharCode(1)}${String.fromCharCode(0)}*$`);
    const plaintextOf = (a: string, pad: number) => {
      const properties = { a: { type: 'string', treatment: { do: 'pseudonymize', pad } } };
      const { payload } = eventSchema(schemaDocument({ properties }));
      return projectPayload(payload, { a }, envelopeSubject).personalValues[0]?.plaintext ?? '';
    };
    fc.assert(
      fc.property(text, blocks, (value, pad) => {
        const plaintext = plaintextOf(value, pad);
        expect(Buffer.byteLength(plaintext) % pad).toBe(0);
        expect(Buffer.byteLength(plaintext) - Buffer.byteLength(value)).toBeLessThanOrEqual(pad);
        expect(plaintext.replace(filling, '')).toBe(value);
      }),
    );
    expect(new Set(['yes', 'no', 'perhaps later'].map((word) => plaintextOf(word, 16).length))).toEqual(new Set([16]));
  });

  test('that are truncated are cut, and left out when they are settled with null', () => {
    const { payload } = eventSchema(
      schemaDocument({
        properties: {
          ip: { type: 'string', format: 'ipv4', treatment: { do: 'truncate', to: 'network' } },
          name: pseudonym(),
          tags: { type: 'array', items: pseudonym() },
        },
      }),
    );
    const data = { ip: '192.0.2.7', name: 'x', tags: ['a', 'b'] };
    const kept = projectPayload(payload, data, envelopeSubject);
    for (const { plaintext, settle } of kept.personalValues) settle(plaintext === undefined ? '' : 'P');
    expect(kept.row).toEqual({ ip: '192.0.2.0', name: 'P', tags: ['P', 'P'] });
    const erased = projectPayload(payload, data, envelopeSubject);
    for (const { settle } of erased.personalValues) settle(null);
    expect(erased.row).toEqual({ tags: [] });
  });

  test('that are dropped leave nothing behind', () => {
    const drop = { treatment: { do: 'drop' } };
    const properties = {
      a: { ...text, ...drop },
      b: { type: 'object', properties: { c: { ...text, ...drop }, d: text } },
    };
    expect(project(properties, { a: 'x', b: { c: 'y', d: 'z' } })).toEqual({
      row: { b: { d: 'z' } },
      undeclaredCount: 0,
      unownedCount: 0,
      subjects: [],
    });
  });
});
