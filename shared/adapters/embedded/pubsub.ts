import type { BusTopology, SubscriptionDeclaration } from '../../ports/bus-topology.ts';
import type { PulledMessage } from '../../ports/message-reader.ts';
import type { Message } from '../../ports/publisher.ts';
import { Unavailable } from '../../ports/unavailable.ts';
import { assertWithinPubsubLimits } from '../pubsub-limits.ts';
import type { BusFile } from './bus-file.ts';
import { asUnavailable, foldLog, inTransaction } from './database.ts';
import type { EmbeddedPubSub, EmbeddedPubSubParts, SubscriptionStats } from './embedded-pubsub.ts';
import type { AfterCommit } from './group-commit.ts';
import { inPacks } from './message-pack.ts';
import { type EmbeddedPubSubSettings, embeddedPubSubDefaults } from './pubsub-settings.ts';
import { PubSubStore, storedSizeBytes } from './pubsub-store.ts';
import { Subscription } from './pubsub-subscription.ts';
import { assertTopology } from './pubsub-topology.ts';
import { PushDispatcher } from './push-dispatcher.ts';
import { RelayedRecords } from './relayed-records.ts';

export type { EmbeddedPubSub, EmbeddedPubSubParts } from './embedded-pubsub.ts';

/** The bus in its file, with everything that is in it; its `stop` closes the file. `declare` and `start` come next. */
export function pubsubIn(file: BusFile, parts: EmbeddedPubSubParts): EmbeddedPubSub {
  return new PubSub(file, parts);
}

class PubSub implements EmbeddedPubSub {
  readonly #options: EmbeddedPubSubParts;
  readonly #settings: EmbeddedPubSubSettings;
  readonly #file: BusFile;
  readonly #store: PubSubStore;
  readonly #relayed: RelayedRecords | undefined;
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
    if (options.isRelayed) this.#relayed = new RelayedRecords(this.#store, this.#settings.maxRelayedBytes);
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
    const isRelayed = this.#options.isRelayed?.(topic) === true;
    if (isRelayed && this.#relay(topic, messages, bytes)) return;
    // Reserved before the commit, so that what is published in one turn cannot pass the bound together.
    this.#storedBytes += bytes;
    try {
      await this.#file.commits.run((afterCommit) => this.#deliver(topic, messages, afterCommit), {
        synced: !isRelayed,
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
    this.#storeRelayed();
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
      this.#storeRelayed();
      this.#file.commits.flush();
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
    const relayed = this.#relayed;
    const parts = { clock, random, maxPullBytes, retryMillis, store, commits, relayed, deliver, freed };
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

  /** False where the file has to take the messages. */
  #relay(topic: string, messages: readonly Message[], bytes: number): boolean {
    const [reader, second] = this.#topics.get(topic) ?? [];
    const relayed = this.#relayed;
    if (reader === undefined || second !== undefined || relayed === undefined || this.#file.commits.isClosed)
      return false;
    if (!relayed.hasRoomFor(bytes)) {
      this.#storeRelayed();
      return false;
    }
    const nowMillis = this.#options.clock.nowMillis();
    for (const pack of inPacks(messages, this.#packLimits(reader))) {
      this.#storedBytes += relayed.add(reader.id, pack, nowMillis);
    }
    reader.added(messages.length);
    this.#foldSoon();
    return true;
  }

  /** Stores what is in memory alone with the next transaction. */
  #storeRelayed(): void {
    const relayed = this.#relayed;
    if (relayed === undefined) return;
    const store = (afterCommit: AfterCommit) => {
      const freed = relayed.storeAll(afterCommit);
      afterCommit(() => {
        this.#storedBytes -= freed;
      });
    };
    this.#file.commits.run(store, { synced: false }).catch((error: unknown) => {
      if (!(error instanceof Unavailable)) throw error;
      if (!this.#file.commits.isClosed) this.#foldSoon();
    });
  }

  /** One that pulls takes many at once, and answers for them together; pushes are answered one by one. */
  #packLimits({ declaration }: Subscription) {
    const { maxPackedMessages, maxPackedBytes, maxPullBytes } = this.#settings;
    return {
      maxMessages: declaration.push === undefined ? maxPackedMessages : 1,
      maxBytes: Math.min(maxPackedBytes, maxPullBytes),
    };
  }

  /** As on Google's, a message of a topic without subscriptions is dropped. */
  #deliver(topic: string, messages: readonly Message[], afterCommit: AfterCommit): void {
    const subscriptions = this.#topics.get(topic) ?? [];
    const [first, ...others] = subscriptions;
    if (first === undefined) return;
    const nowMillis = this.#options.clock.nowMillis();
    const ids = subscriptions.map(({ id }) => id);
    let bytes = 0;
    const limits = this.#packLimits(first);
    for (const pack of inPacks(messages, others.length === 0 ? limits : { ...limits, maxMessages: 1 })) {
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
