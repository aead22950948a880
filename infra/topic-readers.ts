import { lineOf } from '../shared/http/line.ts';
import type { SubscriptionSpec, TableSpec, TopicSpec, Topology } from './topology.ts';

/** A topic with everything that reads it: what is declared together. */
export interface TopicWithReaders extends TopicSpec {
  readonly readers: readonly TopicReader[];
}

interface TopicReader {
  readonly subscription: SubscriptionSpec;
  readonly deadLetterTopic: TopicSpec;
  /** What reads the dead letters: the second line first. */
  readonly deadLetterReaders: readonly SubscriptionSpec[];
}

/** The topics that are not dead letters. Throws when a subscription's dead letters would be lost. */
export function topicsWithReaders({ topics, subscriptions }: Topology): TopicWithReaders[] {
  const byName = new Map(topics.map((topic) => [topic.name, topic]));
  const deadLetters = new Set(subscriptions.flatMap(({ deadLetter }) => deadLetter?.topic ?? []));
  return topics
    .filter(({ name }) => !deadLetters.has(name))
    .map((topic) => {
      const reading = subscriptions.filter((subscription) => subscription.topic === topic.name);
      const readers = reading.map((subscription): TopicReader => {
        const deadLetterTopic = byName.get(subscription.deadLetter?.topic ?? '');
        const deadLetterReaders = subscriptions.filter((other) => other.topic === deadLetterTopic?.name);
        if (deadLetterTopic === undefined || !deadLetterReaders.some(({ name }) => lineOf(name) === 'second')) {
          throw new Error(
            `${subscription.name} has no second line that reads its dead letters: what fails would be lost`,
          );
        }
        return { subscription, deadLetterTopic, deadLetterReaders };
      });
      return { ...topic, readers };
    });
}

/** The table that a topic's rows are written to, for topics of rows. */
export function tableOf({ readers }: TopicWithReaders, { tables }: Topology): TableSpec | undefined {
  const target = readers.map(({ subscription }) => subscription.target).find(({ kind }) => kind === 'table');
  if (target?.kind !== 'table') return undefined;
  return tables.find(({ dataset, table }) => dataset === target.dataset && table === target.table);
}
