import { asObject, isJsonObject, type JsonObject, type JsonValue } from '../event/json.ts';
import { pointerSegment } from '../event/json-pointer.ts';
import { isRealm, sourceRealm } from '../event/realm.ts';
import type { SchemaProblem } from '../event/schema-problem.ts';
import { readTokenKey, type TokenKey } from './token-key.ts';

/**
 * A realm whose people only those may name who prove to speak for them: bindings with secret keys, and requests with a
 * subject token of the realm.
 */
export interface VerifiedRealm {
  readonly name: string;
  /** What tokens say in `iss` and `aud`; together they are the realm's alone. */
  readonly issuer: string;
  readonly audience: string;
  /** Keys that the document holds, by `kid`. */
  readonly keys: ReadonlyMap<string, TokenKey>;
  /** Where the issuer publishes its keys (RFC 7517 section 5); beside `keys`, or instead. */
  readonly jwksUri?: string;
  /** Ids of keys, and of tokens (`jti`), that prove nothing any more. */
  readonly revokedKeys: ReadonlySet<string>;
  readonly revokedTokens: ReadonlySet<string>;
}

/** By name. */
export type VerifiedRealms = ReadonlyMap<string, VerifiedRealm>;

/** Longer lists are no settings any more: whoever revokes so many tokens rotates the key. */
const maxListed = 1_000;

/**
 * Reads `realms` of `sdks.json`. A realm that is declared verified is one whatever else is wrong with it: a key that
 * cannot be used is left out, so that nobody speaks for people by a mistake in the document.
 */
export function readVerifiedRealms(document: JsonValue): {
  realms: VerifiedRealms;
  problems: readonly SchemaProblem[];
} {
  const problems: SchemaProblem[] = [];
  const realms = new Map<string, VerifiedRealm>();
  const declared = isJsonObject(document) ? (document['realms'] ?? {}) : {};
  if (!isJsonObject(declared)) problems.push({ pointer: '/realms', message: 'is an object of realms by name' });
  for (const [name, value] of Object.entries(asObject(declared))) {
    const pointer = `/realms/${pointerSegment(name)}`;
    if (!isRealm(name))
      problems.push({ pointer, message: `a realm has a kebab-case name other than "${sourceRealm}"` });
    const verified = isJsonObject(value) ? value['verified'] : null;
    if (verified === undefined) continue;
    const tell = (below: string, message: string) => problems.push({ pointer: `${pointer}/verified${below}`, message });
    if (!isJsonObject(verified)) tell('', 'is an object with "issuer", "audience", and "keys" or "jwksUri"');
    realms.set(name, readRealm(name, asObject(verified), tell));
  }
  problems.push(...sharedIssuers(realms.values()));
  return { realms, problems };
}

type Tell = (below: string, message: string) => void;

function readRealm(name: string, value: JsonObject, tell: Tell): VerifiedRealm {
  const text = (member: string, what: string) => {
    const found = value[member];
    if (typeof found === 'string' && found !== '') return found;
    tell(`/${member}`, what);
    return '';
  };
  const issuer = text('issuer', 'must say what tokens of the realm hold in "iss"');
  const audience = text('audience', 'must say what tokens for this system hold in "aud"');
  const keys = readKeys(value['keys'], tell);
  const { jwksUri } = value;
  const isUri = typeof jwksUri === 'string' && isKeyAddress(jwksUri);
  if (jwksUri !== undefined && !isUri) tell('/jwksUri', 'must be an https address (http only on this machine itself)');
  if (keys.size === 0 && jwksUri === undefined) tell('', 'needs "keys" or a "jwksUri", or nobody could prove anything');
  return {
    name,
    issuer,
    audience,
    keys,
    ...(isUri ? { jwksUri } : {}),
    revokedKeys: readNames('revokedKeys', value, tell),
    revokedTokens: readNames('revokedTokens', value, tell),
  };
}

function readKeys(value: JsonValue | undefined, tell: Tell): ReadonlyMap<string, TokenKey> {
  const keys = new Map<string, TokenKey>();
  if (value !== undefined && !Array.isArray(value)) tell('/keys', 'is a list of keys (JWK, RFC 7517)');
  for (const [at, entry] of (Array.isArray(value) ? value : []).entries()) {
    const key = readTokenKey(entry);
    if (typeof key === 'string') tell(`/keys/${at}`, key);
    else if (keys.has(key.kid)) tell(`/keys/${at}/kid`, 'another key has this "kid"');
    else keys.set(key.kid, key);
  }
  return keys;
}

function readNames(member: string, value: JsonObject, tell: Tell): ReadonlySet<string> {
  const names = value[member] ?? [];
  const isList = Array.isArray(names) && names.length <= maxListed;
  if (!isList || !names.every((name) => typeof name === 'string'))
    tell(`/${member}`, `is a list of at most ${maxListed} texts`);
  return new Set(Array.isArray(names) ? names.map(String) : []);
}

/** Whoever could answer in between could speak for everybody. */
function isKeyAddress(text: string): boolean {
  const url = URL.parse(text);
  if (url === null || url.username !== '' || url.password !== '') return false;
  return (
    url.protocol === 'https:' || (url.protocol === 'http:' && /^(localhost|127\.0\.0\.1|\[::1\])$/.test(url.hostname))
  );
}

function sharedIssuers(realms: Iterable<VerifiedRealm>): SchemaProblem[] {
  const byIssuer = Map.groupBy(realms, ({ issuer, audience }) => JSON.stringify([issuer, audience]));
  return [...byIssuer.values()].flatMap(([first, ...others]) =>
    others.map(({ name }) => ({
      pointer: `/realms/${pointerSegment(name)}/verified/audience`,
      message: `"${first?.name}" has the same issuer and audience: a token could not tell whose numbering its "sub" is`,
    })),
  );
}
