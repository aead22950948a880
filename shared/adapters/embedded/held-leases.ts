import { firstMessageId, type Lease, messagesOf } from './pubsub-store.ts';

/** A lease with the end of its time. */
export interface Held extends Lease {
  readonly deadlineMillis: number;
}

/** Of one lease, the messages that are spoken of, by id. */
export type Part = readonly [held: Held, messageIds: ReadonlySet<number>];

/** True: all messages of the lease are spoken of. */
export function isWhole([held, messageIds]: Part): boolean {
  return messageIds.size === messagesOf(held);
}

/** The lease that each message of one that was taken apart has then. */
export function ownLease(messageId: number, { attempts, deadlineMillis }: Held): Held {
  return { recordId: messageId, attempts, shared: 0, deadlineMillis };
}

/** What is delivered and not answered yet. */
export class HeldLeases {
  /** By message id, in the order of leasing, which is that of their deadlines while the ack deadline stays the same. */
  readonly #byMessage = new Map<number, Held>();

  /** Of messages. */
  get size(): number {
    return this.#byMessage.size;
  }

  get earliestDeadlineMillis(): number | undefined {
    const [first] = this.#byMessage.values();
    return first?.deadlineMillis;
  }

  /** Holds all messages of a lease. */
  add(held: Held): void {
    for (let id = firstMessageId(held); id <= held.recordId; id++) this.#byMessage.set(id, held);
  }

  /** The current deliveries that the ids name; an id of another delivery is passed over. */
  namedBy(ackIds: readonly string[]): Part[] {
    const parts = new Map<Held, Set<number>>();
    for (const ackId of ackIds) {
      const messageId = Number.parseInt(ackId, 10);
      const lease = this.#byMessage.get(messageId);
      if (lease !== undefined && ackIdOf(messageId, lease) === ackId) addTo(parts, lease, messageId);
    }
    return [...parts];
  }

  /** Those whose time is over. */
  expired(nowMillis: number): Part[] {
    const parts = new Map<Held, Set<number>>();
    for (const [messageId, held] of this.#byMessage) {
      if (held.deadlineMillis > nowMillis) break;
      addTo(parts, held, messageId);
    }
    return [...parts];
  }

  /** Of such parts, what is held as it was then. */
  stillHeld(parts: readonly Part[]): Part[] {
    return parts.flatMap(([held, messageIds]) => {
      const left = [...messageIds].filter((messageId) => this.#byMessage.get(messageId) === held);
      return left.length === 0 ? [] : [[held, new Set(left)] satisfies Part];
    });
  }

  /** Forgets deliveries, whatever lease they have by now. */
  release([{ attempts }, messageIds]: Part): void {
    for (const messageId of messageIds) {
      if (this.#byMessage.get(messageId)?.attempts === attempts) this.#byMessage.delete(messageId);
    }
  }

  /** The messages of a lease that was taken apart have leases of their own. */
  takeApart(held: Held): void {
    for (let id = firstMessageId(held); id <= held.recordId; id++) {
      if (this.#byMessage.get(id) === held) this.#byMessage.set(id, ownLease(id, held));
    }
  }

  clear(): void {
    this.#byMessage.clear();
  }
}

export function ackIdOf(messageId: number, { attempts }: Lease): string {
  return `${messageId}:${attempts}`;
}

function addTo(parts: Map<Held, Set<number>>, held: Held, messageId: number): void {
  const named = parts.get(held);
  if (named === undefined) parts.set(held, new Set([messageId]));
  else named.add(messageId);
}
