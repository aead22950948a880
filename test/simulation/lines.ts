import { deadLetterOf } from '../../shared/adapters/embedded/dead-letter.ts';
import { assertWithinPubsubLimits } from '../../shared/adapters/pubsub-limits.ts';
import type { DeliveredMessage, Message } from '../../shared/ports/publisher.ts';
import type { Chaos } from './chaos.ts';
import { day, hour, minute } from './plan.ts';
import type { Dice, Scheduler } from './scheduler.ts';

/** What a subscriber makes of a message. */
type Deliver = (message: DeliveredMessage) => Promise<'done' | 'retry'>;

/** A message that a subscription has and nobody has acknowledged. */
export interface Held {
  readonly message: Message;
  readonly topic: string;
  readonly subscription: string;
  readonly publishedAtMillis: number;
}

export interface Lines {
  publish(topic: string, messages: readonly Message[]): void;
  /** Makes both lines of a topic's reader: what fails in the first is delivered to the same by the second. */
  subscribe(reader: Reader, deliver: Deliver): void;
  readonly held: ReadonlySet<Held>;
  /** Every message that a subscription ever had, by the id that it was delivered with. */
  readonly byId: ReadonlyMap<string, Held>;
  /** What was held until its retention was over. */
  readonly expired: readonly Held[];
}

const ackDeadlineMillis = minute;

interface Reader {
  readonly name: string;
  readonly topic: string;
  readonly retentionDays: { readonly first: number; readonly second: number };
  readonly maxDelayMillis: number;
}

/** Stages purge by the seal after 29 days, which nobody may be kept from for as long as a message is left then. */
export const stageLines = { retentionDays: { first: 31, second: 31 }, maxDelayMillis: 29 * day + 6 * hour };
/** Both lines of a table together keep a row for less time than stages purge after. */
export const tableLines = { retentionDays: { first: 7, second: 22 }, maxDelayMillis: 4 * day };

interface Line {
  readonly subscription: string;
  readonly topic: string;
  readonly retentionMillis: number;
  readonly maxDelayMillis: number;
  readonly deliver: Deliver;
  readonly minBackoffMillis: number;
  readonly maxBackoffMillis: number;
  readonly deadLetter?: { readonly topic: string; readonly maxDeliveryAttempts: number };
}

interface LinesOptions {
  readonly dice: Dice;
  readonly scheduler: Scheduler;
  readonly chaos: Chaos;
  /** Sees every message that is stored on a topic. */
  readonly onStored: (topic: string, message: Message) => void;
}

/**
 * Pub/Sub with both lines, as its documentation tells and FACTS of it were measured: at least once, in any order, each
 * attempt with its deadline, dead letters after some attempts, and retention. Attempts are fewer and further apart than a
 * deployment's, so that weeks take few steps.
 */
export function makeLines({ dice, scheduler, chaos, onStored }: LinesOptions): Lines {
  const { clock } = scheduler;
  const lines: Line[] = [];
  const held = new Set<Held>();
  const expired: Held[] = [];
  const byId = new Map<string, Held>();
  let messages = 0;

  const pause = (millis: number) => new Promise<void>((resolve) => clock.after(millis, resolve));

  function startDelayMillis({ maxDelayMillis }: Line): number {
    if (chaos.strikes('long-delay')) return dice.below(maxDelayMillis);
    return chaos.strikes('reorder') ? dice.below(5 * hour) : 0;
  }

  /** True when this attempt was acknowledged in time. */
  async function attempt(line: Line, delivery: DeliveredMessage): Promise<boolean> {
    const run = () => line.deliver(delivery).catch(() => 'retry' as const);
    const late = pause(ackDeadlineMillis).then(() => 'late' as const);
    const runs = chaos.strikes('duplicate-delivery') ? [run(), run()] : [run()];
    const outcome = await Promise.race([Promise.all(runs).then(([first]) => first), late]);
    return outcome === 'done' && !chaos.strikes('lost-acknowledgement');
  }

  async function keep(line: Line, message: Message): Promise<void> {
    const one: Held = {
      message,
      topic: line.topic,
      subscription: line.subscription,
      publishedAtMillis: clock.nowMillis(),
    };
    const messageId = String(messages++);
    held.add(one);
    byId.set(messageId, one);
    const delivery = {
      ...message,
      messageId,
      publishTimeMillis: one.publishedAtMillis,
      subscription: `projects/simulation/subscriptions/${line.subscription}`,
    };
    const delayMillis = startDelayMillis(line);
    if (delayMillis > 0) await pause(delayMillis);
    for (let attempts = 1; ; attempts++) {
      await scheduler.turn();
      if (clock.nowMillis() - one.publishedAtMillis >= line.retentionMillis) {
        expired.push(one);
        break;
      }
      const counted = line.deadLetter === undefined ? {} : { deliveryAttempt: attempts };
      if (await attempt(line, { ...delivery, ...counted })) break;
      if (line.deadLetter !== undefined && attempts >= line.deadLetter.maxDeliveryAttempts) {
        chaos.tell('dead-letter');
        const { publishedAtMillis: publishTimeMillis, subscription } = one;
        const dead = deadLetterOf({ ...message, publishTimeMillis }, { subscription, deliveries: attempts });
        publish(line.deadLetter.topic, chaos.strikes('dead-lettered-twice') ? [dead, dead] : [dead]);
        break;
      }
      const backoffMillis = Math.min(line.maxBackoffMillis, line.minBackoffMillis * 2 ** Math.min(attempts - 1, 20));
      await pause(Math.floor(backoffMillis * (0.5 + dice.below(1_000) / 1_000)));
    }
    held.delete(one);
  }

  function publish(topic: string, published: readonly Message[]): void {
    assertWithinPubsubLimits(published);
    for (const message of published) {
      onStored(topic, message);
      for (const line of lines) if (line.topic === topic) void keep(line, message);
    }
  }

  return {
    publish,
    subscribe({ name, topic, retentionDays, maxDelayMillis }, deliver) {
      const deadLetters = `dead-letter.${name}`;
      const deadLetter = { topic: deadLetters, maxDeliveryAttempts: 5 };
      const common = { deliver, maxDelayMillis };
      const fast = { minBackoffMillis: 10_000, maxBackoffMillis: 2 * hour, retentionMillis: retentionDays.first * day };
      const slow = {
        minBackoffMillis: 2 * hour,
        maxBackoffMillis: 8 * hour,
        retentionMillis: retentionDays.second * day,
      };
      lines.push({ subscription: name, topic, ...common, ...fast, deadLetter });
      lines.push({ subscription: `second-line.${name}`, topic: deadLetters, ...common, ...slow });
    },
    byId,
    held,
    expired,
  };
}
