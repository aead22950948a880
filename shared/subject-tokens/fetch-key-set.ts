import type { JsonValue } from '../event/json.ts';
import { parseJson } from '../event/json.ts';
import { Unavailable } from '../ports/unavailable.ts';

const fetchTimeoutMillis = 5_000;
/** A set of a hundred keys has less. */
const maxBodyBytes = 65_536;

/** Fetches a JWK Set over HTTPS from the address that a realm names, and from no other that it leads to. */
export async function fetchKeySet(uri: string): Promise<JsonValue> {
  const lost = (problem: string) => new Unavailable('realm-keys', `the server of a realm's keys ${problem}`);
  let body = '';
  try {
    const response = await fetch(uri, {
      headers: { accept: 'application/jwk-set+json, application/json' },
      redirect: 'error',
      signal: AbortSignal.timeout(fetchTimeoutMillis),
    });
    if (!response.ok) throw lost(`answered with HTTP status ${response.status}`);
    const decoder = new TextDecoder();
    for await (const chunk of response.body ?? []) {
      body += decoder.decode(chunk, { stream: true });
      if (body.length > maxBodyBytes) throw lost(`sent more than ${maxBodyBytes} bytes`);
    }
  } catch (error) {
    throw error instanceof Unavailable ? error : lost('did not answer');
  }
  const value = parseJson(body);
  if (value === undefined) throw lost('sent no JSON');
  return value;
}
