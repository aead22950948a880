import { firstLineOf } from '../../../shared/http/line.ts';
import { eventTopic, tableSubscription, unfitRowsSubscription } from '../../naming.ts';

/** What a bus tells of a subscription. */
interface SubscriptionBacklog {
  readonly subscription: string;
  readonly backlogMessages: number;
  readonly oldestMessageAgeMillis?: number;
}

/** What waits at a stage, in messages; one between the first stages holds many events. */
export interface StageBacklog {
  readonly stage: string;
  readonly waiting: number;
  /** Of the oldest that waits; absent when none does. */
  readonly oldestMillis?: number;
  /** Dead letters, which the second line tries again by itself. */
  readonly deadLetters: number;
}

/** In the order of an event's walk; others come behind them. */
const walk = ['dedup', 'pseudonymize', 'tables of events', 'tables of operators'];

/** Sums subscriptions by stage: a function has one, and tables one each. */
export function stagesOf(stats: readonly SubscriptionBacklog[]): StageBacklog[] {
  const stages = new Map<string, { waiting: number; oldestMillis?: number; deadLetters: number }>(
    walk.map((stage) => [stage, { waiting: 0, deadLetters: 0 }]),
  );
  for (const { subscription, backlogMessages, oldestMessageAgeMillis } of stats) {
    const first = firstLineOf(subscription);
    const stage = stageOf(first);
    const backlog = stages.get(stage) ?? { waiting: 0, deadLetters: 0 };
    stages.set(stage, backlog);
    if (first !== subscription) {
      backlog.deadLetters += backlogMessages;
      continue;
    }
    backlog.waiting += backlogMessages;
    if (oldestMessageAgeMillis === undefined) continue;
    backlog.oldestMillis = Math.max(backlog.oldestMillis ?? 0, oldestMessageAgeMillis);
  }
  return [...stages].map(([stage, backlog]) => ({ stage, ...backlog }));
}

function stageOf(subscription: string): string {
  if (subscription.startsWith(tableSubscription(eventTopic('')))) return 'tables of events';
  if (subscription.startsWith(tableSubscription(''))) return 'tables of operators';
  return subscription.startsWith(unfitRowsSubscription('')) ? 'rows that no table took' : subscription;
}
