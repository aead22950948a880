import {
  type CryptoKey,
  createLocalJWKSet,
  errors,
  type JSONWebKeySet,
  type JWSHeaderParameters,
  type LocalJWKSet,
} from 'jose';
import { isJsonObject, type JsonValue, parseJson } from '../../event/json.ts';
import type { Clock } from '../../ports/clock.ts';
import { Unavailable } from '../../ports/unavailable.ts';
import { toUnavailable } from './unavailable.ts';

/** An answer of a server of keys (RFC 7517, JWK Set), and how long it may be kept. */
export interface FetchedKeys {
  readonly body: string;
  readonly maxAgeSeconds: number;
}

export type FetchKeys = () => Promise<FetchedKeys>;

/** Google's public keys. */
export interface GoogleKeys {
  /** The key that the header names, or undefined when Google has none of that id. Rejects with `Unavailable`. */
  find(header: JWSHeaderParameters): Promise<CryptoKey | undefined>;
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

/**
 * Keys that are fetched when they are needed and kept as long as their server says, which jose's own remote set does not
 * heed; nor does that take a clock.
 */
export function createGoogleKeys(options: { readonly clock: Clock; readonly fetchKeys?: FetchKeys }): GoogleKeys {
  const { clock, fetchKeys = fetchGoogleKeys } = options;
  let keys: LocalJWKSet = createLocalJWKSet({ keys: [] });
  let fetchedAtMillis = Number.NEGATIVE_INFINITY;
  let freshUntilMillis = Number.NEGATIVE_INFINITY;
  let underWay: Promise<void> | undefined;

  async function refresh(): Promise<void> {
    const nowMillis = clock.nowMillis();
    const fetched = await fetchKeys();
    keys = createLocalJWKSet(parseSet(fetched.body));
    fetchedAtMillis = nowMillis;
    freshUntilMillis = nowMillis + Math.min(Math.max(0, fetched.maxAgeSeconds * 1_000), settings.maxKeptMillis);
  }

  return {
    async find(header) {
      // Google's tokens name their key; without a name jose takes whatever key fits the algorithm.
      if (typeof header.kid !== 'string') return undefined;
      const nowMillis = clock.nowMillis();
      const known = nowMillis < freshUntilMillis ? await findIn(keys, header) : undefined;
      if (known !== undefined) return known;
      if (nowMillis - fetchedAtMillis >= settings.minFetchIntervalMillis) {
        underWay ??= refresh().finally(() => {
          underWay = undefined;
        });
        await underWay;
      }
      return findIn(keys, header);
    },
  };
}

async function findIn(keys: LocalJWKSet, header: JWSHeaderParameters): Promise<CryptoKey | undefined> {
  try {
    return await keys(header);
  } catch (error) {
    if (error instanceof errors.JWKSNoMatchingKey) return undefined;
    // What is left is a fault of the set: a key that is none, or two of one id.
    throw toUnavailable('push-auth', 'the server of keys', error);
  }
}

function parseSet(body: string): JSONWebKeySet {
  const value = parseJson(body);
  if (!isKeySet(value)) throw new Unavailable('push-auth', 'the server of keys answered with no set of keys');
  return value;
}

/** RFC 7517 section 5. What is in a key is judged when it is used. */
function isKeySet(value: JsonValue | undefined): value is JsonValue & JSONWebKeySet {
  return isJsonObject(value) && Array.isArray(value['keys']) && value['keys'].every(isJsonObject);
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
