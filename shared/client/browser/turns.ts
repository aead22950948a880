import type { Turns } from '../core/ports.ts';

/** A tab that holds the lease renews it in this time; one that did not for three times as long is gone. */
const leaseMillis = 2_000;

/**
 * One tab of an origin sends, of all that share a queue: by Web Locks, or, where a page has none (it is not served
 * securely, or the browser is old), by a lease in localStorage. A lease can be held twice for a moment, and where there is no
 * localStorage every tab sends: then an event may be sent twice, and is one all the same.
 */
export function makeTabTurns(name: string): Turns {
  const channel = new BroadcastChannel(name);
  return {
    lead(begin, heard) {
      channel.onmessage = heard;
      return 'locks' in navigator ? leadByLock(name, begin) : leadByLease(name, begin);
    },
    tell: () => channel.postMessage(''),
  };
}

function leadByLock(name: string, begin: () => void): () => void {
  const left = new AbortController();
  const { signal } = left;
  const lead = () => {
    begin();
    return new Promise((resolve) => signal.addEventListener('abort', resolve));
  };
  navigator.locks.request(name, { signal }, lead).catch(() => {});
  return () => left.abort();
}

function leadByLease(name: string, begin: () => void): () => void {
  /** When the own lease ends; the fraction makes it one that no other tab writes. */
  let own = '';
  let isLeading = false;
  const take = () => {
    try {
      const held = localStorage[name];
      const leftMillis = held - Date.now();
      // A lease that ends later than one can is of a clock that was set back.
      if (held !== own && leftMillis > 0 && leftMillis <= 3 * leaseMillis) return;
      own = localStorage[name] = `${Date.now() + 3 * leaseMillis - Math.random()}`;
    } catch {
      // Nobody can hold one there.
    }
    if (!isLeading) begin();
    isLeading = true;
  };
  take();
  const timer = setInterval(take, leaseMillis);
  return () => clearInterval(timer);
}
