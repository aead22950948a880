import type { Reply, StoredEvent } from './ports.ts';

/** An event that the receiver will never take. It is in its quarantine, or nowhere where the request was refused. */
export interface Rejection {
  readonly id: string;
  readonly type: string;
  /** Of the receiver's list, or `status-413` where an event alone was refused. */
  readonly reason: string;
  /** Paths and keywords of what does not fit. */
  readonly errors: readonly unknown[];
}

/** What an answer means for the batch that was sent. */
export type Verdict =
  /** Every event is decided but for those of `again`, which the receiver could not judge now. */
  | { readonly rejected: readonly Rejection[]; readonly again: readonly StoredEvent[] }
  /** Too large, or refused by the receiver itself as it stands: a smaller one may pass. */
  | 'halve'
  /** The key may not send; nothing that is sent now would pass. */
  | 'refused'
  /** Whether it was stored is not known. `failed`: a server had it, so that one of its events may be the cause. */
  | 'failed'
  | undefined;

/**
 * Reads an answer. Only what the receiver itself says ends an event: a 200 that is no account of all events, or a refusal
 * without problem details, comes from something in between (a portal, a proxy), and changes nothing.
 */
export function judge({ status, isLate, isProblem, body }: Reply, events: readonly StoredEvent[]): Verdict {
  if (status === 401 || status === 403) return 'refused';
  const account = readAccount(body, events);
  // With 503 all of it is transient: the receiver is well, and says so of these events alone.
  if (account && (status === 200 || (status === 503 && account.again.length === events.length))) return account;
  const isTooLarge = status === 413;
  if (isTooLarge || (isProblem && (status === 400 || status === 422))) {
    if (events.length > 1) return 'halve';
    if (isProblem) return { rejected: events.map((event) => rejection(event, `status-${status}`)), again: [] };
  }
  return isLate || isTooLarge || status >= 500 ? 'failed' : undefined;
}

function rejection({ id, type }: StoredEvent, reason: unknown, errors?: unknown): Rejection {
  return { id, type, reason: `${reason}`, errors: listOf(errors) };
}

/** What an answer has where it is an account, which its sum tells: what is missing adds up to nothing. */
interface Account {
  readonly accepted: number;
  readonly duplicates: number;
  readonly rejected: unknown;
}

/** Of an event that was not stored. */
interface Judgement {
  readonly transient: unknown;
  readonly reason: unknown;
  readonly errors: unknown;
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

function readAccount(body: unknown, events: readonly StoredEvent[]) {
  const { accepted, duplicates, rejected }: Account = Object(body);
  const said = new Map<StoredEvent | undefined, unknown>();
  for (const one of listOf(rejected)) said.set(events[Object(one).index], one);
  const again: StoredEvent[] = [];
  const refused: Rejection[] = [];
  for (const [event, one] of said) {
    const { transient, reason, errors }: Judgement = Object(one);
    if (!event) return undefined;
    if (transient) again.push(event);
    else refused.push(rejection(event, reason, errors));
  }
  return accepted + duplicates + said.size === events.length ? { rejected: refused, again } : undefined;
}
