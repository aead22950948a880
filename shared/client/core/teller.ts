import type { Rejection } from './judge.ts';
import type { Durability, Loss } from './ports.ts';

export type SenderState =
  | { readonly kind: 'idle' }
  | { readonly kind: 'sending' }
  /** Something failed; it is tried again after this time, or when somebody asks for it. */
  | { readonly kind: 'waiting'; readonly millis: number }
  /** 401 or 403: events are kept, and it is tried again after this time. */
  | { readonly kind: 'refused'; readonly status: number; readonly millis: number };

/** Events since the client was made. */
export interface Counts {
  /** Kept by this client, to be sent. */
  readonly queued: number;
  /** Stored by the receiver; by this client, whoever queued them. */
  readonly sent: number;
  readonly rejected: number;
  readonly dropped: number;
}

/** What the client tells, each with the counts so far. */
export interface Listeners {
  queued(told: { readonly events: number; readonly counts: Counts }): void;
  sent(told: { readonly events: number; readonly counts: Counts }): void;
  rejected(told: { readonly rejections: readonly Rejection[]; readonly counts: Counts }): void;
  dropped(told: { readonly losses: readonly Loss[]; readonly counts: Counts }): void;
  state(told: { readonly state: SenderState; readonly durability: Durability; readonly counts: Counts }): void;
}

type Told<Name extends keyof Listeners> = Omit<Parameters<Listeners[Name]>[0], 'counts'>;

export interface Teller {
  on<Name extends keyof Listeners>(name: Name, listener: Listeners[Name]): () => void;
  counts(): Counts;
  /** Counts so many events, and tells it; nothing where there is nothing to count. */
  count(name: 'queued' | 'sent', events: number): void;
  count<Name extends keyof Counts>(name: Name, events: number, told: Told<Name>): void;
  tell<Name extends keyof Listeners>(name: Name, told: Told<Name>): void;
  lost(losses: readonly Loss[]): void;
}

/** What a listener throws is its own. */
export function makeTeller(): Teller {
  const listeners = new Set<readonly [name: string, listener: (told: never) => void]>();
  const totals = { queued: 0, sent: 0, rejected: 0, dropped: 0 };

  function tell(name: keyof Listeners, told: object): void {
    for (const [heard, listener] of listeners) {
      try {
        if (heard === name) listener({ ...told, counts: { ...totals } } as never);
      } catch {
        // The page's own fault must not end the sender.
      }
    }
  }

  function count(name: keyof Counts, events: number, told: object = { events }): void {
    totals[name] += events;
    if (events > 0) tell(name, told);
  }

  return {
    on(name, listener) {
      const one = [name, listener] as const;
      listeners.add(one);
      return () => void listeners.delete(one);
    },
    counts: () => ({ ...totals }),
    count,
    tell,
    lost(losses) {
      const events = losses.reduce((sum, loss) => sum + loss.count, 0);
      count('dropped', events, { losses });
    },
  };
}
