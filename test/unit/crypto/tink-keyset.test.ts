import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createSeededRandom } from '../../../shared/adapters/memory/seeded-random.ts';
import { bytesField, uint32Field } from '../../../shared/crypto/protobuf.ts';
import {
  maxKeysetBytes,
  maxKeysetKeys,
  newAesGcmKeyset,
  newAesSivKeyset,
  parseKeyset,
  rotateKeyset,
  serializeKeyset,
  type TinkKeyset,
  type TinkKeyType,
} from '../../../shared/crypto/tink-keyset.ts';
import fixture from '../../data/crypto/tink.json' with { type: 'json' };
import { bytes, hex } from './hex.ts';

const random = createSeededRandom(1);

function problem(serialized: Uint8Array, type: TinkKeyType = 'AesSivKey'): string {
  const parsed = parseKeyset(serialized, type);
  return parsed.kind === 'unreadable' ? parsed.problem : 'it was readable';
}

const sivUrl = 'type.googleapis.com/google.crypto.tink.AesSivKey';
const secret = 'secret'.repeat(20).slice(0, 64);

interface Parts {
  primary?: number;
  url?: string;
  version?: number;
  value?: string;
  material?: number;
  status?: number;
  id?: number;
  prefix?: number;
  extra?: Uint8Array;
}

/** A key in Tink's encoding; valid unless a part says otherwise. */
function keyMessage(parts: Parts = {}): Uint8Array {
  const key = Buffer.concat([uint32Field(1, parts.version ?? 0), bytesField(2, Buffer.from(parts.value ?? secret))]);
  const data = [
    bytesField(1, Buffer.from(parts.url ?? sivUrl)),
    bytesField(2, key),
    uint32Field(3, parts.material ?? 1),
  ];
  return Buffer.concat([
    bytesField(1, Buffer.concat(data)),
    uint32Field(2, parts.status ?? 1),
    uint32Field(3, parts.id ?? 5),
    uint32Field(4, parts.prefix ?? 1),
    parts.extra ?? new Uint8Array(0),
  ]);
}

function keysetMessage(primary: number, keys: readonly Uint8Array[]): Uint8Array {
  return Buffer.concat([uint32Field(1, primary), ...keys.map((key) => bytesField(2, key))]);
}

function oneKey(parts: Parts): Uint8Array {
  return keysetMessage(parts.primary ?? 5, [keyMessage(parts)]);
}

describe("Tink's keysets", () => {
  it.each(fixture.deterministic)('are read and written as Tink writes them (AES-SIV)', ({ keyset }) => {
    const parsed = parseKeyset(bytes(keyset), 'AesSivKey');
    if (parsed.kind !== 'keyset') expect.unreachable(parsed.problem);
    expect(parsed.keyset.primary.value).toHaveLength(64);
    expect(hex(serializeKeyset(parsed.keyset))).toBe(keyset);
  });

  it.each(fixture.aead)('are read and written as Tink writes them (AES-GCM)', ({ keyset }) => {
    const parsed = parseKeyset(bytes(keyset), 'AesGcmKey');
    if (parsed.kind !== 'keyset') expect.unreachable(parsed.problem);
    expect(parsed.keyset.primary.value).toHaveLength(32);
    expect(hex(serializeKeyset(parsed.keyset))).toBe(keyset);
  });

  it('survive writing and reading, with any number of keys', () => {
    fc.assert(
      fc.property(fc.integer(), fc.nat({ max: 5 }), fc.boolean(), (seed, rotations, deterministic) => {
        const source = createSeededRandom(seed);
        let keyset: TinkKeyset<TinkKeyType> = deterministic ? newAesSivKeyset(source) : newAesGcmKeyset(source);
        for (let count = 0; count < rotations; count += 1) keyset = rotateKeyset(keyset, source);
        expect(keyset.keys).toHaveLength(rotations + 1);
        expect(keyset.keys.at(-1)).toBe(keyset.primary);
        expect(parseKeyset(serializeKeyset(keyset), keyset.type)).toEqual({ kind: 'keyset', keyset });
      }),
    );
  });

  it('hold keys of their own, each with an id that is not 0', () => {
    const keysets = Array.from({ length: 50 }, () => newAesSivKeyset(random));
    expect(new Set(keysets.map(({ primary }) => hex(primary.value))).size).toBe(50);
    expect(new Set(keysets.map(({ primary }) => primary.id)).size).toBe(50);
    let draws = 0;
    const zeroFirst = { bytes: (length: number) => new Uint8Array(length).fill(draws++ === 0 ? 0 : 9) };
    expect(newAesSivKeyset(zeroFirst).primary.id).toBe(0x09090909);
  });

  it('are not made with a source of randomness that repeats itself', () => {
    const stuck = { bytes: (length: number) => new Uint8Array(length).fill(3) };
    const keyset = newAesGcmKeyset(stuck);
    expect(() => rotateKeyset(keyset, stuck)).toThrow('no new key id');
  });

  it('keep no view of what they were read from', () => {
    const serialized = serializeKeyset(newAesSivKeyset(random));
    const parsed = parseKeyset(serialized, 'AesSivKey');
    if (parsed.kind !== 'keyset') expect.unreachable(parsed.problem);
    const before = hex(parsed.keyset.primary.value);
    serialized.fill(0);
    expect(hex(parsed.keyset.primary.value)).toBe(before);
  });
});

