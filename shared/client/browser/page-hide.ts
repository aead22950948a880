import { bodyOf } from '../core/event-text.ts';
import { endpointOf, headersOf } from '../core/fetch-transport.ts';
import type { StoredEvent } from '../core/ports.ts';

/** What one page may have on its way when it goes, over all its requests (Fetch standard, "keepalive"): 64 KiB. */
const maxBytes = 49_152;
/** What is older was sent, or waits in the queue for a better time. */
const maxAgeMillis = 30_000;

/** The events that this tab has tracked and does not know to be sent, by id, the oldest first. Stores keep it so. */
export type Recent = Map<string, StoredEvent>;

/** A tab may be open for weeks, and another one of its origin may send: it does not hear what of its own was sent. */
export function forgetOld(recent: Recent): void {
  for (const { id, atMillis } of recent.values()) {
    if (Date.now() - atMillis <= maxAgeMillis) return;
    recent.delete(id);
  }
}

/** Sends them as the page goes. They stay in the queue until they are acknowledged. */
export function sendRecent(recent: Recent, url: string, key: string): void {
  forgetOld(recent);
  const groups = new Map<string, StoredEvent[]>();
  let bytes = 0;
  for (const event of [...recent.values()].reverse()) {
    bytes += event.bytes + 1;
    if (bytes > maxBytes) break;
    groups.set(event.group, [event, ...(groups.get(event.group) ?? [])]);
  }
  recent.clear();
  const target = `${endpointOf(url, 'events')}?key=${encodeURIComponent(key)}`;
  // Without a token as a page can send it without asking first; a preflight would not outlive the page.
  for (const events of groups.values()) {
    const body = bodyOf(events);
    const token = events[0]?.token;
    if ('keepalive' in Request.prototype) {
      fetch(target, { method: 'POST', keepalive: true, credentials: 'omit', headers: headersOf(token), body }).catch(
        () => {},
      );
    } else if (!token) navigator.sendBeacon(target, body);
  }
}
