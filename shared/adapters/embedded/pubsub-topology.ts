/** What `declare` makes: topics, and the subscriptions that read them. */
export interface Topology {
  readonly topics: readonly string[];
  readonly subscriptions: readonly SubscriptionDeclaration[];
}

/** A subscription with Google's settings, in Google's ranges. */
export interface SubscriptionDeclaration {
  readonly name: string;
  readonly topic: string;
  /** 10 to 600: a message that is not acknowledged after it is delivered again. For push it bounds the request. */
  readonly ackDeadlineSeconds: number;
  /** 0 to 600: the wait after the first failed delivery; it doubles with every further one. 0: delivered again at once. */
  readonly minBackoffSeconds: number;
  /** 0 to 600, not below the minimum. */
  readonly maxBackoffSeconds: number;
  /** Without: delivered until it is acknowledged. `maxDeliveryAttempts` is 5 to 100. */
  readonly deadLetter?: { readonly topic: string; readonly maxDeliveryAttempts: number };
  /** Without: a reader pulls. */
  readonly push?: { readonly endpoint: string; readonly maxOutstandingMessages: number };
}

/** The project in full names of the embedded bus. */
export const localProject = 'local';

/** `projects/local/subscriptions/NAME`. */
export function fullSubscriptionName(name: string): string {
  return `projects/${localProject}/subscriptions/${name}`;
}

/** Google's grammar of topic and subscription names (cloud.google.com/pubsub/docs/pubsub-basics#resource_names). */
const resourceName = /^(?!goog)[A-Za-z][A-Za-z0-9._~+%-]{2,254}$/;

/** Throws for a name or a setting that Google would refuse, saying which and what it may be. */
export function assertTopology(topology: Topology): void {
  for (const topic of topology.topics) assertName('topic', topic);
  const names = new Set<string>();
  for (const subscription of topology.subscriptions) {
    assertName('subscription', subscription.name);
    if (names.has(subscription.name)) throw new RangeError(`subscription "${subscription.name}" is declared twice`);
    names.add(subscription.name);
    assertSubscription(subscription);
  }
}

function assertSubscription(subscription: SubscriptionDeclaration): void {
  const { name, minBackoffSeconds, deadLetter, push } = subscription;
  assertRange(name, 'ackDeadlineSeconds', subscription.ackDeadlineSeconds, [10, 600]);
  assertRange(name, 'minBackoffSeconds', minBackoffSeconds, [0, 600]);
  assertRange(name, 'maxBackoffSeconds', subscription.maxBackoffSeconds, [minBackoffSeconds, 600]);
  if (deadLetter) assertRange(name, 'maxDeliveryAttempts', deadLetter.maxDeliveryAttempts, [5, 100]);
  if (!push) return;
  assertRange(name, 'maxOutstandingMessages', push.maxOutstandingMessages, [1, 10_000]);
  if (!URL.canParse(push.endpoint)) throw new RangeError(`subscription "${name}": the push endpoint is not a URL`);
}

function assertName(kind: string, name: string): void {
  if (resourceName.test(name)) return;
  throw new RangeError(
    `"${name}" cannot name a ${kind}: 3 to 255 of A-Z a-z 0-9 . _ ~ + % -, a letter first, not "goog"`,
  );
}

function assertRange(name: string, setting: string, value: number, [least, most]: readonly [number, number]): void {
  if (value >= least && value <= most) return;
  throw new RangeError(`subscription "${name}": ${setting} is ${value}, it must be ${least} to ${most}`);
}
