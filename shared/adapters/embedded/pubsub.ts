import type { BusTopology, SubscriptionDeclaration } from '../../ports/bus-topology.ts';
import type { Clock } from '../../ports/clock.ts';
import type { MessageReader, PulledMessage } from '../../ports/message-reader.ts';
import type { Message, Publisher } from '../../ports/publisher.ts';
import type { Random } from '../../ports/random.ts';
import { Unavailable } from '../../ports/unavailable.ts';
import { assertWithinPubsubLimits } from '../pubsub-limits.ts';
import type { BusFile } from './bus-file.ts';
import { asUnavailable, foldLog, inTransaction } from './database.ts';
import type { AfterCommit } from './group-commit.ts';
import { inPacks } from './message-pack.ts';
import { type EmbeddedPubSubSettings, embeddedPubSubDefaults } from './pubsub-settings.ts';
import { PubSubStore, storedSizeBytes } from './pubsub-store.ts';
import { Subscription } from './pubsub-subscription.ts';
import { assertTopology } from './pubsub-topology.ts';
import { type Push, PushDispatcher, type Taker } from './push-dispatcher.ts';

export interface EmbeddedPubSubParts {
  readonly clock: Clock;
  /** Spreads redeliveries; without it they come exactly after their backoff. */
  readonly random?: Random;
  /** Needed when a subscription pushes. */
  readonly push?: Push;
  /** By endpoint, those in this process, to which nothing is sent: looked up for each message. */
  readonly takers?: ReadonlyMap<string, Taker>;
  /**
   * Topics that only stages publish to which read another subscription of this bus: `publish` does not wait for the disk
   * there. What a power failure takes of them is published again, since it takes the acknowledgement of its origin, too.
   * None by default.
   */
  readonly isRelayed?: (topic: string) => boolean;
  readonly settings?: Partial<EmbeddedPubSubSettings>;
}

interface SubscriptionStats {
  readonly subscription: string;
  /** Not acknowledged: waiting, and delivered without an answer yet. */
  readonly backlogMessages: number;
  readonly leasedMessages: number;
  /** Since it was published; absent when there is none. */
  readonly oldestMessageAgeMillis?: number;
}

/**
 * A Pub/Sub in this process, on one SQLite file, that behaves like Google's as far as a function sees it: at-least-once
 * delivery, push and pull, ack deadlines, backoff, dead letters. Its differences: a late acknowledgement has no effect,
 * fresh messages come in the order of publishing, a delivery counts as an attempt also when the process died during it,
 * what one call published for a single reader that pulls is leased, and fails, together (so a pull may give fewer than it
 * could), a message may be delivered before its publisher is answered, and a subscription that this process has not
 * declared receives nothing (what it had waits until it is declared again).
 */
export interface EmbeddedPubSub extends Publisher, MessageReader {
  /** Makes topics and subscriptions, also while running; declaring again changes settings only. Throws for a mistake. */
  declare(topology: BusTopology): void;
  /**
   * Leases up to `maxMessages` messages for the ack deadline. Resolves at once, with none when there are none. `Unavailable`
   * when the storage fails, here and in the next two.
   */
  pull(subscription: string, maxMessages: number): Promise<PulledMessage[]>;
  acknowledge(subscription: string, ackIds: readonly string[]): Promise<void>;
  nack(subscription: string, ackIds: readonly string[], why?: string): Promise<void>;
  /** Drops what is not acknowledged, as a seek to this moment does; what is delivered just now may still have effects. */
  purge(subscription: string): Promise<void>;
  /**
   * Calls `wake` each time that messages may have come within reach (published, backoff over), and once soon when there
   * already may be some. Returns how to stop that.
   */
  onMessage(subscription: string, wake: () => void): () => void;
  /** Every declared subscription, in the order of declaration. A few index look-ups each. */
  stats(): SubscriptionStats[];
  /** Sums over all subscriptions; both 0 when nothing is left to do. */
  idle(): { readonly backlogMessages: number; readonly leasedMessages: number };
  /** Begins to push. */
  start(): void;
  /**
   * Stops pushing, waits for the pushes on their way at most `drainMillis` (publishing and acknowledging still work
   * meanwhile), then closes. Afterwards pulls give nothing and everything else rejects with `Unavailable`.
   */
  stop(options: { readonly drainMillis: number }): Promise<void>;
}

/** The bus in its file, with everything that is in it; its `stop` closes the file. `declare` and `start` come next. */
export function pubsubIn(file: BusFile, parts: EmbeddedPubSubParts): EmbeddedPubSub {
  return new PubSub(file, parts);
}

