import type { Rejection } from './judge.ts';
import type { Durability, Loss } from './ports.ts';
import type { SenderState } from './sender.ts';

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

export interface Teller {
  on<Name extends keyof Listeners>(name: Name, listener: Listeners[Name]): () => void;
  counts(): Counts;
  queued(events: number): void;
  sent(events: number): void;
  rejected(rejections: readonly Rejection[]): void;
  lost(losses: readonly Loss[]): void;
  state(state: SenderState, durability: Durability): void;
}

type Told<Name extends keyof Listeners> = Omit<Parameters<Listeners[Name]>[0], 'counts'>;

/** Counts, and tells whoever listens; nothing where there is nothing to count. What a listener throws is its own. */
export function makeTeller(): Teller {
  const listeners = new Map<string, Set<(told: never) => void>>();
  const totals = { queued: 0, sent: 0, rejected: 0, dropped: 0 };

  function tell<Name extends keyof Listeners>(name: Name, told: Told<Name>): void {
    for (const listener of listeners.get(name) ?? []) {
      try {
        listener({ ...told, counts: { ...totals } } as never);
      } catch {
        // The page's own fault must not end the sender.
      }
    }
  }

  function add<Name extends keyof Counts>(name: Name, events: number, told: Told<Name>): void {
    if (events === 0) return;
    totals[name] += events;
    tell(name, told);
  }

  return {
    on(name, listener) {
      const others = listeners.get(name) ?? new Set();
      listeners.set(name, others);
      others.add(listener);
      return () => void others.delete(listener);
    },
    counts: () => ({ ...totals }),
    queued: (events) => add('queued', events, { events }),
    sent: (events) => add('sent', events, { events }),
    rejected: (rejections) => add('rejected', rejections.length, { rejections }),
    lost(losses) {
      const events = losses.reduce((sum, { count }) => sum + count, 0);
      add('dropped', events, { losses });
    },
    state: (state, durability) => tell('state', { state, durability }),
  };
}
