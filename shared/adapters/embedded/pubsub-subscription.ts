import type { SubscriptionDeclaration } from '../../ports/bus-topology.ts';
import type { PulledMessage } from '../../ports/message-reader.ts';
import { Unavailable } from '../../ports/unavailable.ts';
import { Arrivals } from './arrivals.ts';
import { backoffMillis } from './backoff.ts';
import { asUnavailable } from './database.ts';
import { deadLetterOf, isExhausted } from './dead-letter.ts';
import type { AfterCommit } from './group-commit.ts';
import { type Held, HeldLeases, isWhole, ownLease, type Part } from './held-leases.ts';
import { type Lease, type LeasedRecord, messagesOf } from './pubsub-store.ts';
import { retentionMillis } from './pubsub-topology.ts';
import { pulledMessages } from './pulled-messages.ts';
import type { RelayedRecords } from './relayed-records.ts';
import type { SubscriptionContext } from './subscription-context.ts';
import { WakeUpTimer } from './wake-up-timer.ts';

/** A lease or an acknowledgement that a power failure takes is a delivery more, which at-least-once allows. */
const unsynced = { synced: false };

/**
 * One subscription: leases messages, takes them back, times them out. What is stored is decided by the store, inside
 * transactions; what is in memory here (counts, leases) follows once a transaction is committed.
 */
export class Subscription {
  readonly id: number;
  #declaration: SubscriptionDeclaration;
  readonly #context: SubscriptionContext;
  readonly #held = new HeldLeases();
  readonly #arrivals: Arrivals;
  readonly #dueTimer: WakeUpTimer;
  readonly #deadlineTimer: WakeUpTimer;
  #backlog: number;

