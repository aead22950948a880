import type { SubscriptionDeclaration } from '../../ports/bus-topology.ts';
import type { PulledMessage } from '../../ports/message-reader.ts';
import { Unavailable } from '../../ports/unavailable.ts';
import { backoffMillis } from './backoff.ts';
import { asUnavailable } from './database.ts';
import { deadLetterOf } from './dead-letter.ts';
import type { AfterCommit } from './group-commit.ts';
import { ackIdOf, type Held, HeldLeases, isWhole, ownLease, type Part } from './held-leases.ts';
import { firstMessageId, type Lease, type LeasedRecord, messagesOf } from './pubsub-store.ts';
import { fullSubscriptionName, longestRetentionDays } from './pubsub-topology.ts';
import type { SubscriptionContext } from './subscription-context.ts';
import { WakeUpTimer } from './wake-up-timer.ts';

/** A lease or an acknowledgement that a power failure takes is a delivery more, which at-least-once allows. */
const unsynced = { synced: false };

const dayMillis = 86_400_000;

/**
 * One subscription: leases messages, takes them back, times them out. What is stored is decided by the store, inside
 * transactions; what is in memory here (counts, leases) follows once a transaction is committed.
 */
export class Subscription {
  readonly id: number;
  #declaration: SubscriptionDeclaration;
  readonly #context: SubscriptionContext;
  readonly #held = new HeldLeases();
  readonly #listeners = new Set<() => void>();
  readonly #dueTimer: WakeUpTimer;
  readonly #deadlineTimer: WakeUpTimer;
  #backlog: number;
  #mayHaveMessages: boolean;

  constructor(declaration: SubscriptionDeclaration, context: SubscriptionContext) {
    this.#declaration = declaration;
    this.#context = context;
    this.id = context.store.subscriptionId(declaration.name);
    this.#backlog = context.store.recover(this.id);
    this.#mayHaveMessages = this.#backlog > 0;
    this.#dueTimer = new WakeUpTimer(context.clock, () => this.#becomeDue());
    this.#deadlineTimer = new WakeUpTimer(context.clock, () => this.#expireLeases());
    this.#scheduleNextDue();
  }

  get declaration(): SubscriptionDeclaration {
    return this.#declaration;
  }

  /** Messages that are not acknowledged, leased ones included. */
  get backlogMessages(): number {
    return this.#backlog;
  }

  get leasedMessages(): number {
    return this.#held.size;
  }

  /** False: a lease would find nothing until the next wake-up. */
  get mayHaveMessages(): boolean {
    return this.#mayHaveMessages;
  }

  /** Takes new settings; they hold for the next delivery. */
  redeclare(declaration: SubscriptionDeclaration): void {
    if (declaration.topic !== this.#declaration.topic) {
      throw new Error(`subscription "${declaration.name}" reads "${this.#declaration.topic}": its topic cannot change`);
    }
    this.#declaration = declaration;
  }

