import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createSeededRandom } from '../../../shared/adapters/memory/seeded-random.ts';
import { type Aead, decryptKeyset, encryptKeyset, makeAead } from '../../../shared/crypto/tink-aead.ts';
import { makeDeterministicAead } from '../../../shared/crypto/tink-deterministic-aead.ts';
import {
  newAesGcmKeyset,
  newAesSivKeyset,
  parseKeyset,
  rotateKeyset,
  serializeKeyset,
  type TinkKeyset,
  type TinkKeyType,
} from '../../../shared/crypto/tink-keyset.ts';
import fixture from '../../data/crypto/tink.json' with { type: 'json' };
import { bytes, flipBit, hex } from './hex.ts';

const random = createSeededRandom(2);
const none = new Uint8Array(0);
const customer = Buffer.from('customer');
const address = Buffer.from('jane.doe@example.org');

function parsed<Type extends TinkKeyType>(keyset: string, type: Type): TinkKeyset<Type> {
  const result = parseKeyset(bytes(keyset), type);
  return result.kind === 'keyset' ? result.keyset : expect.unreachable(result.problem);
}

describe('compatibility with Tink', () => {
  it.each(fixture.deterministic)('deterministic: decrypts what Tink encrypted, encrypts to the same bytes', (made) => {
    const aead = makeDeterministicAead(parsed(made.keyset, 'AesSivKey'));
    for (const { plaintext, associatedData, ciphertext } of made.tests) {
      expect(hex(aead.decrypt(bytes(ciphertext), bytes(associatedData)))).toBe(plaintext);
      expect(hex(aead.encrypt(bytes(plaintext), bytes(associatedData)))).toBe(ciphertext);
    }
  });

  it.each(fixture.aead)('AEAD: decrypts what Tink encrypted, encrypts to the same bytes with the same IV', (made) => {
    const keyset = parsed(made.keyset, 'AesGcmKey');
    for (const { plaintext, associatedData, ciphertext } of made.tests) {
      const aead = makeAead(keyset, { bytes: (length) => bytes(ciphertext).subarray(5, 5 + length) });
      expect(hex(aead.decrypt(bytes(ciphertext), bytes(associatedData)))).toBe(plaintext);
      expect(hex(aead.encrypt(bytes(plaintext), bytes(associatedData)))).toBe(ciphertext);
    }
  });
});

const makers: [string, () => Aead, () => [Aead, Aead]][] = [
  [
    'deterministic AEAD',
    () => makeDeterministicAead(newAesSivKeyset(random)),
    () => {
      const keyset = newAesSivKeyset(random);
      return [makeDeterministicAead(keyset), makeDeterministicAead(rotateKeyset(keyset, random))];
    },
  ],
  [
    'AEAD',
    () => makeAead(newAesGcmKeyset(random), random),
    () => {
      const keyset = newAesGcmKeyset(random);
      return [makeAead(keyset, random), makeAead(rotateKeyset(keyset, random), random)];
    },
  ],
];

