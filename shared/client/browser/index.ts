import { type Client, type CoreOptions, makeClient } from '../core/client.ts';
import { idBytes, idOf } from '../core/event-text.ts';
import { makeFetchTransport } from '../core/fetch-transport.ts';
import type { ClientClock, Opened } from '../core/ports.ts';
import { maxTimerMillis } from '../core/settings.ts';
import { openIndexedStore } from './indexed-store.ts';
import { makeMemoryStore } from './memory-store.ts';
import { type Recent, sendRecent } from './page-hide.ts';
import { makeTabTurns } from './turns.ts';

export interface BrowserClientOptions extends CoreOptions {
  /** Of the receiver: `https://events.example.com`. */
  readonly url: string;
  /** Write key; everybody can read it. */
  readonly key: string;
  /**
   * Name of the queue's database; tabs of an origin with the same one share a queue. `memory`: none, and what is not sent
   * ends with the page. Default `edi-client`.
   */
  readonly storage?: string;
}

/** Smaller bodies outlive their page. All of a page together may be 64 KiB. */
const maxKeepaliveBytes = 16_384;

/** A client for pages. Where IndexedDB is missing or refused, the queue is in memory, which `state` tells. */
export function createClient<Events extends object = Record<string, object>>(
  options: BrowserClientOptions,
): Client<Events> {
  const { url, key, storage = 'edi-client' } = options;
  const transport = makeFetchTransport(options, clock, maxKeepaliveBytes);
  const recent: Recent = new Map();
  const newSource = () => `urn:uuid:${newId()}`;
  const memory = () => makeMemoryStore(newSource, recent);
  const open = async (): Promise<Opened> => {
    // Where this rejects, for whatever reason, the queue is in memory.
    if (storage === 'memory') throw storage;
    return { store: await openIndexedStore(storage, newSource, recent), turns: makeTabTurns(storage) };
  };
  const client = makeClient<Events>({ clock, newId, newSource, chance: Math.random, transport, open, memory }, options);

  const closed = new AbortController();
  const { signal } = closed;
  addEventListener('online', () => client.flush(), { signal });
  const hide = () => sendRecent(recent, url, key);
  addEventListener('pagehide', hide, { signal });
  addEventListener('visibilitychange', () => document.hidden && hide(), { signal });
  return {
    ...client,
    close() {
      closed.abort();
      return client.close();
    },
  };
}

const clock: ClientClock = {
  nowMillis: () => Date.now(),
  after(delayMillis, task) {
    const timer = setTimeout(task, Math.min(delayMillis, maxTimerMillis));
    return () => clearTimeout(timer);
  },
};

const newId = () => idOf(Date.now(), crypto.getRandomValues(new Uint8Array(idBytes)));
