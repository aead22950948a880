import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { importHashKey } from '../../../shared/crypto/keyed-hash.ts';
import type { JsonObject, JsonValue } from '../../../shared/event/json.ts';
import { projectPayload } from '../../../shared/event-types/project.ts';
import { tokensOf } from '../../../shared/event-types/tokens.ts';
import { eventSchema, schemaDocument } from '../../helpers/schemas.ts';

const key = importHashKey(Buffer.alloc(32, 1));
const tokenOf = tokensOf(key);
const hosts = { realm: 'customer', domain: 'mail-hosts' };

describe('a token', () => {
  test('is equal for equal values, and for nothing else: not in another realm or domain, nor under another key', () => {
    const name = fc.constantFrom('a', 'b', 'a-b');
    const one = fc.record({ realm: name, domain: name, text: fc.constantFrom('x', 'y', 'a x', '') });
    fc.assert(
      fc.property(one, one, (a, b) => {
        const isSame = a.realm === b.realm && a.domain === b.domain && a.text === b.text;
        expect(tokenOf(a, a.text) === tokenOf(b, b.text)).toBe(isSame);
        expect(tokensOf(importHashKey(Buffer.alloc(32, 2)))(a, a.text)).not.toBe(tokenOf(a, a.text));
      }),
    );
  });

  test('has 22 characters whatever it stands for, and is the same for good', () => {
    expect(tokenOf(hosts, 'example.com')).toMatch(/^[\w-]{22}$/);
    expect(tokenOf(hosts, 'x'.repeat(10_000))).toHaveLength(22);
    expect(tokenOf(hosts, 'example.com')).toBe('J9vQsdnFimNzFv0K8PSK8w');
  });
});

describe('a value that becomes a token', () => {
  const treatment = (subject?: JsonObject): JsonObject => ({
    do: 'tokenize',
    ...hosts,
    ...(subject ? { subject } : {}),
  });
  const { payload } = eventSchema(
    schemaDocument({
      properties: {
        host: { type: 'string', treatment: treatment() },
        whole: { type: 'object', additionalProperties: { type: 'integer' }, treatment: treatment() },
        other: { type: 'string', treatment: treatment({ realm: 'user', pointer: '/nobody' }) },
      },
    }),
  );
  const project = (data: JsonObject, subject: string) =>
    projectPayload(payload, data, { realm: 'customer', subject }, tokenOf);
  const rowOf = (data: JsonObject, subject: string): Record<string, JsonValue> => {
    const { row, personalValues } = project(data, subject);
    for (const { settle } of personalValues) settle('');
    return row;
  };

  test('is the same of two people, needs no key of theirs, and of objects follows what they mean', () => {
    const [one, two] = [rowOf({ host: 'example.com' }, 'c-1'), rowOf({ host: 'example.com' }, 'c-2')];
    expect(one).toEqual({ host: tokenOf(hosts, 'example.com') });
    expect(two).toEqual(one);
    expect(rowOf({ whole: { a: 1, b: 2 } }, 'c')).toEqual(rowOf({ whole: { b: 2, a: 1 } }, 'c'));
    expect(project({ host: 'x' }, 'c-1').personalValues).toMatchObject([{ subject: { subject: 'c-1' } }]);
    expect(project({ host: 'x' }, 'c-1').personalValues[0]).not.toHaveProperty('plaintext');
  });

  test('is left out for who is erased, and where nobody stands', () => {
    const { row, personalValues, unownedCount } = project({ host: 'x', other: 'y' }, 'c-1');
    for (const { settle } of personalValues) settle(null);
    expect([row, unownedCount]).toEqual([{}, 1]);
  });

  test('is never written where there is no key', () => {
    expect(() => projectPayload(payload, { host: 'x' }, { realm: 'customer', subject: 'c' })).toThrow(
      'no key for tokens',
    );
  });
});
