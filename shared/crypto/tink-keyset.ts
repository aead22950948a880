import type { Random } from '../ports/random.ts';
import { bytesField, type ProtobufShape, readProtobuf, uint32Field } from './protobuf.ts';

/** Keyset of subjects: AES-SIV, deterministic. Master keyset: AES-GCM. */
export type TinkKeyType = 'AesSivKey' | 'AesGcmKey';

interface TinkKey {
  /** 1 to 2^32 - 1, unique in its keyset; every ciphertext begins with it. */
  readonly id: number;
  /** The raw key: 64 bytes for AES-SIV (AES-256), 32 for AES-GCM. */
  readonly value: Uint8Array;
}

/** Keys of one type, all enabled, all with Tink's output prefix. Encryption uses the primary, decryption any of them. */
export interface TinkKeyset<Type extends TinkKeyType> {
  readonly type: Type;
  readonly primary: TinkKey;
  /** The keys in the order of the file, the primary among them. */
  readonly keys: readonly TinkKey[];
}

export type ParsedKeyset<Type extends TinkKeyType> =
  | { readonly kind: 'keyset'; readonly keyset: TinkKeyset<Type> }
  /** What is wrong and where, without any key material. */
  | { readonly kind: 'unreadable'; readonly problem: string };

/** Bounds on what is parsed. A key takes about 130 bytes. */
export const maxKeysetBytes = 16_384;
export const maxKeysetKeys = 64;

/** Length of the prefix of Tink's ciphertexts: 0x01 and the key's id, big endian. */
export const outputPrefixBytes = 5;

// Tink's proto/tink.proto: KeyStatusType, KeyMaterialType, OutputPrefixType.
const statusEnabled = 1;
const materialSymmetric = 1;
const prefixTink = 1;
// aes_siv.proto has `key_value` as field 2; in aes_gcm.proto field 2 was the parameters, and `key_value` is 3.
const formats: Record<TinkKeyType, { keyBytes: number; valueField: number }> = {
  AesSivKey: { keyBytes: 64, valueField: 2 },
  AesGcmKey: { keyBytes: 32, valueField: 3 },
};
const typeUrlPrefix = 'type.googleapis.com/google.crypto.tink.';
// Twice in a row is a chance of 2^-64 for good randomness: more is a broken source.
const maxKeyIdDraws = 8;

/** A keyset with one fresh AES-256-SIV key (Tink's template AES256_SIV). */
export function newAesSivKeyset(random: Random): TinkKeyset<'AesSivKey'> {
  return newKeyset('AesSivKey', random);
}

/** A keyset with one fresh AES-256-GCM key (Tink's template AES256_GCM). */
export function newAesGcmKeyset(random: Random): TinkKeyset<'AesGcmKey'> {
  return newKeyset('AesGcmKey', random);
}

/** The keyset with a fresh key as its primary; the earlier keys go on decrypting what they encrypted. */
export function rotateKeyset<Type extends TinkKeyType>(keyset: TinkKeyset<Type>, random: Random): TinkKeyset<Type> {
  const primary = newKey(keyset.type, keyset.keys, random);
  return { type: keyset.type, primary, keys: [...keyset.keys, primary] };
}

/** Tink's binary keyset, in the clear: byte for byte what Tink writes for the same keys. */
export function serializeKeyset(keyset: TinkKeyset<TinkKeyType>): Uint8Array {
  const { valueField } = formats[keyset.type];
  const keys = keyset.keys.map((key) => {
    const keyData = Buffer.concat([
      bytesField(1, Buffer.from(typeUrlPrefix + keyset.type)),
      bytesField(2, bytesField(valueField, key.value)),
      uint32Field(3, materialSymmetric),
    ]);
    const fields = [
      bytesField(1, keyData),
      uint32Field(2, statusEnabled),
      uint32Field(3, key.id),
      uint32Field(4, prefixTink),
    ];
    return bytesField(2, Buffer.concat(fields));
  });
  return Buffer.concat([uint32Field(1, keyset.primary.id), ...keys]);
}

/**
 * Reads a keyset whose keys are all of `type`. Strict: unknown fields, disabled keys, other prefixes, types and key
 * lengths make it unreadable. Key values are copies.
 */
