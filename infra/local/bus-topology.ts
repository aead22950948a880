import { type Line, lineOf } from '../../shared/http/line.ts';
import type { BusTopology } from '../../shared/ports/bus-topology.ts';
import type { Topology } from '../topology.ts';

/** The topology's topics and subscriptions for a bus; `urlOf` tells where a function listens for a line. */
export function busTopology(topology: Topology, urlOf: (name: string, line: Line) => string | undefined): BusTopology {
  return {
    topics: topology.topics.map((topic) => topic.name),
    subscriptions: topology.subscriptions.map(({ target, ...subscription }) => {
      if (target.kind !== 'push') return subscription;
      const endpoint = urlOf(target.function, lineOf(subscription.name));
      if (endpoint === undefined) {
        throw new Error(`${subscription.name} pushes to ${target.function}, which is not deployed`);
      }
      return { ...subscription, push: { endpoint, maxOutstandingMessages: target.maxOutstandingMessages } };
    }),
  };
}

/** What fills the tables of a topology: their topics, subscriptions and dead letters, and no function. */
export function tablesOnly(topology: Topology): BusTopology {
  const subscriptions = topology.subscriptions.filter(({ target }) => target.kind === 'table');
  const topics = new Set(subscriptions.flatMap(({ topic, deadLetter }) => [topic, deadLetter?.topic ?? topic]));
  return { topics: [...topics], subscriptions: subscriptions.map(({ target, ...subscription }) => subscription) };
}
