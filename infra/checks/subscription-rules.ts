import { secondLineSubscription } from '../naming.ts';
import type { SubscriptionSpec, Topology } from '../topology.ts';
import { pubsubName } from './names.ts';
import { expect, isBetween, repeated, type Violation } from './violation.ts';

/** Pub/Sub's limits on a project ("Quotas and limits"). */
const maxPerProject = 10_000;

/** Topics and subscriptions that Pub/Sub would refuse, or that would lose messages. */
export function subscriptionFindings(topology: Topology): Violation[] {
  const { topics, subscriptions } = topology;
  return [
    ...nameFindings(
      'topic',
      topics.map(({ name }) => name),
    ),
    ...nameFindings(
      'subscription',
      subscriptions.map(({ name }) => name),
    ),
    ...subscriptions.flatMap((subscription) => timingFindings(subscription)),
    ...subscriptions.flatMap((subscription) => deadLetterFindings(subscription, topology)),
    ...subscriptions.flatMap((subscription) => targetFindings(subscription, topology)),
    ...topics.flatMap(({ name, readByOthers }) =>
      expect(
        readByOthers === true || subscriptions.some(({ topic }) => topic === name),
        `topic ${name}`,
        'without a subscription',
        'somebody has to read it, or its messages are lost: add a subscription',
      ),
    ),
  ];
}

function nameFindings(kind: string, names: readonly string[]): Violation[] {
  return [
    ...names.flatMap((name) => expect(pubsubName.grammar.test(name), `name of a ${kind}`, name, pubsubName.rule)),
    ...repeated(names).map((name) => ({
      path: `name of a ${kind}`,
      value: name,
      rule: 'it is there twice: rename one of them',
    })),
    ...expect(names.length <= maxPerProject, `number of ${kind}s`, names.length, `a project holds ${maxPerProject}`),
  ];
}

function timingFindings(subscription: SubscriptionSpec): Violation[] {
  const { name, ackDeadlineSeconds, minBackoffSeconds, maxBackoffSeconds, retentionDays, deadLetter } = subscription;
  const at = `subscription ${name}`;
  const attempts = deadLetter?.maxDeliveryAttempts;
  const backoff = 'whole seconds from 0 to 600';
  return [
    ...expect(
      isBetween(ackDeadlineSeconds, 10, 600),
      `${at}, ackDeadlineSeconds`,
      ackDeadlineSeconds,
      'whole seconds from 10 to 600',
    ),
    ...expect(isBetween(minBackoffSeconds, 0, 600), `${at}, minBackoffSeconds`, minBackoffSeconds, backoff),
    ...expect(isBetween(maxBackoffSeconds, 0, 600), `${at}, maxBackoffSeconds`, maxBackoffSeconds, backoff),
    ...expect(
      !(minBackoffSeconds > maxBackoffSeconds),
      `${at}, minBackoffSeconds`,
      minBackoffSeconds,
      `not above maxBackoffSeconds (${maxBackoffSeconds})`,
    ),
    ...expect(isBetween(retentionDays, 1, 31), `${at}, retentionDays`, retentionDays, 'whole days from 1 to 31'),
    ...expect(
      attempts === undefined || isBetween(attempts, 5, 100),
      `${at}, maxDeliveryAttempts`,
      attempts,
      'a whole number from 5 to 100',
    ),
  ];
}

function deadLetterFindings(subscription: SubscriptionSpec, { topics, subscriptions }: Topology): Violation[] {
  const { name, topic, deadLetter } = subscription;
  const at = `subscription ${name}`;
  const known = new Set(topics.map((one) => one.name));
  const source = expect(known.has(topic), `${at}, topic`, topic, 'a topic of the topology');
  // What reads dead letters has none itself: it tries until the message is too old.
  if (subscriptions.some((other) => other.deadLetter?.topic === topic)) {
    const none = 'absent: a message that failed for good must not be moved again';
    return [...source, ...expect(deadLetter === undefined, `${at}, deadLetter.topic`, deadLetter?.topic, none)];
  }
  const rule = 'another topic of the topology, with a second line that delivers to the same target';
  const isOther = deadLetter !== undefined && known.has(deadLetter.topic) && deadLetter.topic !== topic;
  const again = subscriptions.find((other) => other.name === secondLineSubscription(name));
  const isTriedAgain = again?.topic === deadLetter?.topic && again !== undefined && isSameTarget(again, subscription);
  return [...source, ...expect(isOther && isTriedAgain, `${at}, deadLetter.topic`, deadLetter?.topic, rule)];
}

function isSameTarget({ target: one }: SubscriptionSpec, { target: other }: SubscriptionSpec): boolean {
  if (one.kind === 'push') return other.kind === 'push' && one.function === other.function;
  return other.kind === 'table' && one.dataset === other.dataset && one.table === other.table && one.row === other.row;
}

function targetFindings({ name, target, ackDeadlineSeconds }: SubscriptionSpec, topology: Topology): Violation[] {
  const at = `subscription ${name}`;
  if (target.kind === 'table') {
    const isThere = topology.tables.some(({ dataset, table }) => dataset === target.dataset && table === target.table);
    return expect(isThere, `${at}, target`, `${target.dataset}.${target.table}`, 'a table of the topology');
  }
  const callee = topology.functions.find((one) => one.name === target.function);
  const timeout = callee?.size.timeoutSeconds;
  return [
    ...expect(callee?.callers.kind === 'push', `${at}, target`, target.function, 'a function whose callers are "push"'),
    ...expect(
      timeout === undefined || timeout <= ackDeadlineSeconds,
      `timeoutSeconds of ${target.function}`,
      timeout,
      `at most the ack deadline of ${name} (${ackDeadlineSeconds}): the message would come again while it is at work`,
    ),
  ];
}
