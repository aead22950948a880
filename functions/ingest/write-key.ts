import type { IncomingMessage } from 'node:http';
import type { WriteKeyAnswer, WriteKeys } from '../../shared/ports/write-keys.ts';

/** Longer keys are unknown without a look-up. */
const maxKeyLength = 256;

export type KeyAnswer = WriteKeyAnswer | { readonly kind: 'missing' };

/** The write key of a request: `Authorization: Bearer` (RFC 6750), or `?key=` where a beacon can set no header. */
export async function findKey(request: IncomingMessage, url: URL, writeKeys: WriteKeys): Promise<KeyAnswer> {
  const { authorization } = request.headers;
  const bearer = authorization === undefined ? undefined : (/^Bearer +(\S+) *$/i.exec(authorization)?.[1] ?? '');
  return findWriteKey(bearer ?? url.searchParams.get('key') ?? undefined, writeKeys);
}

/** Whose key a text is. */
export async function findWriteKey(key: string | undefined, writeKeys: WriteKeys): Promise<KeyAnswer> {
  if (key === undefined) return { kind: 'missing' };
  return key === '' || key.length > maxKeyLength ? { kind: 'unknown' } : writeKeys.find(key);
}