  /**
   * Leases up to `maxMessages` for the ack deadline. Those that used up their attempts go to the dead-letter topic, those
   * that are older than the retention go for good.
   */
  lease(maxMessages: number): Promise<PulledMessage[]> {
    const { commits, store, clock, maxPullBytes, freed } = this.#context;
    return commits.run((afterCommit) => {
      const nowMillis = clock.nowMillis();
      const limits = { maxMessages, maxBytes: maxPullBytes, nowMillis };
      const found = store.lease(this.id, limits, (bytes) => afterCommit(() => freed(bytes)));
      const leased: LeasedRecord[] = [];
      for (const record of found) {
        const deliveries = record.attempts - 1;
        if (record.publishTimeMillis < nowMillis - this.#retentionMillis) this.#remove(record, afterCommit);
        else if (!this.#isExhausted(deliveries)) leased.push(record);
        else this.#moveToDeadLetter(record, { deliveries }, afterCommit);
      }
      afterCommit(() => {
        if (found.length === 0) this.#mayHaveMessages = false;
        // Whoever is given none stops to ask, and there may be more behind those that went.
        else if (leased.length === 0) this.#wake();
        this.#hold(leased, nowMillis + this.#declaration.ackDeadlineSeconds * 1_000);
      });
      const pulled: PulledMessage[] = [];
      for (const record of leased) this.#pull(record, pulled);
      return pulled;
    }, unsynced);
  }

  /** Removes what was delivered; an id that is not of a current delivery is passed over. */
  acknowledge(ackIds: readonly string[]): Promise<void> {
    return this.#settle(this.#held.namedBy(ackIds), (lease, afterCommit) => this.#remove(lease, afterCommit));
  }

  /** Gives back what was delivered: delivered again after its backoff, or dead-lettered after its last attempt. */
  nack(ackIds: readonly string[], why?: string): Promise<void> {
    return this.#giveBack(this.#held.namedBy(ackIds), why);
  }

  /** Drops everything that is not acknowledged, also what is delivered and not answered yet. */
  purge(): Promise<void> {
    const { commits, store, freed } = this.#context;
    return commits.run((afterCommit) => {
      const freedBytes = store.purge(this.id, afterCommit);
      afterCommit(() => {
        this.#backlog = 0;
        this.#held.clear();
        this.#dueTimer.cancel();
        this.#deadlineTimer.cancel();
        freed(freedBytes);
      });
    }, unsynced);
  }

  /** Messages were stored for this subscription. */
  added(messages: number): void {
    this.#backlog += messages;
    this.#wake();
  }

  /** Calls `listener` whenever there may be something to lease, and soon when there already may. */
  onMessage(listener: () => void): () => void {
    this.#listeners.add(listener);
    if (this.#mayHaveMessages) queueMicrotask(listener);
    return () => void this.#listeners.delete(listener);
  }

  oldestMessageAgeMillis(): number | undefined {
    const publishTimeMillis = this.#context.store.oldestPublishTimeMillis(this.id);
    return publishTimeMillis === undefined ? undefined : this.#context.clock.nowMillis() - publishTimeMillis;
  }

  /** Cancels the timers. What is leased stays so in the file, and is visible at once when it is opened again. */
  close(): void {
    this.#dueTimer.close();
    this.#deadlineTimer.close();
    this.#listeners.clear();
  }

  #hold(leased: readonly LeasedRecord[], deadlineMillis: number): void {
    for (const { recordId, attempts, shared } of leased) this.#held.add({ recordId, attempts, shared, deadlineMillis });
    if (leased.length > 0) this.#deadlineTimer.setNoLaterThan(deadlineMillis);
  }

  #giveBack(parts: readonly Part[], why?: string): Promise<void> {
    return this.#settle(parts, (lease, afterCommit) => {
      if (!this.#isExhausted(lease.attempts)) return this.#postpone(lease, afterCommit);
      return this.#moveToDeadLetter(lease, { deliveries: lease.attempts, why }, afterCommit);
    });
  }