class PubSub implements EmbeddedPubSub {
  readonly #options: EmbeddedPubSubParts;
  readonly #settings: EmbeddedPubSubSettings;
  readonly #file: BusFile;
  readonly #store: PubSubStore;
  readonly #topics = new Map<string, Subscription[]>();
  readonly #subscriptions = new Map<string, Subscription>();
  readonly #dispatchers = new Map<string, PushDispatcher>();
  #storedBytes: number;
  #cancelFold: (() => void) | undefined;
  #started = false;
  #stopped: Promise<void> | undefined;

  constructor(file: BusFile, options: EmbeddedPubSubParts) {
    this.#options = options;
    this.#settings = { ...embeddedPubSubDefaults, ...options.settings };
    this.#file = file;
    this.#store = new PubSubStore(file.database, this.#settings.maxRecentBytes);
    this.#storedBytes = this.#store.storedBytes();
  }

  declare(topology: BusTopology): void {
    assertTopology(topology);
    const topics = new Set([...this.#topics.keys(), ...topology.topics]);
    for (const declaration of topology.subscriptions) this.#assertUsable(declaration, topics);
    for (const topic of topology.topics) if (!this.#topics.has(topic)) this.#topics.set(topic, []);
    const missing = topology.subscriptions.filter(({ name }) => !this.#subscriptions.has(name));
    for (const subscription of this.#openSubscriptions(missing)) {
      const { declaration } = subscription;
      this.#subscriptions.set(declaration.name, subscription);
      this.#topics.get(declaration.topic)?.push(subscription);
    }
    for (const declaration of topology.subscriptions) this.#declareSubscription(declaration);
  }

  async publish(topic: string, messages: readonly Message[]): Promise<void> {
    if (!this.#topics.has(topic)) throw new Error(`topic "${topic}" is not declared`);
    assertWithinPubsubLimits(messages);
    const bytes = messages.reduce((sum, message) => sum + storedSizeBytes(message.data), 0);
    const { maxStoredBytes } = this.#settings;
    if (this.#storedBytes + bytes > maxStoredBytes) {
      throw new Unavailable('publisher', `the local bus is full: maxStoredBytes is ${maxStoredBytes}`);
    }
    // Reserved before the commit, so that what is published in one turn cannot pass the bound together.
    this.#storedBytes += bytes;
    try {
      await this.#file.commits.run((afterCommit) => this.#deliver(topic, messages, afterCommit), {
        synced: this.#options.isRelayed?.(topic) !== true,
      });
    } finally {
      this.#storedBytes -= bytes;
    }
  }

  async pull(subscription: string, maxMessages: number): Promise<PulledMessage[]> {
    if (this.#stopped !== undefined || maxMessages < 1) return [];
    return await this.#find(subscription).lease(maxMessages);
  }

  async acknowledge(subscription: string, ackIds: readonly string[]): Promise<void> {
    await this.#find(subscription).acknowledge(ackIds);
  }

  async nack(subscription: string, ackIds: readonly string[], why?: string): Promise<void> {
    await this.#find(subscription).nack(ackIds, why);
  }

  async purge(subscription: string): Promise<void> {
    await this.#find(subscription).purge();
  }

  onMessage(subscription: string, wake: () => void): () => void {
    return this.#find(subscription).onMessage(wake);
  }

  stats(): SubscriptionStats[] {
    return [...this.#subscriptions.values()].map((subscription) => {
      const { backlogMessages, leasedMessages } = subscription;
      const age =
        backlogMessages === 0 || !this.#file.database.isOpen ? undefined : subscription.oldestMessageAgeMillis();
      const oldest = age === undefined ? {} : { oldestMessageAgeMillis: age };
      return { subscription: subscription.declaration.name, backlogMessages, leasedMessages, ...oldest };
    });
  }

  idle(): { backlogMessages: number; leasedMessages: number } {
    const sum = { backlogMessages: 0, leasedMessages: 0 };
    for (const subscription of this.#subscriptions.values()) {
      sum.backlogMessages += subscription.backlogMessages;
      sum.leasedMessages += subscription.leasedMessages;
    }
    return sum;
  }

  start(): void {
    if (this.#stopped !== undefined) throw new Error('the bus is stopped: open it again');
    this.#started = true;
    for (const dispatcher of this.#dispatchers.values()) dispatcher.start();
  }

  stop(options: { readonly drainMillis: number }): Promise<void> {
    this.#stopped ??= this.#drainAndClose(options.drainMillis);
    return this.#stopped;
  }

  async #drainAndClose(drainMillis: number): Promise<void> {
    const dispatchers = [...this.#dispatchers.values()];
    for (const dispatcher of dispatchers) dispatcher.stop();
    if (drainMillis > 0) await this.#settledWithin(dispatchers, drainMillis);
    for (const subscription of this.#subscriptions.values()) subscription.close();
    this.#cancelFold?.();
    this.#file.close();
  }

  async #settledWithin(dispatchers: readonly PushDispatcher[], drainMillis: number): Promise<void> {
    let cancel: () => void = () => undefined;
    const timeout = new Promise<void>((resolve) => {
      cancel = this.#options.clock.after(drainMillis, resolve);
    });
    await Promise.race([Promise.all(dispatchers.map((dispatcher) => dispatcher.settled())), timeout]);
    cancel();
  }

  /** Payloads are personal data in the clear: what was delivered does not stay behind in the log. */
  #foldSoon(): void {
    this.#cancelFold ??= this.#options.clock.after(this.#settings.foldMillis, () => {
      this.#cancelFold = undefined;
      try {
        foldLog(this.#file.database);
      } catch (error) {
        // A full disk is for those who publish to hear of; the log is folded with the next delivery.
        if (!(asUnavailable('pubsub', error) instanceof Unavailable)) throw error;
      }
    });
  }

  #find(name: string): Subscription {
    const subscription = this.#subscriptions.get(name);
    if (subscription === undefined) throw new Error(`subscription "${name}" is not declared`);
    return subscription;
  }

  #assertUsable(declaration: SubscriptionDeclaration, topics: ReadonlySet<string>): void {
    const { name, topic, deadLetter, push } = declaration;
    for (const needed of deadLetter === undefined ? [topic] : [topic, deadLetter.topic]) {
      if (!topics.has(needed)) throw new Error(`subscription "${name}" needs topic "${needed}", which is not declared`);
    }
    if (push !== undefined && this.#options.push === undefined) {
      throw new Error(`subscription "${name}" pushes, but the bus was opened without a push transport`);
    }
    const known = this.#subscriptions.get(name)?.declaration;
    if (known !== undefined && known.topic !== topic) {
      throw new Error(`subscription "${name}" reads topic "${known.topic}", which cannot change`);
    }
  }

  #declareSubscription(declaration: SubscriptionDeclaration): void {
    const subscription = this.#subscriptions.get(declaration.name);
    if (subscription === undefined) return;
    subscription.redeclare(declaration);
    if (declaration.push !== undefined) this.#dispatch(subscription);
    else this.#dispatchers.get(declaration.name)?.stop();
  }

