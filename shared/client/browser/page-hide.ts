import { bodyOf, finishDraft } from '../core/event-text.ts';
import type { SealedBatch, Store, StoredEvent } from '../core/ports.ts';

/** What one page may have on its way when it goes, over all its requests (Fetch standard, "keepalive"): 64 KiB. */
const maxBytes = 48 * 1_024;
/** What is older was sent, or waits in the queue for a better time. */
const maxAgeMillis = 30_000;

/** The events that this tab has tracked and does not know to be sent. */
export interface Recent {
  /** The store, which tells what comes and goes. */
  watch(store: Store): Promise<Store>;
  /** Sends them as the page goes. They stay in the queue until they are acknowledged. */
  send(): void;
}

export function makeRecent(url: string, key: string): Recent {
  const recent = new Map<string, StoredEvent>();
  const base = url.replace(/\/+$/, '');

  function note(batch: SealedBatch | undefined, sealed: Map<number, SealedBatch>): SealedBatch | undefined {
    if (batch !== undefined) sealed.set(batch.id, batch);
    return batch;
  }

  /** A tab may be open for weeks, and another one of its origin may send: it does not hear what of its own was sent. */
  function forgetOld(): void {
    for (const { id, atMillis } of recent.values()) {
      if (Date.now() - atMillis <= maxAgeMillis) return;
      recent.delete(id);
    }
  }

  function send(): void {
    forgetOld();
    const groups = new Map<string, StoredEvent[]>();
    let bytes = 0;
    for (const event of [...recent.values()].reverse()) {
      bytes += event.bytes + 1;
      if (bytes > maxBytes) break;
      groups.set(event.group, [event, ...(groups.get(event.group) ?? [])]);
    }
    recent.clear();
    for (const events of groups.values()) sendGroup(events);
  }

  /** Without a token as a page can send it without asking first; a preflight would not outlive the page. */
  function sendGroup(events: readonly StoredEvent[]): void {
    const body = bodyOf(events);
    const token = events[0]?.token;
    const target = `${base}/v1/events?key=${encodeURIComponent(key)}`;
    const headers: Record<string, string> = { 'content-type': 'text/plain' };
    if (token !== undefined) headers['x-edi-subject-token'] = token;
    if ('keepalive' in Request.prototype) {
      fetch(target, { method: 'POST', keepalive: true, credentials: 'omit', headers, body }).catch(() => undefined);
    } else if (token === undefined) {
      navigator.sendBeacon?.(target, body);
    }
  }

  return {
    send,
    async watch(store) {
      const source = await store.source();
      const sealed = new Map<number, SealedBatch>();
      return {
        ...store,
        async append(drafts, bounds, reported) {
          forgetOld();
          // Until they are kept they have no number; whoever sends them now sends them without.
          for (const draft of drafts) {
            if (!draft.whole) recent.set(draft.id, finishDraft(draft, 0, { source }));
          }
          const appended = await store.append(drafts, bounds, reported);
          for (const event of appended.kept) if (recent.has(event.id)) recent.set(event.id, event);
          return appended;
        },
        seal: async (limits) => note(await store.seal(limits), sealed),
        read: async (id) => note(await store.read(id), sealed),
        async settle(id, into) {
          const ids = await store.settle(id, into);
          for (const event of sealed.get(id)?.events ?? []) recent.delete(event.id);
          sealed.delete(id);
          return ids;
        },
        async setConsent(given) {
          if (!given) recent.clear();
          await store.setConsent(given);
        },
      };
    },
  };
}
