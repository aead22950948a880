import type { Reply } from './ports.ts';
import { objectOf } from './settings.ts';

/** An event that the receiver will never take. It is in its quarantine, or nowhere where the request was refused. */
export interface Rejection {
  readonly id: string;
  readonly type: string;
  /** Of the receiver's list, or `status-413` where an event alone was refused. */
  readonly reason: string;
  /** Paths and keywords of what does not fit. */
  readonly errors: readonly unknown[];
}

interface Refusal extends Pick<Rejection, 'reason' | 'errors'> {
  readonly index: number;
}

/** What an answer means for the batch that was sent. */
export type Verdict =
  /** Every event is decided but for those of `again`, which the receiver could not judge now. */
  | {
      readonly kind: 'decided';
      readonly rejected: readonly Refusal[];
      readonly again: readonly number[];
    }
  /** Too large, or refused by the receiver itself as it stands: a smaller one may pass. `final`: not even one event. */
  | { readonly kind: 'smaller'; readonly isFinal: boolean; readonly status: number }
  /** The key may not send; nothing that is sent now would pass. */
  | { readonly kind: 'refused'; readonly status: number }
  /** Whether it was stored is not known. `isJudged`: a server had it, so that one of its events may be the cause. */
  | { readonly kind: 'unknown'; readonly isJudged: boolean; readonly retryAfterMillis: number };

/**
 * Reads an answer. Only what the receiver itself says ends an event: a 200 that is no account of all events, or a refusal
 * without problem details, comes from something in between (a portal, a proxy), and changes nothing.
 */
export function judge(reply: Reply, count: number): Verdict {
  if (reply.kind === 'none') return { kind: 'unknown', isJudged: reply.why === 'time-out', retryAfterMillis: 0 };
  const { status, isProblem, body, retryAfterMillis = 0 } = reply;
  if (status === 401 || status === 403) return { kind: 'refused', status };
  if (status === 200 || status === 503) {
    const account = readAccount(body, count);
    // With 503 all of it is transient: the receiver is well, and says so of these events alone.
    if (account !== undefined && (status === 200 || account.again.length === count)) return account;
  }
  if (status === 413 || ((status === 400 || status === 422) && isProblem)) {
    return { kind: 'smaller', isFinal: isProblem, status };
  }
  return { kind: 'unknown', isJudged: status >= 500, retryAfterMillis };
}

type Decided = Extract<Verdict, { readonly kind: 'decided' }>;

function readAccount(body: unknown, count: number): Decided | undefined {
  const { accepted, duplicates, rejected } = objectOf(body);
  if (!isCount(accepted) || !isCount(duplicates) || !Array.isArray(rejected)) return undefined;
  const refusals: Refusal[] = [];
  const again: number[] = [];
  const seen = new Set<number>();
  for (const value of rejected) {
    const { index, transient, reason, errors } = objectOf(value);
    if (!isCount(index) || index >= count || seen.has(index)) return undefined;
    seen.add(index);
    if (transient === true) again.push(index);
    else refusals.push({ index, reason: String(reason), errors: Array.isArray(errors) ? errors : [] });
  }
  if (accepted + duplicates + seen.size !== count) return undefined;
  return { kind: 'decided', rejected: refusals, again };
}

function isCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isInteger(value) && value >= 0;
}