describe.each(makers)('%s', (_name, make, makeRotated) => {
  it('decrypts what it encrypted, whatever it is', () => {
    const aead = make();
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), fc.uint8Array({ maxLength: 50 }), (plaintext, associatedData) => {
        const ciphertext = aead.encrypt(plaintext, associatedData);
        expect(hex(aead.decrypt(ciphertext, associatedData))).toBe(hex(plaintext));
      }),
    );
  });

  it('decrypts nothing that was changed, anywhere', () => {
    const aead = make();
    const ciphertext = aead.encrypt(address, customer);
    for (let bit = 0; bit < ciphertext.length * 8; bit += 1) {
      expect(aead.decrypt(flipBit(ciphertext, bit), customer), `bit ${bit}`).toBeUndefined();
    }
    for (let length = 0; length < ciphertext.length; length += 1) {
      expect(aead.decrypt(ciphertext.subarray(0, length), customer), `length ${length}`).toBeUndefined();
    }
    expect(aead.decrypt(Buffer.concat([ciphertext, Buffer.of(0)]), customer)).toBeUndefined();
    expect(hex(aead.decrypt(ciphertext, customer))).toBe(hex(address));
  });

  it('decrypts nothing with other associated data or another key', () => {
    const aead = make();
    const ciphertext = aead.encrypt(address, customer);
    expect(aead.decrypt(ciphertext, none)).toBeUndefined();
    expect(aead.decrypt(ciphertext, Buffer.from('Customer'))).toBeUndefined();
    const other = make();
    expect(other.decrypt(ciphertext, customer)).toBeUndefined();
    expect(hex(other.encrypt(address, customer).subarray(5))).not.toBe(hex(ciphertext.subarray(5)));
  });

  it("does not take another key's ciphertext for its own when the ids are equal", () => {
    const [aead, other] = [make(), make()];
    const forged = Buffer.concat([aead.encrypt(none, none).subarray(0, 5), other.encrypt(none, none).subarray(5)]);
    expect(aead.decrypt(forged, none)).toBeUndefined();
  });

  it('decrypts with every key of its keyset and encrypts with the primary', () => {
    const [before, after] = makeRotated();
    const old = before.encrypt(address, customer);
    const fresh = after.encrypt(address, customer);
    expect(hex(after.decrypt(old, customer))).toBe(hex(address));
    expect(hex(after.decrypt(fresh, customer))).toBe(hex(address));
    expect(before.decrypt(fresh, customer)).toBeUndefined();
    expect(hex(fresh.subarray(0, 5))).not.toBe(hex(old.subarray(0, 5)));
  });
});

describe('the same value twice', () => {
  it('is the same ciphertext under one deterministic key, with the same associated data', () => {
    const keyset = newAesSivKeyset(random);
    const aead = makeDeterministicAead(keyset);
    const first = hex(aead.encrypt(address, customer));
    expect(hex(aead.encrypt(Buffer.from(address), customer))).toBe(first);
    expect(hex(makeDeterministicAead(keyset).encrypt(address, customer))).toBe(first);
    expect(hex(aead.encrypt(address, none))).not.toBe(first);
    const text = Buffer.from(address).toString();
    expect(Buffer.from(aead.encryptText(text), 'base64')).toEqual(Buffer.from(aead.encrypt(address, none)));
    expect(hex(aead.encrypt(Buffer.from('jane.doe@example.com'), customer))).not.toBe(first);
  });

  it('is never the same under the AEAD', () => {
    const aead = makeAead(newAesGcmKeyset(random), random);
    const all = Array.from({ length: 100 }, () => hex(aead.encrypt(address, customer)));
    expect(new Set(all).size).toBe(100);
  });
});

describe("a subject's keyset under the master", () => {
  const masterKeyset = newAesGcmKeyset(random);
  const master = makeAead(masterKeyset, random);
  const subject = newAesSivKeyset(random);
  const options = { type: 'AesSivKey', associatedData: customer } as const;

  it('comes back, also after the master was rotated', () => {
    const stored = encryptKeyset(master, subject, customer);
    expect(decryptKeyset(master, stored, options)).toEqual({ kind: 'keyset', keyset: subject });
    const rotated = makeAead(rotateKeyset(masterKeyset, random), random);
    expect(decryptKeyset(rotated, stored, options)).toEqual({ kind: 'keyset', keyset: subject });
  });

  it('is the AEAD of the serialized keyset: what AEAD.DECRYPT_BYTES of BigQuery expects', () => {
    const stored = encryptKeyset(master, subject, customer);
    expect(hex(master.decrypt(stored, customer))).toBe(hex(serializeKeyset(subject)));
  });

  it('does not come back under another master, with other associated data or as another type', () => {
    const stored = encryptKeyset(master, subject, customer);
    const other = makeAead(newAesGcmKeyset(random), random);
    const notEncryptedSo = { kind: 'unreadable', problem: expect.stringContaining('not encrypted with this master') };
    expect(decryptKeyset(other, stored, options)).toEqual(notEncryptedSo);
    expect(decryptKeyset(master, stored, { ...options, associatedData: none })).toEqual(notEncryptedSo);
    expect(decryptKeyset(master, stored, { ...options, type: 'AesGcmKey' })).toEqual({
      kind: 'unreadable',
      problem: expect.stringContaining('its type is not AesGcmKey'),
    });
  });
});
