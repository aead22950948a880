import { expect, test } from 'vitest';
import { permitsReplacement, replacementText } from '../../../shared/publication/replacement.ts';
import { readSchemaObjectName, replacementObjectName } from '../../../shared/publication/schema-object.ts';

const schema = { a: 1, b: [2] };
const active = { contentHash: 'ff' };
const bytes = (text: string) => Buffer.from(text);

test('one content is permitted in the place of one other', () => {
  const permission = bytes(replacementText(schema, active));
  expect(permitsReplacement(permission, { b: [2], a: 1 }, active)).toBe(true);
  expect(permitsReplacement(permission, { ...schema, a: 2 }, active)).toBe(false);
  expect(permitsReplacement(permission, schema, { contentHash: 'ee' })).toBe(false);
  expect(permitsReplacement(permission, schema, undefined)).toBe(false);
});

test('where nothing is active, the permission ends with the first revision', () => {
  const permission = bytes(replacementText(schema, undefined));
  expect(permitsReplacement(permission, schema, undefined)).toBe(true);
  expect(permitsReplacement(permission, schema, active)).toBe(false);
});

test.each(['', '{', '[]', 'null', '{}', '{"contentHash": true}', '{"replaces": null}'])(
  '%j permits nothing',
  (text) => {
    expect(permitsReplacement(bytes(text), schema, undefined)).toBe(false);
    expect(permitsReplacement(bytes(text), schema, active)).toBe(false);
  },
);

test('a permission has a name of its own, whatever the domain is called', () => {
  const name = replacementObjectName('shop.order.v1');
  expect(name).toBe('replacements/shop/order.v1.json');
  expect(readSchemaObjectName(name)).toEqual({ kind: 'replacement', type: 'shop.order.v1' });
  expect(readSchemaObjectName('replacements/order.v1.json')).toEqual({ kind: 'type', type: 'replacements.order.v1' });
  for (const other of [
    'replacements/sdks.json',
    'replacements/replacements/shop/order.v1.json',
    'a/shop/order.v1.json',
  ]) {
    expect(readSchemaObjectName(other)).toEqual({ kind: 'other' });
  }
});
