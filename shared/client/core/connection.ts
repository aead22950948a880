import { finishDraft } from './event-text.ts';
import { makePolicySource } from './policy-source.ts';
import type { Appended, ClientPorts, Draft, Durability, Opened, Store, Turns } from './ports.ts';
import { makeSender, type Sender } from './sender.ts';
import type { ClientSettings } from './settings.ts';
import type { Teller } from './teller.ts';

export interface ConnectionOptions extends ClientPorts {
  readonly settings: ClientSettings;
  readonly teller: Teller;
  report(store: Store): Promise<boolean>;
}

/** A queue, and what sends it when this client has its turn. */
interface Line extends Opened {
  sender: Sender | undefined;
  /** Gives the turn back. */
  leave: (() => void) | undefined;
}

/** The queue of a client and the way from it: the durable one, and one in memory for what the durable one cannot take. */
export interface Connection {
  /** Never rejects. */
  readonly opened: Promise<{ readonly store: Store }>;
  append(drafts: readonly Draft[]): Promise<{ readonly appended: Appended; readonly durability: Durability }>;
  start(): Promise<void>;
  /** Answers with how many events are left. */
  flush(): Promise<number>;
  forget(): Promise<void>;
  allow(): Promise<void>;
  close(): Promise<void>;
}

/** Of a client that has its storage to itself. */
export const alone: Turns = {
  lead(begin) {
    begin();
    return () => undefined;
  },
  tell: () => undefined,
  listen: () => () => undefined,
};

export function makeConnection(options: ConnectionOptions): Connection {
  const { settings, teller, memory } = options;
  const inMemory = (): Opened => ({ store: memory(), turns: alone });
  const opened = options.open().catch(inMemory).then(lineOf);
  /** What the durable queue could not take; it has no numbers, since those are kept there. */
  let spill: Line | undefined;

  function lineOf(queue: Opened): Line {
    return { ...queue, sender: undefined, leave: undefined };
  }

  function senderOf(store: Store): Sender {
    const policy = makePolicySource({ ...options, store }, settings);
    return makeSender({
      ...options,
      store,
      policy,
      tell: {
        ...teller,
        state: (state) => teller.state(state, store.durability),
        free: () => options.report(store),
      },
    });
  }

  function startLine(line: Line): void {
    if (line.leave !== undefined) return;
    const unlisten = line.turns.listen(() => line.sender?.wake());
    const leave = line.turns.lead(() => {
      line.sender = senderOf(line.store);
    });
    line.leave = () => {
      unlisten();
      leave();
    };
  }

  async function stopLine(line: Line): Promise<void> {
    await line.sender?.stop();
    line.sender = undefined;
    line.leave?.();
    line.leave = undefined;
  }

  async function appendTo(line: Line, drafts: readonly Draft[]): Promise<Appended> {
    const appended = await line.store.append(drafts, settings);
    line.sender?.wake();
    return appended;
  }

  async function spillOver(drafts: readonly Draft[], { store }: Line): Promise<Appended> {
    const source = await store.source().catch(() => '');
    spill ??= lineOf(inMemory());
    startLine(spill);
    const named = source === '' ? `urn:uuid:${drafts[0]?.id}` : source;
    return appendTo(
      spill,
      drafts.map((draft) => ({ ...finishDraft(draft, 0, { source: named }), whole: true })),
    );
  }

  return {
    opened,
    async append(drafts) {
      const line = await opened;
      try {
        const appended = await appendTo(line, drafts);
        line.turns.tell();
        return { appended, durability: line.store.durability };
      } catch {
        return { appended: await spillOver(drafts, line), durability: 'memory' };
      }
    },
    async start() {
      startLine(await opened);
    },
    async flush() {
      const line = await opened;
      if (line.sender === undefined) line.turns.tell();
      await Promise.all([line.sender?.flush(), spill?.sender?.flush()]);
      const sizes = [await line.store.size().catch(() => ({ events: 0 })), await spill?.store.size()];
      return sizes.reduce((sum, size) => sum + (size?.events ?? 0), 0);
    },
    async forget() {
      const line = await opened;
      await stopLine(line);
      await line.store.setConsent(false);
      if (spill !== undefined) await stopLine(spill);
      spill = undefined;
    },
    async allow() {
      const line = await opened;
      await line.store.setConsent(true);
      startLine(line);
    },
    async close() {
      const line = await opened;
      await stopLine(line);
      if (spill !== undefined) await stopLine(spill);
      await line.store.close();
    },
  };
}
