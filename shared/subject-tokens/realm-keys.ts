import { asList, isJsonObject, type JsonObject, type JsonValue, parseJson } from '../event/json.ts';
import { describeError } from '../observe/describe-error.ts';
import type { Observer } from '../observe/observer.ts';
import type { Clock } from '../ports/clock.ts';
import type { ObjectStore } from '../ports/object-store.ts';
import { Unavailable } from '../ports/unavailable.ts';
import { readTokenKey, type TokenKey } from '../sdks/token-key.ts';
import type { VerifiedRealm } from '../sdks/verified-realms.ts';

/** Fetches a JWK Set (RFC 7517 section 5). Rejects with `Unavailable`. */
export type FetchKeySet = (uri: string) => Promise<JsonValue>;

export interface RealmKeysOptions {
  readonly fetchKeySet: FetchKeySet;
  /** Where keys that were seen are kept, for all instances. */
  readonly seen: ObjectStore;
  readonly clock: Clock;
  readonly observer: Observer;
  readonly settings: RealmKeysSettings;
}

interface RealmKeysSettings {
  /** An issuer is asked for a key that is not known at most so often, by an instance: anybody can make up ids. */
  readonly minKeySetAskSeconds: number;
  /** Its set is asked for again after this time, beside the requests. */
  readonly maxKeySetAgeSeconds: number;
  readonly lookBackDays: number;
}

/** The keys that issuers publish. */
export interface RealmKeys {
  /** The key of that id, of those the issuer publishes, or has published within a look-back. Never rejects. */
  find(realm: VerifiedRealm, kid: string): Promise<TokenKey | undefined>;
}

interface SeenKey {
  readonly key: TokenKey;
  /** Its JWK, as it is stored. */
  readonly jwk: JsonValue;
  readonly seenAtMillis: number;
}

interface Issuer {
  keys: ReadonlyMap<string, SeenKey>;
  askedAtMillis: number;
  underWay: Promise<void> | undefined;
}

const dayMillis = 86_400_000;
/** A set has a handful; of a larger one, the rest is not looked at. */
const maxSetKeys = 64;
/** Of those that were seen, the newest. */
const maxSeenKeys = 256;
/** The object is written again when a key's last sight is that old, and keys are kept so much longer for it. */
const sightMillis = dayMillis;
const maxObjectBytes = 1_048_576;

/**
 * Makes the view of what issuers publish. A key that leaves its set goes on for one look-back, since tokens that it signed
 * count for events which come late; a key that must not is revoked in `sdks.json`. What was seen is stored for all
 * instances, those to come included. An issuer that does not answer changes nothing.
 */
