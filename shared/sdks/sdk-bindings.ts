import { isJsonObject, type JsonObject, type JsonValue } from '../event/json.ts';
import type { SchemaProblem } from '../event/schema-problem.ts';

/** When and how long a client resends. Predefined, so that resends fit the look-back and a recovering server. */
export interface RetryPolicy {
  readonly initialDelayMillis: number;
  readonly maxDelayMillis: number;
  readonly multiplier: number;
  /** Each delay is multiplied by a random factor between 1 - jitter and 1 + jitter; 1 is full jitter. */
  readonly jitter: number;
  /** Below the look-back of 28 days, by the time that a last resend may be on its way. */
  readonly giveUpAfterDays: number;
}

export const defaultRetryPolicy: RetryPolicy = {
  initialDelayMillis: 1_000,
  maxDelayMillis: 3_600_000,
  multiplier: 2,
  jitter: 1,
  giveUpAfterDays: 26,
};

/** Bindings that may send the same events share a namespace; it fixes the width of the claim index's time buckets. */
export interface Namespace {
  readonly name: string;
  readonly bucketWidthMillis: number;
  /**
   * Set while the width changes, in three steps: publish the new width here; when every instance has it, swap the two;
   * take it away one look-back later. What is claimed in either layout counts meanwhile.
   */
  readonly alsoReadBucketWidthMillis?: number;
}

/** Who knows the write keys of a binding. */
const keyKinds = ['public', 'secret'] as const;
export type KeyKind = (typeof keyKinds)[number];

export interface SdkBinding {
  readonly name: string;
  readonly namespace: Namespace;
  /** Web origins (RFC 6454) that may read answers. */
  readonly origins: readonly string[];
  readonly retryPolicy: RetryPolicy;
  /**
   * `secret`: its write keys are known to the servers of one operator alone, who share one bound of load and may name
   * anybody. `public`: whoever has the page or the app has one. What says nothing counts as public.
   */
  readonly key: KeyKind;
  /** Distinct sources that a request may name. Default 1 where there are origins, else no bound. */
  readonly maxRequestSources?: number;
  /** Distinct data subjects that a request may name. Default 8 where there are origins, else no bound. */
  readonly maxRequestSubjects?: number;
}

/** A page is one installation, used by one person or a few. */
const browserBounds = { maxRequestSources: 1, maxRequestSubjects: 8 };

export type SdkBindings = ReadonlyMap<string, SdkBinding>;

/** Reads the content of `sdks.json`. */
export function readSdkBindings(document: JsonValue): { bindings: SdkBindings; problems: readonly SchemaProblem[] } {
  const problems: SchemaProblem[] = [];
  const bindings = new Map<string, SdkBinding>();
  const namespaces = section(document, 'namespaces', problems);
  for (const [name, value] of Object.entries(section(document, 'sdks', problems))) {
    const binding = readBinding(name, value, { namespaces, problems });
    if (binding !== undefined) bindings.set(name, binding);
  }
  return { bindings, problems };
}

function section(document: JsonValue, name: string, problems: SchemaProblem[]): JsonObject {
  const value = isJsonObject(document) ? document[name] : undefined;
  if (isJsonObject(value)) return value;
  problems.push({ pointer: `/${name}`, message: `sdks.json needs an object "${name}"` });
  return {};
}

function readBinding(
  name: string,
  value: JsonValue,
  { namespaces, problems }: { readonly namespaces: JsonObject; readonly problems: SchemaProblem[] },
): SdkBinding | undefined {
  const pointer = `/sdks/${name}`;
  if (!isJsonObject(value)) {
    problems.push({ pointer, message: 'a binding is an object with "namespace" and "origins"' });
    return undefined;
  }
  const namespaceName = value['namespace'];
  const settings = typeof namespaceName === 'string' ? namespaces[namespaceName] : undefined;
  const namespace = typeof namespaceName === 'string' ? readNamespace(namespaceName, settings) : undefined;
  if (namespace === undefined) {
    const message =
      'must name one of "namespaces", with a "bucketWidthMillis" of at least 1 (and another "alsoReadBucketWidthMillis" while that changes)';
    problems.push({ pointer: `${pointer}/namespace`, message });
    return undefined;
  }
  const origins = value['origins'] ?? [];
  if (!Array.isArray(origins) || !origins.every(isOrigin)) {
    problems.push({
      pointer: `${pointer}/origins`,
      message: 'must list origins such as "https://app.example.com", without path or wildcard',
    });
    return undefined;
  }
  const retryPolicy = readRetryPolicy(value['retryPolicy'], problems, `${pointer}/retryPolicy`);
  const key = saidKeyKind(value);
  if (key === undefined && value['key'] !== undefined)
    problems.push({ pointer: `${pointer}/key`, message: 'is "public" or "secret"' });
  const bounds = readBounds(value, origins.length > 0 ? browserBounds : {}, { problems, pointer });
  return { name, namespace, origins, retryPolicy, key: key ?? 'public', ...bounds };
}

/** What a binding says of its keys; `secretKey` is how documents said it that a registry may still hold. */
export function saidKeyKind(binding: JsonValue | undefined): KeyKind | undefined {
  if (!isJsonObject(binding)) return undefined;
  return keyKinds.find((kind) => kind === binding['key']) ?? (binding['secretKey'] === true ? 'secret' : undefined);
}

type RequestBounds = Pick<SdkBinding, 'maxRequestSources' | 'maxRequestSubjects'>;

function readBounds(
  value: JsonObject,
  defaults: RequestBounds,
  { problems, pointer }: { readonly problems: SchemaProblem[]; readonly pointer: string },
): RequestBounds {
  let bounds = defaults;
  for (const name of ['maxRequestSources', 'maxRequestSubjects'] as const) {
    const bound = value[name];
    if (bound === undefined) continue;
    if (isPositiveInteger(bound)) bounds = { ...bounds, [name]: bound };
    else problems.push({ pointer: `${pointer}/${name}`, message: 'is a whole number of at least 1' });
  }
  return bounds;
}

function readNamespace(name: string, settings: JsonValue | undefined): Namespace | undefined {
  if (!isJsonObject(settings)) return undefined;
  const { bucketWidthMillis, alsoReadBucketWidthMillis } = settings;
  if (!isPositiveInteger(bucketWidthMillis)) return undefined;
  if (alsoReadBucketWidthMillis === undefined) return { name, bucketWidthMillis };
  if (!isPositiveInteger(alsoReadBucketWidthMillis) || alsoReadBucketWidthMillis === bucketWidthMillis)
    return undefined;
  return { name, bucketWidthMillis, alsoReadBucketWidthMillis };
}

function isPositiveInteger(value: JsonValue | undefined): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 1;
}

function isOrigin(value: JsonValue): value is string {
  return typeof value === 'string' && !value.includes('*') && URL.parse(value)?.origin === value;
}

function readRetryPolicy(value: JsonValue | undefined, problems: SchemaProblem[], pointer: string): RetryPolicy {
  if (value === undefined) return defaultRetryPolicy;
  if (!isJsonObject(value)) problems.push({ pointer, message: 'a retry policy is an object of settings' });
  const given = isJsonObject(value) ? value : {};
  const policy = { ...defaultRetryPolicy };
  for (const key of Object.keys(given)) {
    const setting = given[key];
    if (!Object.hasOwn(policy, key) || typeof setting !== 'number' || setting < 0) {
      problems.push({
        pointer: `${pointer}/${key}`,
        message: `settings are numbers named ${Object.keys(policy).join(', ')}`,
      });
    }
  }
  return { ...policy, ...(given as Partial<RetryPolicy>) };
}
