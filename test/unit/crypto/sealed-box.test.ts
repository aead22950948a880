import type { KeyObject } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createSeededRandom } from '../../../shared/adapters/memory/seeded-random.ts';
import {
  exportSealedBoxPrivateKey,
  exportSealedBoxPublicKey,
  generateSealedBoxKeyPair,
  importSealedBoxPrivateKey,
  importSealedBoxPublicKey,
  open as openBox,
  type SealedBoxContext,
  startSealing,
} from '../../../shared/crypto/sealed-box.ts';
import type { Random } from '../../../shared/ports/random.ts';
import vectors from '../../data/crypto/hpke.json' with { type: 'json' };
import { bytes, flipBit, hex } from './hex.ts';

const random = createSeededRandom(3);
const context = { info: Buffer.from('edi quarantine'), aad: Buffer.from('ingest') };
const sealedBoxOverheadBytes = 48;

/** The first box of a context of its own, as one piece. */
function seal(
  recipient: KeyObject,
  plaintext: Uint8Array,
  { info, aad, random: dice }: SealedBoxContext & { readonly random: Random },
): Uint8Array {
  const { enc, sequence, ciphertext } = startSealing(recipient, { info, random: dice }).seal(plaintext, aad);
  expect(sequence).toBe(0);
  return Buffer.concat([enc, ciphertext]);
}

function open(privateKey: KeyObject, sealed: Uint8Array, boxContext: SealedBoxContext): Uint8Array | undefined {
  const box = { enc: sealed.subarray(0, 32), sequence: 0, ciphertext: sealed.subarray(32) };
  return openBox(privateKey, box, boxContext);
}

const payload = Buffer.from('{"specversion":"1.0"}');