  constructor(declaration: SubscriptionDeclaration, context: SubscriptionContext) {
    this.#declaration = declaration;
    this.#context = context;
    this.id = context.store.subscriptionId(declaration.name);
    this.#backlog = context.store.recover(this.id);
    this.#arrivals = new Arrivals(this.#backlog > 0);
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
    return this.#arrivals.mayBeThere;
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
    const { commits, relayed } = this.#context;
    const isStored = relayed === undefined || relayed.messagesOf(this.id) < this.#backlog || this.#backlog === 0;
    if (!isStored && relayed.nextIsWithin(this.id, maxMessages)) return Promise.resolve(this.#takeRelayed(maxMessages));
    return commits.run((afterCommit) => this.#leaseStored(maxMessages, afterCommit), unsynced);
  }

  #takeRelayed(maxMessages: number): PulledMessage[] {
    const { relayed, maxPullBytes: maxBytes, clock } = this.#context;
    const leased = relayed?.take(this.id, { maxMessages, maxBytes }) ?? [];
    if (leased.length === 0) this.#arrivals.noneThere();
    this.#hold(leased, clock.nowMillis());
    return leased.flatMap((record) => pulledMessages(record, this.#declaration));
  }

  #leaseStored(maxMessages: number, afterCommit: AfterCommit): PulledMessage[] {
    const { store, clock, maxPullBytes, relayed } = this.#context;
    const nowMillis = clock.nowMillis();
    const limits = { maxMessages, maxBytes: maxPullBytes, nowMillis };
    const whenFreed = (bytes: number) => this.#keepFreed(bytes, afterCommit);
    // It is taken apart in the file.
    if (relayed?.nextIsWithin(this.id, maxMessages) === false) whenFreed(relayed.storeAll(afterCommit));
    const found = store.lease(this.id, limits, whenFreed);
    const leased: LeasedRecord[] = [];
    for (const record of found) {
      const deliveries = record.attempts - 1;
      if (record.publishTimeMillis < nowMillis - retentionMillis(this.#declaration)) this.#remove(record, afterCommit);
      else if (!isExhausted(this.#declaration, deliveries)) leased.push(record);
      else this.#moveToDeadLetter(record, { deliveries }, afterCommit);
    }
    const pulled = leased.flatMap((record) => pulledMessages(record, this.#declaration));
    afterCommit(() => {
      // What is in the file was published before.
      if (found.length === 0) pulled.push(...this.#takeRelayed(maxMessages));
      // Whoever is given none stops to ask, and there may be more behind those that went.
      else if (leased.length === 0) this.#arrivals.tell();
      this.#hold(leased, nowMillis);
    });
    return pulled;
  }

  /** Removes what was delivered; an id that is not of a current delivery is passed over. */
  acknowledge(ackIds: readonly string[]): Promise<void> {
    const { relayed, commits } = this.#context;
    const parts = this.#held.namedBy(ackIds);
    if (relayed && !commits.isClosed && parts.every(isWhole)) return Promise.resolve(this.#settleSoon(parts, relayed));
    return this.#settle(parts, (lease, afterCommit) => {
      // What was published for it is stored with it.
      this.#keepFreed(relayed?.storeAll(afterCommit), afterCommit);
      return this.#remove(lease, afterCommit);
    });
  }

  /** It is stored later, with what was published for it. */
  #settleSoon(parts: readonly Part[], relayed: RelayedRecords): void {
    for (const part of parts) {
      const [held] = part;
      this.#held.release(part);
      this.#backlog -= messagesOf(held);
      this.#context.freed(relayed.settle(this.id, held));
    }
    if (this.#held.size === 0) this.#deadlineTimer.cancel();
  }

  /** Gives back what was delivered: delivered again after its backoff, or dead-lettered after its last attempt. */
  nack(ackIds: readonly string[], why?: string): Promise<void> {
    return this.#giveBack(this.#held.namedBy(ackIds), why);
  }

  /** Drops everything that is not acknowledged, also what is delivered and not answered yet. */
  purge(): Promise<void> {
    const { commits, store, relayed, freed } = this.#context;
    return commits.run((afterCommit) => {
      const freedBytes = (relayed?.storeAll(afterCommit) ?? 0) + store.purge(this.id, afterCommit);
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
    this.#arrivals.tell();
  }

  /** Calls `listener` whenever there may be something to lease, and soon when there already may. */
  onMessage(listener: () => void): () => void {
    return this.#arrivals.listen(listener);
  }

  oldestMessageAgeMillis(): number | undefined {
    const { store, relayed, clock } = this.#context;
    const stored = relayed?.messagesOf(this.id) === this.#backlog ? undefined : store.oldestPublishTimeMillis(this.id);
    const publishTimeMillis = stored ?? relayed?.oldestPublishTimeMillis(this.id);
    return publishTimeMillis === undefined ? undefined : clock.nowMillis() - publishTimeMillis;
  }

  /** Cancels the timers. What is leased stays so in the file, and is visible at once when it is opened again. */
  close(): void {
    this.#dueTimer.close();
    this.#deadlineTimer.close();
    this.#arrivals.close();
  }

  #hold(leased: readonly LeasedRecord[], nowMillis: number): void {
    const deadlineMillis = nowMillis + this.#declaration.ackDeadlineSeconds * 1_000;
    for (const { recordId, attempts, shared } of leased) this.#held.add({ recordId, attempts, shared, deadlineMillis });
    if (leased.length > 0) this.#deadlineTimer.setNoLaterThan(deadlineMillis);
  }

  #giveBack(parts: readonly Part[], why?: string): Promise<void> {
    return this.#settle(parts, (lease, afterCommit) => {
      if (!isExhausted(this.#declaration, lease.attempts)) return this.#postpone(lease, afterCommit);
      return this.#moveToDeadLetter(lease, { deliveries: lease.attempts, why }, afterCommit);
    });
  }

  /** `settleOne` answers false where the lease is not the current one any more. */
  #settle(parts: readonly Part[], settleOne: (lease: Lease, afterCommit: AfterCommit) => boolean): Promise<void> {
    if (parts.length === 0) return Promise.resolve();
    return this.#context.commits.run((afterCommit) => {
      // Some may be acknowledged meanwhile.
      for (const part of this.#held.stillHeld(parts)) {
        const [held, messageIds] = part;
        // What is in memory alone comes to the file, where everything but an acknowledgement of all is done with it.
        this.#keepFreed(this.#context.relayed?.storeLeased(this.id, held.recordId, afterCommit), afterCommit);
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

  #keepFreed(bytes: number | undefined, afterCommit: AfterCommit): void {
    if (bytes !== undefined) afterCommit(() => this.#context.freed(bytes));
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

  #becomeDue(): void {
    this.#arrivals.tell();
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