export function parseKeyset<Type extends TinkKeyType>(serialized: Uint8Array, type: Type): ParsedKeyset<Type> {
  if (serialized.length > maxKeysetBytes) {
    return unreadable(`${serialized.length} bytes, a keyset has at most ${maxKeysetBytes}`);
  }
  const message = readProtobuf(serialized, keysetShape);
  if (message.kind === 'unreadable') return unreadable(message.problem);
  const keyMessages = message.repeatedBytes(2);
  if (keyMessages.length > maxKeysetKeys) {
    return unreadable(`${keyMessages.length} keys, at most ${maxKeysetKeys} are read`);
  }
  const keys: TinkKey[] = [];
  for (const keyMessage of keyMessages) {
    const key = parseKey(keyMessage, type);
    if (typeof key === 'string') return unreadable(`key ${keys.length + 1}: ${key}`);
    if (keys.some(({ id }) => id === key.id)) return unreadable(`key ${keys.length + 1}: its id comes twice`);
    keys.push(key);
  }
  const primary = keys.find(({ id }) => id === message.uint32(1));
  if (primary === undefined) return unreadable('the primary key is not among the keys');
  return { kind: 'keyset', keyset: { type, primary, keys } };
}

/** What every ciphertext under the key begins with. */
export function outputPrefix(keyId: number): Uint8Array {
  const prefix = Buffer.alloc(outputPrefixBytes);
  prefix.writeUInt8(1);
  prefix.writeUInt32BE(keyId, 1);
  return prefix;
}

/** The id of the key that a ciphertext claims, or undefined when it has no prefix of Tink's. */
export function prefixKeyId(ciphertext: Uint8Array): number | undefined {
  if (ciphertext.length < outputPrefixBytes || ciphertext[0] !== 1) return undefined;
  return new DataView(ciphertext.buffer, ciphertext.byteOffset).getUint32(1);
}

const keysetShape: ProtobufShape = { uint32: [1], bytes: [], repeatedBytes: [2] };
const keyShape: ProtobufShape = { uint32: [2, 3, 4], bytes: [1], repeatedBytes: [] };
const keyDataShape: ProtobufShape = { uint32: [3], bytes: [1, 2], repeatedBytes: [] };

/** The key, or what is wrong with it. */
function parseKey(serialized: Uint8Array, type: TinkKeyType): TinkKey | string {
  const key = readProtobuf(serialized, keyShape);
  if (key.kind === 'unreadable') return key.problem;
  if (key.uint32(2) !== statusEnabled) return `status ${key.uint32(2)}, only enabled keys (${statusEnabled}) are read`;
  if (key.uint32(4) !== prefixTink) return `output prefix ${key.uint32(4)}, only TINK (${prefixTink}) is read`;
  if (key.uint32(3) === 0) return 'its id is missing';
  const value = parseKeyData(key.bytes(1), type);
  return typeof value === 'string' ? `key data: ${value}` : { id: key.uint32(3), value };
}

/** The key's bytes, or what is wrong. */
function parseKeyData(serialized: Uint8Array, type: TinkKeyType): Uint8Array | string {
  const { keyBytes, valueField } = formats[type];
  const data = readProtobuf(serialized, keyDataShape);
  if (data.kind === 'unreadable') return data.problem;
  if (Buffer.from(data.bytes(1)).toString() !== typeUrlPrefix + type) return `its type is not ${type}`;
  if (data.uint32(3) !== materialSymmetric) {
    return `key material type ${data.uint32(3)}, only SYMMETRIC (${materialSymmetric}) is read`;
  }
  const key = readProtobuf(data.bytes(2), { uint32: [1], bytes: [valueField], repeatedBytes: [] });
  if (key.kind === 'unreadable') return `${type}: ${key.problem}`;
  if (key.uint32(1) !== 0) return `${type}: version ${key.uint32(1)}, only version 0 is read`;
  const value = Uint8Array.from(key.bytes(valueField));
  return value.length === keyBytes ? value : `${type}: ${value.length} bytes, only keys of ${keyBytes} are read`;
}

function newKeyset<Type extends TinkKeyType>(type: Type, random: Random): TinkKeyset<Type> {
  const primary = newKey(type, [], random);
  return { type, primary, keys: [primary] };
}

function newKey(type: TinkKeyType, others: readonly TinkKey[], random: Random): TinkKey {
  for (let draw = 0; draw < maxKeyIdDraws; draw += 1) {
    const id = Buffer.from(random.bytes(4)).readUInt32BE();
    if (id !== 0 && others.every((other) => other.id !== id))
      return { id, value: Uint8Array.from(random.bytes(formats[type].keyBytes)) };
  }
  throw new Error(`the source of randomness gave no new key id in ${maxKeyIdDraws} draws`);
}

function unreadable(problem: string): { kind: 'unreadable'; problem: string } {
  return { kind: 'unreadable', problem };
}
