import type { IncomingMessage } from 'node:http';
import { isJsonObject, parseJson } from '../event/json.ts';

/**
 * Whom Cloud Run let in: the account of the token that it has checked, whose signature it takes out before the request comes
 * here ("Authenticating service-to-service", product documentation), so that it cannot be checked again. Of two tokens it
 * checks that in `X-Serverless-Authorization`. Undefined where there is none.
 */
export function callerOf({ headers }: Pick<IncomingMessage, 'headers'>): string | undefined {
  const header = headers['x-serverless-authorization'] ?? headers.authorization;
  const payload = /^Bearer [\w-]+\.([\w-]+)\./i.exec(String(header))?.[1];
  const claims = payload === undefined ? undefined : parseJson(Buffer.from(payload, 'base64url').toString('utf8'));
  const { email, sub } = isJsonObject(claims) ? claims : {};
  const name = typeof email === 'string' ? email : sub;
  return typeof name === 'string' && /^[\x21-\x7e]{1,320}$/.test(name) ? name : undefined;
}

/** A token as Cloud Run passes it on, of whoever a local deployment lets in. */
export function passedToken(name: string): string {
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
  return `Bearer ${part({ alg: 'none' })}.${part({ email: name })}.SIGNATURE_REMOVED`;
}
