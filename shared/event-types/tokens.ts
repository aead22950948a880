import type { KeyObject } from 'node:crypto';
import { importHashKey, keyedHash, keyedHashText } from '../crypto/keyed-hash.ts';
import type { Tokenize } from './column.ts';

/** The token of a value's text. */
export type TokenOf = (treatment: Pick<Tokenize, 'realm' | 'domain'>, text: string) => string;

const tokenBytes = 16;

/**
 * Makes tokens: a keyed hash of the value alone, 128 bits in base64url, so that equal values of whomever are equal and none
 * can be read back. Each realm and domain has a key of its own, made of `key` under a label of its own: what one team
 * tokenizes in its domain joins with nothing of another's.
 */
export function tokensOf(key: KeyObject): TokenOf {
  const keys = new Map<string, KeyObject>();
  return ({ realm, domain }, text) => {
    // Neither name holds a space.
    const name = `${realm} ${domain}`;
    const own = keys.get(name) ?? importHashKey(keyedHash(key, 'edi.token-key.v1', [realm, domain]));
    keys.set(name, own);
    return keyedHashText(own, 'edi.token.v1', [text], tokenBytes);
  };
}