  /** `settleOne` answers false where the lease is not the current one any more. */
  #settle(parts: readonly Part[], settleOne: (lease: Lease, afterCommit: AfterCommit) => boolean): Promise<void> {
    if (parts.length === 0) return Promise.resolve();
    return this.#context.commits.run((afterCommit) => {
      for (const part of parts) {
        const [held, messageIds] = part;
        if (isWhole(part) && settleOne(held, afterCommit)) continue;
        if (messagesOf(held) === 1) continue;
        // A part of it; or all of it, while somebody else in this transaction was faster with a part.
        this.#takeApart(held, afterCommit);
        for (const messageId of messageIds) settleOne(ownLease(messageId, held), afterCommit);
      }
      afterCommit(() => {
        for (const part of parts) this.#held.release(part);
        if (this.#held.size === 0) this.#deadlineTimer.cancel();
      });
    }, unsynced);
  }

  #takeApart(held: Held, afterCommit: AfterCommit): void {
    const freedBytes = this.#context.store.takeApart(this.id, held);
    if (freedBytes === undefined) return;
    afterCommit(() => {
      this.#held.takeApart(held);
      this.#context.freed(freedBytes);
    });
  }

  #remove(lease: Lease, afterCommit: AfterCommit): boolean {
    const freedBytes = this.#context.store.remove(this.id, lease);
    if (freedBytes === undefined) return false;
    afterCommit(() => {
      this.#backlog -= messagesOf(lease);
      this.#context.freed(freedBytes);
    });
    return true;
  }

  #postpone(lease: Lease, afterCommit: AfterCommit): boolean {
    const { clock, random, store } = this.#context;
    const dueMillis = clock.nowMillis() + backoffMillis(this.#declaration, lease.attempts, random);
    if (!store.postpone(this.id, lease, dueMillis)) return false;
    afterCommit(() => this.#dueTimer.setNoLaterThan(dueMillis));
    return true;
  }

  get #retentionMillis(): number {
    return (this.#declaration.retentionDays ?? longestRetentionDays) * dayMillis;
  }

  #isExhausted(attempts: number): boolean {
    const { deadLetter } = this.#declaration;
    return deadLetter !== undefined && attempts >= deadLetter.maxDeliveryAttempts;
  }

  #moveToDeadLetter(
    lease: Lease,
    source: { readonly deliveries: number; readonly why?: string | undefined },
    afterCommit: AfterCommit,
  ): boolean {
    const { store, deliver } = this.#context;
    const { deadLetter, name } = this.#declaration;
    const record = store.readLeased(this.id, lease);
    if (deadLetter === undefined || record === undefined || !this.#remove(lease, afterCommit)) return false;
    const { publishTimeMillis } = record;
    const dead = record.messages.map((message) =>
      deadLetterOf({ ...message, publishTimeMillis }, { subscription: name, ...source }),
    );
    deliver(deadLetter.topic, dead, afterCommit);
    return true;
  }

  /** Adds the messages of a record to those that are pulled. */
  #pull(record: LeasedRecord, pulled: PulledMessage[]): void {
    const { publishTimeMillis, attempts: deliveryAttempt } = record;
    const subscription = fullSubscriptionName(this.#declaration.name);
    const isCounted = this.#declaration.deadLetter !== undefined;
    let id = firstMessageId(record);
    for (const { data, attributes } of record.messages) {
      const message = { ackId: ackIdOf(id, record), messageId: String(id), data, attributes, publishTimeMillis };
      pulled.push(isCounted ? { ...message, subscription, deliveryAttempt } : { ...message, subscription });
      id++;
    }
  }

  #wake(): void {
    this.#mayHaveMessages = true;
    // A listener that throws must not stop the effects of a commit half-way.
    for (const listener of this.#listeners) queueMicrotask(listener);
  }

  #becomeDue(): void {
    this.#wake();
    this.#scheduleNextDue();
  }

  #scheduleNextDue(): void {
    const { clock, store, retryMillis } = this.#context;
    const nowMillis = clock.nowMillis();
    let dueMillis: number | undefined;
    try {
      dueMillis = store.nextDueMillis(this.id, nowMillis);
    } catch (error) {
      // Of the storage: looked at again later. Nobody waits here who could be told.
      if (!(asUnavailable('publisher', error) instanceof Unavailable)) throw error;
      dueMillis = nowMillis + retryMillis;
    }
    if (dueMillis !== undefined) this.#dueTimer.setNoLaterThan(dueMillis);
  }

  #expireLeases(): void {
    const { clock, retryMillis } = this.#context;
    const now = clock.nowMillis();
    const armNext = (notBeforeMillis: number): void => {
      const next = this.#held.earliestDeadlineMillis;
      if (next !== undefined) this.#deadlineTimer.setNoLaterThan(Math.max(next, notBeforeMillis));
    };
    this.#giveBack(this.#held.expired(now)).then(
      () => armNext(now),
      () => armNext(clock.nowMillis() + retryMillis),
    );
  }
}
