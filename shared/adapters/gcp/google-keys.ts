import { createPublicKey, type JsonWebKey, type KeyObject } from 'node:crypto';
import { isJsonObject, parseJson } from '../../event/json.ts';
import type { Clock } from '../../ports/clock.ts';
import { Unavailable } from '../../ports/unavailable.ts';
import { toUnavailable } from './unavailable.ts';

/** An answer of a server of keys (RFC 7517, JWK Set), and how long it may be kept. */
export interface FetchedKeys {
  readonly body: string;
  readonly maxAgeSeconds: number;
}

export type FetchKeys = () => Promise<FetchedKeys>;

/** Google's public keys by their id. */
export interface GoogleKeys {
  /** The key, or undefined when Google has none of that id. Rejects with `Unavailable`. */
  find(keyId: string): Promise<KeyObject | undefined>;
}

const settings = {
  url: 'https://www.googleapis.com/oauth2/v3/certs',
  fetchTimeoutMillis: 5_000,
  maxBodyBytes: 65_536,
  /** An unknown id makes the keys be fetched again, but not more often than this: anybody can make up ids. */
  minFetchIntervalMillis: 60_000,
  /** Google says some hours. */
  maxKeptMillis: 86_400_000,
} as const;

/** Keys that are fetched when they are needed and kept as long as their server says. */
export function createGoogleKeys(options: { readonly clock: Clock; readonly fetchKeys?: FetchKeys }): GoogleKeys {
  const { clock, fetchKeys = fetchGoogleKeys } = options;
  let keys: ReadonlyMap<string, KeyObject> = new Map();
  let fetchedAtMillis = Number.NEGATIVE_INFINITY;
  let freshUntilMillis = Number.NEGATIVE_INFINITY;
  let underWay: Promise<void> | undefined;

  async function refresh(): Promise<void> {
    const nowMillis = clock.nowMillis();
    const fetched = await fetchKeys();
    keys = parseKeys(fetched.body);
    fetchedAtMillis = nowMillis;
    freshUntilMillis = nowMillis + Math.min(Math.max(0, fetched.maxAgeSeconds * 1_000), settings.maxKeptMillis);
  }

  return {
    async find(keyId) {
      const nowMillis = clock.nowMillis();
      const recently = nowMillis - fetchedAtMillis < settings.minFetchIntervalMillis;
      if (!recently && (nowMillis >= freshUntilMillis || !keys.has(keyId))) {
        underWay ??= refresh().finally(() => {
          underWay = undefined;
        });
        await underWay;
      }
      return keys.get(keyId);
    },
  };
}

function parseKeys(body: string): Map<string, KeyObject> {
  const keys = new Map<string, KeyObject>();
  for (const jwk of parseSet(body)) {
    const { kid, kty, n, e } = jwk;
    if (typeof kid !== 'string' || kty !== 'RSA' || typeof n !== 'string' || typeof e !== 'string') continue;
    const key: JsonWebKey = { kty, n, e };
    keys.set(kid, createPublicKey({ key, format: 'jwk' }));
  }
  return keys;
}

function parseSet(body: string) {
  const value = parseJson(body);
  const list = isJsonObject(value) ? value['keys'] : undefined;
  if (!Array.isArray(list)) throw new Unavailable('push-auth', 'the server of keys answered with no set of keys');
  return list.filter(isJsonObject);
}

async function fetchGoogleKeys(): Promise<FetchedKeys> {
  try {
    const response = await fetch(settings.url, { signal: AbortSignal.timeout(settings.fetchTimeoutMillis) });
    const body = await response.text();
    if (!response.ok || body.length > settings.maxBodyBytes) {
      throw new Unavailable('push-auth', `the server of keys answered with HTTP status ${response.status}`);
    }
    const maxAge = /max-age=(\d{1,9})/.exec(response.headers.get('cache-control') ?? '')?.[1];
    return { body, maxAgeSeconds: Number(maxAge ?? 0) };
  } catch (error) {
    throw toUnavailable('push-auth', 'the server of keys', error);
  }
}
