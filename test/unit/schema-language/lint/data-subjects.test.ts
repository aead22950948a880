import { describe, expect, test } from 'vitest';
import type { JsonObject } from '../../../../shared/event/json.ts';
import { lintSchema } from '../../../../shared/schema-language/lint/lint.ts';
import { schemaDocument } from '../../../helpers/schemas.ts';

const text = { description: 'x', type: 'string' };

describe('a pointer to a data subject', () => {
  const who = (pointer: string, more: JsonObject = {}): JsonObject => ({
    ...text,
    treatment: { do: 'pseudonymize', subject: { realm: 'customer', pointer, ...more } },
  });
  const subjects = (schema: JsonObject) =>
    lintSchema({ ...schemaDocument(), ...schema }, { foreign: false })
      .filter(({ rule }) => rule.startsWith('subject-'))
      .map(
        ({ severity, pointer, fix }) =>
          `${severity} ${pointer.replace('/treatment/subject/pointer', '')}${fix?.startsWith('did you') ? ` ${fix}` : ''}`,
      );
  const closed = { type: 'object', additionalProperties: false };
  const sender = {
    ...closed,
    description: 'x',
    required: ['id'],
    properties: { id: { description: 'x', type: 'integer', notPersonal: 'x' }, at: who('1/id') },
  };

  test.each<[string, JsonObject, string[]]>([
    ['that always leads to somebody', { properties: { a: who('/sender/id'), sender }, required: ['sender'] }, []],
    ['to the value itself', { properties: { a: who('0') } }, []],
    ['beside the value', { properties: { sender } }, []],
    [
      'in what the value is in',
      {
        properties: {
          o: {
            ...closed,
            description: 'x',
            required: ['id'],
            properties: {
              id: text,
              p: { ...closed, description: 'x', properties: { a: who('/o/id'), b: who('2/id') } },
            },
          },
        },
      },
      [],
    ],
    [
      'in the same object of a list',
      {
        properties: {
          o: {
            description: 'x',
            type: 'array',
            items: { ...closed, required: ['id'], properties: { id: text, a: who('1/id') } },
          },
        },
      },
      [],
    ],
    [
      'required by all alternatives',
      { ...closed, properties: { a: who('/id'), id: text }, anyOf: [{ required: ['id'] }, { required: ['id', 'a'] }] },
      [],
    ],
    [
      'that is misspelt',
      { properties: { a: who('/sendr/id'), sender }, required: ['sender'] },
      ['error /properties/a did you mean "/sender/id"?'],
    ],
    [
      'that is misspelt where it ends',
      { properties: { sender: { ...sender, properties: { id: text, at: who('1/idd') } } } },
      ['error /properties/sender/properties/at did you mean "1/id"?'],
    ],
    ['to an object', { properties: { a: who('/sender'), sender }, required: ['sender'] }, ['error /properties/a']],
    ['into a text', { properties: { a: who('/b/id'), b: text }, required: ['b'] }, ['error /properties/a']],
    ['above the payload', { properties: { a: who('2/id'), id: text }, required: ['id'] }, ['error /properties/a']],
    ['to what never is', { properties: { a: who('/b'), b: false } }, ['error /properties/a']],
    ['to what need not be, as is meant', { properties: { a: who('/sender/id', { optional: true }), sender } }, []],
    ['to what need not be', { properties: { a: who('/sender/id'), sender } }, ['warning /properties/a']],
    [
      'to what may be null',
      { properties: { a: who('/b'), b: { description: 'x', type: ['string', 'null'] } }, required: ['b'] },
      ['warning /properties/a'],
    ],
    [
      'to an item',
      {
        properties: { a: who('/b/0'), b: { description: 'x', type: 'array', items: { type: 'string' } } },
        required: ['b'],
      },
      ['warning /properties/a'],
    ],
    [
      'to what an open object does not declare',
      { properties: { a: who('/sendr'), sender: text }, additionalProperties: true },
      ['warning /properties/a did you mean "/sender"?'],
    ],
  ])('%s', (_what, schema, findings) => {
    expect(subjects(schema)).toEqual(findings);
  });
});
