import type { BusTopology, SubscriptionDeclaration } from '../../ports/bus-topology.ts';

/** The project in full names of the embedded bus. */
export const localProject = 'local';

/** Google's longest. */
const longestRetentionDays = 31;

const dayMillis = 86_400_000;

/** How long a subscription keeps what is not acknowledged. */
export function retentionMillis({ retentionDays = longestRetentionDays }: SubscriptionDeclaration): number {
  return retentionDays * dayMillis;
}

/** `projects/local/subscriptions/NAME`. */
export function fullSubscriptionName(name: string): string {
  return `projects/${localProject}/subscriptions/${name}`;
}

/** Google's grammar of topic and subscription names (cloud.google.com/pubsub/docs/pubsub-basics#resource_names). */
const resourceName = /^(?!goog)[A-Za-z][A-Za-z0-9._~+%-]{2,254}$/;

/** Throws for a name or a setting that Google would refuse, saying which and what it may be. */
export function assertTopology(topology: BusTopology): void {
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
  assertRange(name, 'retentionDays', subscription.retentionDays ?? longestRetentionDays, [1, longestRetentionDays]);
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
