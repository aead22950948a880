import type { Appended, Draft, Durability, Opened, Store, Turns } from './ports.ts';
import { makeSender, type Sender, type SenderPorts } from './sender.ts';

/** A queue, and what sends it when this client has its turn. */
export interface Line {
  readonly store: Store;
  append(drafts: readonly Draft[]): Promise<Appended & { readonly durability: Durability }>;
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
    async append(drafts) {
      const appended = await store.append(drafts, ports.settings);
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
      if (sender === undefined) turns.tell();
      return (await store.state()).events;
    },
    async stop() {
      await sender?.stop();
      leave?.();
      sender = leave = undefined;
    },
  };
}
