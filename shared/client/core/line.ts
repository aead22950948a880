import type { Appended, Draft, Durability, Loss, Opened, Store, Turns } from './ports.ts';
import { makeSender, type Sender, type SenderPorts } from './sender.ts';

/** A queue, and what sends it when this client has its turn. */
export interface Line {
  readonly store: Store;
  append(drafts: readonly Draft[], losses: readonly Loss[]): Promise<Appended & { readonly durability: Durability }>;
  start(): void;
  /** Answers with how many events are left. */
  flush(): Promise<number>;
  stop(): Promise<void>;
}

/** Of a client that has its storage to itself. */
export const alone: Turns = {
  lead(begin) {
    begin();
    return () => {};
  },
  tell() {},
};

export function makeLine({ store, turns }: Opened, ports: Omit<SenderPorts, 'store'>): Line {
  let sender: Sender | undefined;
  let leave: (() => void) | undefined;
  const wake = () => sender?.wake();

  return {
    store,
    async append(drafts, losses) {
      const appended = await store.append(drafts, ports.settings, losses);
      wake();
      turns.tell();
      return { ...appended, durability: store.durability };
    },
    start() {
      leave ??= turns.lead(() => {
        sender = makeSender({ ...ports, store });
      }, wake);
    },
    async flush() {
      await sender?.flush();
      // Whoever has the turn, where that is another.
      turns.tell();
      const state = await store.state().catch(() => undefined);
      return state?.events ?? 0;
    },
    async stop() {
      await sender?.stop();
      leave?.();
      sender = leave = undefined;
    },
  };
}
