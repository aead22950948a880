import { bodyOf, finishDraft } from '../core/event-text.ts';
import { endpointOf } from '../core/fetch-transport.ts';
import type { Store, StoredEvent } from '../core/ports.ts';

/** What one page may have on its way when it goes, over all its requests (Fetch standard, "keepalive"): 64 KiB. */
const maxBytes = 48 * 1_024;
/** What is older was sent, or waits in the queue for a better time. */
const maxAgeMillis = 30_000;

/** The events that this tab has tracked and does not know to be sent. */
export interface Recent {
  /** The store, which tells what comes and goes. */
  watch(store: Store): Store;
  /** Sends them as the page goes. They stay in the queue until they are acknowledged. */
  send(): void;
}

export function makeRecent(url: string, key: string): Recent {
  const recent = new Map<string, StoredEvent>();

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
    const target = `${endpointOf(url, 'events')}?key=${encodeURIComponent(key)}`;
    const headers: Record<string, string> = { 'content-type': 'text/plain' };
    if (token !== undefined) headers['x-edi-subject-token'] = token;
    if ('keepalive' in Request.prototype) {
      fetch(target, { method: 'POST', keepalive: true, credentials: 'omit', headers, body }).catch(() => {});
    } else if (token === undefined) {
      navigator.sendBeacon?.(target, body);
    }
  }

  function watch(store: Store): Store {
    /** Of the next event, as far as is known: the client asks before it appends. */
    let source = '';
    async function state() {
      const now = await store.state();
      source = now.source;
      return now;
    }
    return {
      ...store,
      state,
      async append(drafts, bounds, losses) {
        forgetOld();
        // Until they are kept they have no number; whoever sends them now sends them without.
        for (const draft of drafts) if (source && !draft.whole) recent.set(draft.id, finishDraft(draft, 0, { source }));
        const appended = await store.append(drafts, bounds, losses);
        for (const event of appended.kept) if (recent.has(event.id)) recent.set(event.id, event);
        return appended;
      },
      settle(batch, into, losses) {
        for (const { id } of batch.events) recent.delete(id);
        return store.settle(batch, into, losses);
      },
      async restart() {
        await store.restart();
        await state();
      },
      async setConsent(given) {
        if (!given) recent.clear();
        await store.setConsent(given);
        await state();
      },
    };
  }

  return { send, watch };
}
