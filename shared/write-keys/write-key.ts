import { hash as hashOf } from 'node:crypto';
import type { Random } from '../ports/random.ts';

/** A key as its owner gets it, once, and what may be stored of it. */
export interface NewWriteKey {
  /** The secret: `edi_<environment>_<43 characters>`. */
  readonly writeKey: string;
  readonly identity: WriteKeyIdentity;
}

export interface WriteKeyIdentity {
  readonly keyId: string;
  readonly hash: string;
}

const secretBytes = 32;
const keyIdDigits = 16;
// base64url (RFC 4648 section 5) of 32 bytes; the environment has no underscore, so the parts are certain.
const format = /^edi_[a-z][a-z0-9-]{0,29}_[A-Za-z0-9_-]{43}$/;

/**
 * A fresh key of an environment (`prod`, `staging`): its name is in the key, so that people and secret scanners see what
 * they found. Throws a `RangeError` for a name that is not 1 to 30 lower-case letters, digits and "-".
 */
export function newWriteKey(environment: string, random: Random): NewWriteKey {
  const secret = Buffer.from(random.bytes(secretBytes)).toString('base64url');
  const writeKey = `edi_${environment}_${secret}`;
  const identity = identifyWriteKey(writeKey);
  if (identity === undefined) {
    throw new RangeError('an environment is named by 1 to 30 lower-case letters, digits and "-", a letter first');
  }
  return { writeKey, identity };
}

/** Hash and public id of a key; undefined for what cannot be one. Whoever finds a key can name it by its id. */
export function identifyWriteKey(writeKey: string): WriteKeyIdentity | undefined {
  if (!format.test(writeKey)) return undefined;
  const hash = hashOf('sha256', writeKey, 'hex');
  return { keyId: hash.slice(0, keyIdDigits), hash };
}
