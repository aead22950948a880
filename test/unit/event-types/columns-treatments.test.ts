import { describe, expect, test } from 'vitest';
import type { JsonObject, JsonValue } from '../../../shared/event/json.ts';
import { mapPayload } from '../../../shared/event-types/columns.ts';
import { schemaDocument } from '../../helpers/schemas.ts';
import { columnsOf, problemsOf, shapeOf } from './payload-columns.ts';

describe('treatments', () => {
  const drop = { treatment: { do: 'drop' } };

  test.each<JsonValue>([
    { type: 'string', ...drop },
    { type: 'object', properties: { b: { type: 'string' } }, ...drop },
    { type: 'array', items: { type: 'string', ...drop } },
    { type: 'object', properties: { b: { type: 'string', ...drop } } },
    { anyOf: [{ type: 'string' }, { type: 'null' }], ...drop },
    { anyOf: [{ type: 'string' }, { type: 'object' }], ...drop },
    { type: ['string', 'object'], ...drop },
    { ...drop },
  ])('%j has no column', (node) => {
    expect(problemsOf({ a: node })).toEqual([]);
    expect(shapeOf(node)).toBeUndefined();
  });

  test('a dropped property stays declared, so that it is not counted as unknown', () => {
    const mapped = mapPayload(
      schemaDocument({ properties: { a: { type: 'string', ...drop }, b: { type: 'string' } } }),
    );
    expect('problems' in mapped ? undefined : [...mapped.declared]).toEqual(['a', 'b']);
  });

  test.each<[JsonObject, string]>([
    [{ type: 'string', treatment: { do: 'pseudonymize' } }, 'STRING'],
    [{ type: 'integer', treatment: { do: 'pseudonymize' } }, 'STRING'],
    [{ type: ['string', 'integer', 'null'], treatment: { do: 'pseudonymize' } }, 'STRING'],
    [{ anyOf: [{ type: 'string' }, { type: 'integer' }], treatment: { do: 'pseudonymize' } }, 'STRING'],
    [{ type: 'string', format: 'date-time', treatment: { do: 'pseudonymize' } }, 'STRING'],
    [
      {
        anyOf: [
          { type: 'string', format: 'ipv4' },
          { type: 'string', format: 'ipv6' },
        ],
        treatment: { do: 'truncate', to: 'network' },
      },
      'STRING',
    ],
    [{ type: 'string', format: 'date-time', treatment: { do: 'truncate', to: 'hour' } }, 'TIMESTAMP'],
    [{ type: 'string', format: 'ipv6', treatment: { do: 'truncate', to: 'network' } }, 'STRING'],
    [{ type: 'string', format: 'date-time', treatment: { do: 'truncate', to: 'day' } }, 'TIMESTAMP'],
    [{ type: 'number', treatment: { do: 'tokenize', realm: 'customer', domain: 'a' } }, 'STRING'],
    [{ type: 'number', treatment: { do: 'truncate', to: 'grid', gridDegrees: 0.1 } }, 'FLOAT64'],
    [{ type: 'integer', treatment: { do: 'truncate', to: 'grid', gridDegrees: 5 } }, 'FLOAT64'],
  ])('%j keeps a column and the treatment', (node, type) => {
    const [column] = columnsOf({ a: node });
    expect(column).toEqual({ name: 'a', property: 'a', type, mode: 'NULLABLE', treatment: node['treatment'] });
    if (Array.isArray(node['type']) || node['anyOf'] !== undefined) return;
    expect(columnsOf({ a: { type: 'array', items: node } })[0]).toMatchObject({ type, mode: 'REPEATED' });
  });

  test.each<[JsonObject, JsonObject]>([
    [{ type: 'number' }, { anyKind: true }],
    [{ type: 'boolean' }, { anyKind: true }],
    [{ type: 'object', additionalProperties: false, properties: { b: { type: 'string' } } }, { anyKind: true }],
    [{ type: 'object', additionalProperties: { type: 'integer' } }, { anyKind: true }],
    [{ type: 'array', items: { type: 'string' } }, { anyKind: true }],
    [{ type: ['string', 'object', 'null'] }, { anyKind: true }],
  ])('%j can be encrypted whole, and is text then', (node, more) => {
    const [column] = columnsOf({ a: { ...node, treatment: { do: 'pseudonymize' } } });
    const treatment = { do: 'pseudonymize', ...more };
    expect(column).toEqual({ name: 'a', property: 'a', type: 'STRING', mode: 'NULLABLE', treatment });
  });

  test('a block of padding is of 16 bytes unless it is said otherwise', () => {
    const padOf = (pad: JsonValue) => columnsOf({ a: { type: 'string', treatment: { do: 'pseudonymize', pad } } })[0];
    expect([padOf(true), padOf(64)]).toMatchObject([{ treatment: { padBytes: 16 } }, { treatment: { padBytes: 64 } }]);
  });

  test.each<[JsonObject, RegExp]>([
    [{ type: 'string', treatment: 'drop' }, /is an object/],
    [{ type: 'string', treatment: { do: 'hash' } }, /"do" is one of/],
    [{ type: 'string', treatment: { do: 'tokenize', realm: 'customer' } }, /"realm" and a "domain"/],
    [{ type: 'string', treatment: { do: 'tokenize', realm: 'source', domain: 'a' } }, /"realm" and a "domain"/],
    [{ type: 'string', treatment: { do: 'tokenize', realm: 'customer', domain: 'A b' } }, /"realm" and a "domain"/],
    [{ treatment: { do: 'tokenize', realm: 'customer', domain: 'a' } }, /needs a "type"/],
    [{ type: 'string', treatment: { do: 'pseudonymize', pad: 1 } }, /"pad" is true/],
    [{ type: 'string', treatment: { do: 'pseudonymize', pad: 1.5 } }, /from 2 to 1024/],
    [{ type: 'string', treatment: { do: 'pseudonymize', pad: false } }, /"pad" is true/],
    [
      { anyOf: [{ type: 'string', format: 'ipv4' }, { type: 'string' }], treatment: { do: 'truncate', to: 'network' } },
      /"anyOf" the two/,
    ],
    [{ type: 'string', format: 'date', treatment: { do: 'truncate', to: 'hour' } }, /hour takes/],
    [{ treatment: { do: 'pseudonymize' } }, /strings and integers/],
    [{ type: 'string', treatment: { do: 'truncate', to: 'network' } }, /ipv4/],
    [{ type: 'string', format: 'date', treatment: { do: 'truncate', to: 'day' } }, /date-time/],
    [{ type: 'number', treatment: { do: 'truncate', to: 'grid' } }, /gridDegrees/],
    [{ type: 'number', treatment: { do: 'truncate', to: 'grid', gridDegrees: 0 } }, /gridDegrees/],
    [{ type: 'string', treatment: { do: 'truncate', to: 'grid', gridDegrees: 1 } }, /takes a number/],
    [{ type: 'string', treatment: { do: 'truncate', to: 'city' } }, /"to" is one of/],
    [{ type: 'string', treatment: { do: 'pseudonymize', subject: 'x' } }, /"subject" is an object/],
    [{ type: 'string', treatment: { do: 'pseudonymize', subject: { realm: 'A', pointer: '/a' } } }, /"realm"/],
    [{ type: 'string', treatment: { do: 'pseudonymize', subject: { realm: 'source', pointer: '/a' } } }, /"realm"/],
    [{ type: 'string', treatment: { do: 'pseudonymize', subject: { realm: 'user', pointer: 'a' } } }, /"pointer"/],
    [{ type: 'string', treatment: { do: 'pseudonymize', subject: { realm: 'user', pointer: '/~2' } } }, /"pointer"/],
  ])('%j is refused', (node, message) => {
    expect(problemsOf({ a: node })).toEqual([expect.stringMatching(/^\/properties\/a\/treatment: /)]);
    expect(problemsOf({ a: node })[0]).toMatch(message);
  });

  test.each<JsonValue>([
    { type: 'array', items: { type: ['string', 'null'], treatment: { do: 'pseudonymize' } } },
    { type: 'object', additionalProperties: { type: 'string', treatment: { do: 'pseudonymize' } } },
    { anyOf: [{ type: 'string', treatment: { do: 'pseudonymize' } }, { type: 'object' }] },
    { type: 'object', additionalProperties: { $ref: '#/$defs/person' } },
    { type: 'array', items: { type: 'array', items: { $ref: '#/$defs/person' } } },
  ])('%j would be lost inside a JSON column: refused', (node) => {
    const $defs = { person: { type: 'string', treatment: { do: 'pseudonymize' } } };
    expect(problemsOf({ a: node }, $defs)).toEqual([expect.stringMatching(/^\/properties\/a.*one JSON column/)]);
  });
});
