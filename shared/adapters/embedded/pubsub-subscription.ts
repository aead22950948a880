import type { SubscriptionDeclaration } from '../../ports/bus-topology.ts';
import type { PulledMessage } from '../../ports/message-reader.ts';
import { Unavailable } from '../../ports/unavailable.ts';
import { backoffMillis } from './backoff.ts';
import { asUnavailable } from './database.ts';
import { deadLetterOf } from './dead-letter.ts';
import type { AfterCommit } from './group-commit.ts';
import type { Lease, LeasedMessage } from './pubsub-store.ts';
import { fullSubscriptionName, longestRetentionDays } from './pubsub-topology.ts';
import type { SubscriptionContext } from './subscription-context.ts';
import { WakeUpTimer } from './wake-up-timer.ts';

/** A lease or an acknowledgement that a power failure takes is a delivery more, which at-least-once allows. */
const unsynced = { synced: false };

const dayMillis = 86_400_000;

interface Held extends Lease {
  readonly deadlineMillis: number;
}

/**
 * One subscription: leases messages, takes them back, times them out. What is stored is decided by the store, inside
 * transactions; what is in memory here (counts, leases) follows once a transaction is committed.
 */
export class Subscription {
  readonly id: number;
  #declaration: SubscriptionDeclaration;
  readonly #context: SubscriptionContext;
  /** By message id, in the order of leasing, which is that of their deadlines while the ack deadline stays the same. */
  readonly #held = new Map<number, Held>();
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
    const { commits, store, clock, maxPullBytes } = this.#context;
    return commits.run((afterCommit) => {
      const nowMillis = clock.nowMillis();
      const found = store.lease(this.id, { maxMessages, maxBytes: maxPullBytes, nowMillis });
      const leased: LeasedMessage[] = [];
      for (const message of found) {
        if (message.publishTimeMillis < nowMillis - this.#retentionMillis) this.#remove(message, afterCommit);
        else if (!this.#isExhausted(message.attempts - 1)) leased.push(message);
        else this.#moveToDeadLetter(message, { deliveries: message.attempts - 1 }, afterCommit);
      }
      afterCommit(() => {
        if (found.length === 0) this.#mayHaveMessages = false;
        // Whoever is given none stops to ask, and there may be more behind those that went.
        else if (leased.length === 0) this.#wake();
        this.#hold(leased, nowMillis + this.#declaration.ackDeadlineSeconds * 1_000);
      });
      return leased.map((message) => this.#pulled(message));
    }, unsynced);
  }

  /** Removes what was delivered; an id that is not of a current delivery is passed over. */
  acknowledge(ackIds: readonly string[]): Promise<void> {
    return this.#settle(this.#heldBy(ackIds), (lease, afterCommit) => this.#remove(lease, afterCommit));
  }

  /** Gives back what was delivered: delivered again after its backoff, or dead-lettered after its last attempt. */
  nack(ackIds: readonly string[], why?: string): Promise<void> {
    return this.#giveBack(this.#heldBy(ackIds), why);
  }

  /** Drops everything that is not acknowledged, also what is delivered and not answered yet. */
  purge(): Promise<void> {
    const { commits, store, freed } = this.#context;
    return commits.run((afterCommit) => {
      const freedBytes = store.purge(this.id);
      afterCommit(() => {
        this.#backlog = 0;
        this.#held.clear();
        this.#dueTimer.cancel();
        this.#deadlineTimer.cancel();
        freed(freedBytes);
      });
    }, unsynced);
  }

  /** A message was stored for this subscription. */
  added(): void {
    this.#backlog += 1;
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

  #hold(leased: readonly LeasedMessage[], deadlineMillis: number): void {
    for (const { messageId, attempts, shared, storedBytes } of leased) {
      this.#held.set(messageId, { messageId, attempts, shared, storedBytes, deadlineMillis });
    }
    if (leased.length > 0) this.#deadlineTimer.setNoLaterThan(deadlineMillis);
  }

  #heldBy(ackIds: readonly string[]): Held[] {
    const leases: Held[] = [];
    for (const ackId of ackIds) {
      const lease = this.#held.get(Number.parseInt(ackId, 10));
      if (lease !== undefined && ackIdOf(lease) === ackId) leases.push(lease);
    }
    return leases;
  }

  #giveBack(leases: readonly Held[], why?: string): Promise<void> {
    return this.#settle(leases, (lease, afterCommit) => {
      if (this.#isExhausted(lease.attempts))
        this.#moveToDeadLetter(lease, { deliveries: lease.attempts, why }, afterCommit);
      else this.#postpone(lease, afterCommit);
    });
  }

  #settle(leases: readonly Held[], settleOne: (lease: Held, afterCommit: AfterCommit) => void): Promise<void> {
    if (leases.length === 0) return Promise.resolve();
    return this.#context.commits.run((afterCommit) => {
      for (const lease of leases) settleOne(lease, afterCommit);
      afterCommit(() => {
        for (const lease of leases) this.#letGo(lease);
      });
    }, unsynced);
  }

  #letGo(lease: Held): void {
    if (this.#held.get(lease.messageId) === lease) this.#held.delete(lease.messageId);
    if (this.#held.size === 0) this.#deadlineTimer.cancel();
  }

  #remove(lease: Lease, afterCommit: AfterCommit): boolean {
    const freedBytes = this.#context.store.remove(this.id, lease);
    if (freedBytes === undefined) return false;
    afterCommit(() => {
      this.#backlog -= 1;
      this.#context.freed(freedBytes);
    });
    return true;
  }

  #postpone(lease: Lease, afterCommit: AfterCommit): void {
    const { clock, random, store } = this.#context;
    const dueMillis = clock.nowMillis() + backoffMillis(this.#declaration, lease.attempts, random);
    if (!store.postpone(this.id, lease, dueMillis)) return;
    afterCommit(() => this.#dueTimer.setNoLaterThan(dueMillis));
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
  ): void {
    const { store, deliver } = this.#context;
    const { deadLetter, name } = this.#declaration;
    const message = store.readMessage(lease.messageId);
    if (deadLetter === undefined || message === undefined || !this.#remove(lease, afterCommit)) return;
    deliver(deadLetter.topic, deadLetterOf(message, { subscription: name, ...source }), afterCommit);
  }

  #pulled(message: LeasedMessage): PulledMessage {
    const counted = this.#declaration.deadLetter === undefined ? {} : { deliveryAttempt: message.attempts };
    return {
      ackId: ackIdOf(message),
      messageId: String(message.messageId),
      data: message.data,
      attributes: message.attributes,
      publishTimeMillis: message.publishTimeMillis,
      subscription: fullSubscriptionName(this.#declaration.name),
      ...counted,
    };
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
    const expired: Held[] = [];
    for (const lease of this.#held.values()) {
      if (lease.deadlineMillis > now) break;
      expired.push(lease);
    }
    const armNext = (notBeforeMillis: number): void => {
      const [next] = this.#held.values();
      if (next !== undefined) this.#deadlineTimer.setNoLaterThan(Math.max(next.deadlineMillis, notBeforeMillis));
    };
    this.#giveBack(expired).then(
      () => armNext(now),
      () => armNext(clock.nowMillis() + retryMillis),
    );
  }
}

function ackIdOf(lease: Lease): string {
  return `${lease.messageId}:${lease.attempts}`;
}