describe('a keyset that cannot be used', () => {
  it.each<[string, Uint8Array, string]>([
    ['nothing', new Uint8Array(0), 'the primary key is not among the keys'],
    ['a text', Buffer.from('{"primaryKeyId": 5}'), 'at byte 0: field 15 with wire type 3 is not expected'],
    ['a primary that is not there', oneKey({ primary: 6 }), 'the primary key is not among the keys'],
    ['a disabled key', oneKey({ status: 2 }), 'key 1: status 2, only enabled keys (1) are read'],
    ['a raw key', oneKey({ prefix: 3 }), 'key 1: output prefix 3, only TINK (1) is read'],
    ['a key without id', oneKey({ id: 0 }), 'key 1: its id is missing'],
    [
      'a key of another type',
      oneKey({ url: sivUrl.replace('Siv', 'Eax') }),
      'key 1: key data: its type is not AesSivKey',
    ],
    ['a public key', oneKey({ material: 3 }), 'key 1: key data: key material type 3, only SYMMETRIC (1) is read'],
    ['a later version', oneKey({ version: 1 }), 'key 1: key data: AesSivKey: version 1, only version 0 is read'],
    [
      'a short key',
      oneKey({ value: secret.slice(32) }),
      'key 1: key data: AesSivKey: 32 bytes, only keys of 64 are read',
    ],
    ['an unknown field', oneKey({ extra: uint32Field(9, 1) }), 'field 9 with wire type 0 is not expected'],
    ['a field that comes twice', oneKey({ extra: uint32Field(3, 7) }), 'field 3 comes twice'],
    ['two keys of one id', keysetMessage(5, [keyMessage(), keyMessage()]), 'key 2: its id comes twice'],
    ['a number above 32 bits', bytes('08ffffffff1f'), 'at byte 0: field 1 has no 32-bit number or length'],
    ['a number without end', bytes('08ffffffffffffffffff01'), 'at byte 0: field 1 has no 32-bit number or length'],
    ['a length beyond the end', bytes('1205aa'), 'at byte 0: field 2 is longer than the message'],
  ])('with %s says so', (_name, serialized, expected) => {
    expect(problem(serialized)).toContain(expected);
    expect(problem(serialized)).not.toContain('secret');
  });

  it('is one of the other type', () => {
    expect(problem(serializeKeyset(newAesGcmKeyset(random)), 'AesSivKey')).toContain('its type is not AesSivKey');
    expect(problem(serializeKeyset(newAesSivKeyset(random)), 'AesGcmKey')).toContain('its type is not AesGcmKey');
  });

  it('is one beyond the bounds, to the byte and to the key', () => {
    const keys = (count: number) => Array.from({ length: count }, (_, index) => keyMessage({ id: index + 5 }));
    expect(problem(keysetMessage(5, keys(maxKeysetKeys)))).toBe('it was readable');
    expect(problem(keysetMessage(5, keys(maxKeysetKeys + 1)))).toContain(`at most ${maxKeysetKeys} are read`);
    expect(problem(new Uint8Array(maxKeysetBytes))).not.toContain('a keyset has at most');
    expect(problem(new Uint8Array(maxKeysetBytes + 1))).toContain(`a keyset has at most ${maxKeysetBytes}`);
  });

  it('is one that was cut off anywhere', () => {
    const whole = serializeKeyset(newAesSivKeyset(random));
    for (let length = 0; length < whole.length; length += 1) {
      expect(parseKeyset(whole.subarray(0, length), 'AesSivKey').kind).toBe('unreadable');
    }
  });

  it('is reported, never thrown, whatever the bytes', () => {
    const whole = serializeKeyset(newAesSivKeyset(random));
    const damaged = fc.tuple(fc.nat(whole.length - 1), fc.nat(255)).map(([at, value]) => whole.with(at, value));
    fc.assert(
      fc.property(fc.oneof(fc.uint8Array({ maxLength: 300 }), damaged), (serialized) => {
        expect(['keyset', 'unreadable']).toContain(parseKeyset(serialized, 'AesSivKey').kind);
      }),
    );
  });
});