export function makeRealmKeys({ fetchKeySet, seen, clock, observer, settings }: RealmKeysOptions): RealmKeys {
  const issuers = new Map<string, Issuer>();

  async function refresh(issuer: Issuer, realm: VerifiedRealm, uri: string): Promise<void> {
    const nowMillis = clock.nowMillis();
    issuer.askedAtMillis = nowMillis;
    const name = `${realm.name}.json`;
    const [stored, fetched] = await Promise.all([
      seen.getBounded(name, maxObjectBytes).catch((error: unknown) => tell('keys that were seen', error)),
      fetchKeySet(uri).catch((error: unknown) => tell('the key set of a realm', error)),
    ]);
    const object = stored === 'too-large' || stored === undefined ? undefined : stored;
    const known = readStored(object?.data, uri);
    const keys = withinLookBack(
      new Map([...issuer.keys, ...known, ...readSet(fetched, nowMillis)]),
      nowMillis - settings.lookBackDays * dayMillis - sightMillis,
    );
    issuer.keys = keys;
    if (fetched === undefined || isSame(known, keys)) return;
    const data = Buffer.from(
      JSON.stringify({ uri, keys: [...keys.values()].map(({ jwk, seenAtMillis }) => ({ jwk, seenAtMillis })) }),
    );
    // Another instance that wrote first has stored what it saw; what it lacks is stored with the next refresh.
    await seen
      .put(name, data, object?.generation ?? 'absent')
      .catch((error: unknown) => tell('keys that were seen', error));
  }

  function tell(what: string, error: unknown): undefined {
    const lost = error instanceof Unavailable;
    observer.log(lost ? 'WARNING' : 'ERROR', `${what} cannot be read or written now`, describeError(error));
    return undefined;
  }

  function refreshOnce(issuer: Issuer, realm: VerifiedRealm, uri: string): Promise<void> {
    issuer.underWay ??= refresh(issuer, realm, uri)
      .catch((error: unknown) => tell('the key set of a realm', error))
      .finally(() => {
        issuer.underWay = undefined;
      });
    return issuer.underWay;
  }

  return {
    async find(realm, kid) {
      const uri = realm.jwksUri;
      if (uri === undefined) return undefined;
      const name = `${realm.name} ${uri}`;
      const issuer = issuers.get(name) ?? {
        keys: new Map(),
        askedAtMillis: Number.NEGATIVE_INFINITY,
        underWay: undefined,
      };
      issuers.set(name, issuer);
      const ageMillis = clock.nowMillis() - issuer.askedAtMillis;
      const known = issuer.keys.get(kid);
      if (known !== undefined) {
        if (ageMillis >= settings.maxKeySetAgeSeconds * 1_000) void refreshOnce(issuer, realm, uri);
        return known.key;
      }
      if (issuer.underWay !== undefined || ageMillis >= settings.minKeySetAskSeconds * 1_000) {
        await refreshOnce(issuer, realm, uri);
      }
      return issuer.keys.get(kid)?.key;
    },
  };
}

/** The usable keys of a set. One that holds secrets, or that we do not verify with, is none of ours to judge. */
function readSet(value: JsonValue | undefined, seenAtMillis: number): Map<string, SeenKey> {
  const keys = isJsonObject(value) ? asList(value['keys']) : [];
  return new Map(keys.slice(0, maxSetKeys).flatMap((jwk) => seenKey(jwk, seenAtMillis)));
}

function seenKey(value: JsonValue, seenAtMillis: number): [string, SeenKey][] {
  const key = readTokenKey(value);
  if (typeof key === 'string' || key.algorithm === 'HS256') return [];
  const jwk: JsonObject = { ...key.jwk, kid: key.kid, alg: key.algorithm };
  return [[key.kid, { key, jwk, seenAtMillis }]];
}

/** What was stored of this address; another one's keys are not this one's. */
function readStored(data: Uint8Array | undefined, uri: string): Map<string, SeenKey> {
  const value = data === undefined ? undefined : parseJson(Buffer.from(data).toString('utf8'));
  if (!isJsonObject(value) || value['uri'] !== uri) return new Map();
  return new Map(
    asList(value['keys']).flatMap((entry) => {
      const { jwk, seenAtMillis } = isJsonObject(entry) ? entry : {};
      return jwk === undefined || typeof seenAtMillis !== 'number' ? [] : seenKey(jwk, seenAtMillis);
    }),
  );
}

function withinLookBack(keys: ReadonlyMap<string, SeenKey>, sinceMillis: number): ReadonlyMap<string, SeenKey> {
  const kept = [...keys].filter(([, { seenAtMillis }]) => seenAtMillis >= sinceMillis);
  kept.sort(([, one], [, other]) => other.seenAtMillis - one.seenAtMillis);
  return new Map(kept.slice(0, maxSeenKeys));
}

function isSame(stored: ReadonlyMap<string, SeenKey>, keys: ReadonlyMap<string, SeenKey>): boolean {
  if (stored.size !== keys.size) return false;
  return [...keys].every(([kid, { jwk, seenAtMillis }]) => {
    const known = stored.get(kid);
    return (
      known !== undefined &&
      seenAtMillis - known.seenAtMillis < sightMillis &&
      JSON.stringify(known.jwk) === JSON.stringify(jwk)
    );
  });
}