describe('a sealed box', () => {
  it("is RFC 9180's test vector for the suite, sealed and opened", () => {
    const { rfc9180 } = vectors;
    const { aad, pt, ct } = rfc9180.encryption;
    const vectorContext = { info: bytes(rfc9180.info), aad: bytes(aad) };
    const ephemeral = { bytes: () => bytes(rfc9180.skEm) };
    const recipient = importSealedBoxPublicKey(bytes(rfc9180.pkRm));
    const sealed = seal(recipient, bytes(pt), { ...vectorContext, random: ephemeral });
    expect(hex(sealed)).toBe(rfc9180.enc + ct);
    expect(hex(open(importSealedBoxPrivateKey(bytes(rfc9180.skRm)), sealed, vectorContext))).toBe(pt);
  });

  it('opens when another implementation sealed it', () => {
    const { privateKey, publicKey, info, aad, plaintext, sealed } = vectors.pyhpke;
    const key = importSealedBoxPrivateKey(bytes(privateKey));
    expect(hex(open(key, bytes(sealed), { info: bytes(info), aad: bytes(aad) }))).toBe(plaintext);
    expect(hex(exportSealedBoxPublicKey(key))).toBe(publicKey);
  });

  it('opens for the private key, whatever it holds', () => {
    const { publicKey, privateKey } = generateSealedBoxKeyPair(random);
    const short = fc.uint8Array({ maxLength: 40 });
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 500 }), short, short, (plaintext, info, aad) => {
        const sealed = seal(publicKey, plaintext, { info, aad, random });
        expect(sealed).toHaveLength(plaintext.length + sealedBoxOverheadBytes);
        expect(hex(open(privateKey, sealed, { info, aad }))).toBe(hex(plaintext));
      }),
      { numRuns: 50 },
    );
  });

  it("opens alone and in any order when another implementation's context sealed many", () => {
    const { privateKey, info, enc, messages } = vectors.pyhpkeSequence;
    const key = importSealedBoxPrivateKey(bytes(privateKey));
    expect(messages.map(({ sequence }) => sequence)).toEqual([0, 1, 2, 255, 256, 257]);
    for (const { sequence, aad, plaintext, ciphertext } of messages.toReversed()) {
      const box = { enc: bytes(enc), sequence, ciphertext: bytes(ciphertext) };
      const boxContext = { info: bytes(info), aad: bytes(aad) };
      expect(hex(openBox(key, box, boxContext))).toBe(plaintext);
      expect(openBox(key, { ...box, sequence: sequence + 1 }, boxContext)).toBeUndefined();
    }
  });

  it('shares enc with the boxes of its context, has a number of its own, and opens alone', () => {
    const { publicKey, privateKey } = generateSealedBoxKeyPair(random);
    const sealing = startSealing(publicKey, { info: context.info, random });
    const boxes = Array.from({ length: 300 }, () => sealing.seal(payload, context.aad));
    expect(new Set(boxes.map(({ enc }) => hex(enc))).size).toBe(1);
    expect(boxes.map(({ sequence }) => sequence)).toEqual(boxes.map((_, at) => at));
    expect(new Set(boxes.map(({ ciphertext }) => hex(ciphertext))).size).toBe(boxes.length);
    for (const box of boxes.toReversed()) expect(hex(openBox(privateKey, box, context))).toBe(hex(payload));
  });

  it('has a whole number that 4 bytes hold', () => {
    const { publicKey, privateKey } = generateSealedBoxKeyPair(random);
    const box = startSealing(publicKey, { info: context.info, random }).seal(payload, context.aad);
    for (const sequence of [-1, 0.5, Number.NaN, 2 ** 32]) {
      expect(openBox(privateKey, { ...box, sequence }, context)).toBeUndefined();
    }
  });

  it('is another one each time', () => {
    const { publicKey } = generateSealedBoxKeyPair(random);
    const boxes = Array.from({ length: 20 }, () => hex(seal(publicKey, payload, { ...context, random })));
    expect(new Set(boxes).size).toBe(20);
  });

  it('does not open when anything in it was changed or is missing', () => {
    const { publicKey, privateKey } = generateSealedBoxKeyPair(random);
    const sealed = seal(publicKey, payload, { ...context, random });
    // X25519 ignores the highest bit of enc (RFC 7748 section 5), but enc itself enters the key.
    for (let bit = 0; bit < sealed.length * 8; bit += 3) {
      expect(open(privateKey, flipBit(sealed, bit), context), `bit ${bit}`).toBeUndefined();
    }
    expect(open(privateKey, flipBit(sealed, 255), context)).toBeUndefined();
    for (let length = 0; length < sealed.length; length += 1) {
      expect(open(privateKey, sealed.subarray(0, length), context), `length ${length}`).toBeUndefined();
    }
    expect(hex(open(privateKey, sealed, context))).toBe(hex(payload));
  });

  it('does not open with another key, info or aad', () => {
    const { publicKey, privateKey } = generateSealedBoxKeyPair(random);
    const sealed = seal(publicKey, payload, { ...context, random });
    expect(open(generateSealedBoxKeyPair(random).privateKey, sealed, context)).toBeUndefined();
    expect(open(privateKey, sealed, { ...context, info: Buffer.from('other') })).toBeUndefined();
    expect(open(privateKey, sealed, { ...context, aad: Buffer.from('pseudonymize') })).toBeUndefined();
    expect(open(privateKey, sealed, { info: context.aad, aad: context.info })).toBeUndefined();
  });

  it('does not open when its sender sent a point that gives no secret', () => {
    const { privateKey } = generateSealedBoxKeyPair(random);
    expect(open(privateKey, new Uint8Array(100), context)).toBeUndefined();
  });
});

describe('the keys of sealed boxes', () => {
  it('survive export and import', () => {
    const pair = generateSealedBoxKeyPair(random);
    const publicKey = importSealedBoxPublicKey(exportSealedBoxPublicKey(pair.publicKey));
    const privateKey = importSealedBoxPrivateKey(exportSealedBoxPrivateKey(pair.privateKey));
    expect(publicKey.equals(pair.publicKey)).toBe(true);
    expect(privateKey.equals(pair.privateKey)).toBe(true);
    expect(hex(open(privateKey, seal(publicKey, payload, { ...context, random }), context))).toBe(hex(payload));
  });

  it('have 32 bytes; the message says which length was wrong', () => {
    for (const length of [0, 31, 33, 64]) {
      const raw = new Uint8Array(length).fill(9);
      expect(() => importSealedBoxPublicKey(raw)).toThrow(`public key has 32 bytes, this one ${length}`);
      expect(() => importSealedBoxPrivateKey(raw)).toThrow(`private key has 32 bytes, this one ${length}`);
    }
  });

  it('are refused when they give no secret (points of small order, RFC 7748 section 6.1)', () => {
    const smallOrder = [
      '00'.repeat(32),
      `01${'00'.repeat(31)}`,
      'e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800',
    ];
    for (const point of smallOrder) expect(() => importSealedBoxPublicKey(bytes(point))).toThrow('gives no secret');
  });
});
