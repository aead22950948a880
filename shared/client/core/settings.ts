/** When a batch is sent again, and what it may hold. `GET /v1/policy` tells the receiver's own, in `retry` and `limits`. */
export interface Policy {
  readonly initialDelayMillis: number;
  readonly maxDelayMillis: number;
  readonly multiplier: number;
  /** Each delay is multiplied by a random factor between 1 - jitter and 1 + jitter; 1 is full jitter. */
  readonly jitter: number;
  readonly giveUpAfterDays: number;
  readonly maxRequestEvents: number;
  /** Of the body: texts, commas and brackets. */
  readonly maxBodyBytes: number;
}

/** Where no policy was ever answered; the receiver's own defaults. */
export const builtInPolicy: Policy = {
  initialDelayMillis: 1_000,
  maxDelayMillis: 3_600_000,
  multiplier: 2,
  jitter: 1,
  giveUpAfterDays: 26,
  maxRequestEvents: 1_000,
  maxBodyBytes: 1_048_576,
};

/** The longest delay of a timer, of Node's and of browsers': a longer one, such as `Infinity`, would fire at once. */
export const maxTimerMillis = 2_147_483_647;

export interface ClientSettings {
  /** Events in the queue. Default 100,000. */
  readonly maxEvents: number;
  /** Of their texts, in UTF-8. Default 64 MiB. */
  readonly maxBytes: number;
  /** Events that waited longer are given up, unless the policy says sooner; below dedup's look-back of 28. Default 26. */
  readonly maxAgeDays: number;
  /** How long an event waits for others to be sent with. Default 1,000. */
  readonly lingerMillis: number;
  /** An answer that takes longer is unknown. Default 30,000. */
  readonly requestTimeoutMillis: number;
  /** How long `close` waits for what is on its way. Default 5,000. */
  readonly closeTimeoutMillis: number;
  /** The policy is asked for again after this time. Default an hour. */
  readonly policyMillis: number;
  /** The first pause after 401 or 403; it doubles to the policy's longest delay. Default a minute. */
  readonly refusedPauseMillis: number;
  /** Failures of one batch after which it is halved, so that one event cannot hold the others. Default 6. */
  readonly isolateAfter: number;
  /** A batch holds events of one data subject only. Default true in browsers; with a token always. */
  readonly oneSubject: boolean;
  /** The type of the event that reports what was given up; empty: none is sent. Default `edi.events-dropped.v1`. */
  readonly reportType: string;
}

export const defaultSettings: ClientSettings = {
  maxEvents: 100_000,
  maxBytes: 64 * 1_048_576,
  maxAgeDays: 26,
  lingerMillis: 1_000,
  requestTimeoutMillis: 30_000,
  closeTimeoutMillis: 5_000,
  policyMillis: 3_600_000,
  refusedPauseMillis: 60_000,
  isolateAfter: 6,
  oneSubject: true,
  reportType: 'edi.events-dropped.v1',
};

/**
 * What can be used of an answer to `GET /v1/policy`, or of a policy that was kept: a value that makes no sense leaves the
 * built-in one in place.
 */
export function readPolicy(given: unknown): Policy {
  const fields: Readonly<Record<string, object>> = Object(given);
  return choose(
    builtInPolicy,
    { ...fields, ...fields['retry'], ...fields['limits'] },
    // Jitter is the same below 0.
    (value, name) => Number.isFinite(value) && (value > 0 || name === 'jitter'),
  );
}

/** Milliseconds before attempt `attempt` + 1: exponential, with the policy's jitter, which `chance` (0 to 1) decides. */
export function backoffMillis(policy: Policy, attempt: number, chance: number): number {
  const boundMillis = Math.min(policy.maxDelayMillis, policy.initialDelayMillis * policy.multiplier ** (attempt - 1));
  return boundMillis * Math.max(0, 1 + policy.jitter * (2 * chance - 1));
}

/** Undefined where it is no JSON. */
export function parseJson(text = ''): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** The defaults, but for what is given and usable; `value` is whatever was given. */
export function choose<T extends object>(
  defaults: T,
  given: object,
  isUsable: (value: number, name: string) => boolean,
): T {
  const usable = Object.entries(given).filter(([name, value]) => isUsable(value, name));
  return { ...defaults, ...Object.fromEntries(usable) };
}