  #openSubscriptions(declarations: readonly SubscriptionDeclaration[]): Subscription[] {
    const { clock, random } = this.#options;
    const { maxPullBytes, retryMillis } = this.#settings;
    const [store, { commits }] = [this.#store, this.#file];
    const deliver = (topic: string, messages: readonly Message[], afterCommit: AfterCommit) =>
      this.#deliver(topic, messages, afterCommit);
    const freed = (bytes: number) => {
      this.#storedBytes -= bytes;
      this.#foldSoon();
    };
    const parts = { clock, random, maxPullBytes, retryMillis, store, commits, deliver, freed };
    return inTransaction(this.#file.database, () => declarations.map((each) => new Subscription(each, parts)));
  }

  #dispatch(subscription: Subscription): void {
    const { clock, push, takers } = this.#options;
    const { name } = subscription.declaration;
    if (push === undefined) return;
    const { retryMillis } = this.#settings;
    const parts = { push, takers, clock, retryMillis };
    const dispatcher = this.#dispatchers.get(name) ?? new PushDispatcher(subscription, parts);
    this.#dispatchers.set(name, dispatcher);
    if (this.#started) dispatcher.start();
  }

  /** As on Google's, a message of a topic without subscriptions is dropped. */
  #deliver(topic: string, messages: readonly Message[], afterCommit: AfterCommit): void {
    const subscriptions = this.#topics.get(topic) ?? [];
    const [first, ...others] = subscriptions;
    if (first === undefined) return;
    const nowMillis = this.#options.clock.nowMillis();
    const ids = subscriptions.map(({ id }) => id);
    let bytes = 0;
    // One that pulls takes many at once, and answers for them together; pushes are answered one by one.
    const isPacked = others.length === 0 && first.declaration.push === undefined;
    const { maxPackedMessages, maxPackedBytes, maxPullBytes } = this.#settings;
    const limits = { maxMessages: isPacked ? maxPackedMessages : 1, maxBytes: Math.min(maxPackedBytes, maxPullBytes) };
    for (const pack of inPacks(messages, limits)) {
      const [message] = pack;
      if (message === undefined) continue;
      if (pack.length > 1) bytes += this.#store.insertPack(pack, nowMillis, first.id, afterCommit);
      else bytes += this.#store.insert(message, nowMillis, ids, afterCommit);
    }
    afterCommit(() => {
      this.#storedBytes += bytes;
      for (const subscription of subscriptions) subscription.added(messages.length);
    });
  }
}
