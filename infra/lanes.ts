import type { SubscriptionSpec, TableSpec, TopicSpec, Topology } from './topology.ts';

/** A topic with everything that reads it: what is declared together. */
export interface TopicLane {
  readonly topic: TopicSpec;
  readonly subscribers: readonly Subscriber[];
}

export interface Subscriber {
  readonly subscription: SubscriptionSpec;
  readonly deadLetterTopic: TopicSpec;
  /** Keeps the dead letters. */
  readonly hold: SubscriptionSpec;
}

/** The topology by topics that are not dead letters. Throws when a subscription's dead letters would be lost. */
export function lanesOf({ topics, subscriptions }: Topology): TopicLane[] {
  const byName = new Map(topics.map((topic) => [topic.name, topic]));
  const deadLetters = new Set(subscriptions.flatMap(({ deadLetter }) => deadLetter?.topic ?? []));
  return topics
    .filter(({ name }) => !deadLetters.has(name))
    .map((topic) => {
      const readers = subscriptions.filter((subscription) => subscription.topic === topic.name);
      const subscribers = readers.map((subscription): Subscriber => {
        const deadLetterTopic = byName.get(subscription.deadLetter?.topic ?? '');
        const hold = subscriptions.find(
          (other) => other.topic === deadLetterTopic?.name && other.target.kind === 'hold',
        );
        if (deadLetterTopic === undefined || hold === undefined) {
          throw new Error(
            `${subscription.name} has no dead letter topic that a subscription keeps: what fails would be lost`,
          );
        }
        return { subscription, deadLetterTopic, hold };
      });
      return { topic, subscribers };
    });
}

/** The table that a lane fills, for lanes that fill one. */
export function tableOf({ subscribers }: TopicLane, { tables }: Topology): TableSpec | undefined {
  const target = subscribers.map(({ subscription }) => subscription.target).find(({ kind }) => kind === 'table');
  if (target?.kind !== 'table') return undefined;
  return tables.find(({ dataset, table }) => dataset === target.dataset && table === target.table);
}
