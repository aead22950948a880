import fc from 'fast-check';
import { expect, test } from 'vitest';
import { packUuids, uuidTexts } from '../../../shared/batch/uuid-column.ts';

const pack = (ids: readonly string[]) => packUuids(ids.length, (at) => ids[at] ?? '');

test('UUIDs take 16 bytes each, and are the same texts again', () => {
  fc.assert(
    fc.property(fc.array(fc.uuid()), (ids) => {
      const packed = pack(ids) ?? new Uint8Array(0);
      expect(Buffer.from(packed).toString('hex')).toBe(ids.join('').replaceAll('-', ''));
      expect(uuidTexts(packed).toString('latin1')).toBe(ids.join(''));
    }),
  );
});

const uuid = '0190c1f0-1234-7abc-8def-00000000000a';
test.each([
  '',
  uuid.slice(0, -1),
  `${uuid}0`,
  uuid.toUpperCase(),
  uuid.replace('-', '_'),
  uuid.replace('a', 'g'),
  uuid.replace('a', '/'),
  uuid.replace('a', 'š'),
  uuid.replace('0', '\u0130'),
  uuid.replace('f', '`'),
])('%j is no UUID in lower case, and those beside it are left as they are, too', (id) => {
  expect(pack([id])).toBeUndefined();
  expect(pack([uuid, id, uuid])).toBeUndefined();
});

test('any other character in any place makes it a text', () => {
  fc.assert(
    fc.property(fc.nat({ max: 35 }), fc.string({ unit: 'grapheme', minLength: 1, maxLength: 1 }), (at, character) => {
      const id = uuid.slice(0, at) + character + uuid.slice(at + 1);
      const isUuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(id);
      expect(pack([id]) !== undefined).toBe(isUuid);
    }),
  );
});
