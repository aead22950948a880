import type { BodyWatch, EarlyEnd } from '../../shared/http/body.ts';
import type { Clock } from '../../shared/ports/clock.ts';
import type { IngestConfig } from './config.ts';

/** What one instance holds for those who send; each is a bound of this instance alone. */
export type AdmissionSettings = Pick<
  IngestConfig,
  | 'maxInFlightRequests'
  | 'maxInFlightBytes'
  | 'maxClientRequests'
  | 'maxClientBytes'
  | 'maxKeyRequests'
  | 'maxKeyBytes'
  | 'maxSlowBodies'
  | 'maxClientSlowBodies'
  | 'slowBodyMillis'
  | 'bodyGraceMillis'
  | 'minBodyBytesPerSecond'
  | 'bodyDeadlineMillis'
>;

/** A request that was let in. */
export interface Guest {
  /** Sees its body arrive. */
  readonly watch: BodyWatch;
  /** Holds more for it, such as its body inflated; false where there is no room. */
  hold(bytes: number): boolean;
  /** Counts it under its secret key, too; false where that key holds its share already. */
  joinKey(key: string): boolean;
  /** Gives back what it holds; again is harmless. */
  leave(): void;
}

export interface Admission {
  /** Lets a request of a client in; undefined where the instance, or the client, is at its bound. */
  enter(client: string): Guest | undefined;
}

/** What a client, a secret key, or all together hold. */
interface Share {
  requests: number;
  bytes: number;
}

interface Visit {
  readonly client: Share;
  readonly clientName: string;
  key?: { readonly name: string; readonly share: Share };
  bytes: number;
  gone: boolean;
  /** While its body is not there in whole. */
  open?: { readonly sinceMillis: number; lastMillis: number; readonly stop: (end: EarlyEnd) => void };
}

/** A body that has been silent this long gives way to another one of its own client. */
const giveWayMillis = 250;
const sweepMillis = 250;

/**
 * Shares an instance among those who send. What is held is counted as it arrives, not as it is announced. Nobody is
 * refused for the load of another: where the instance is full, a body that is still on its way gives way, of the client
 * that holds most; a newcomer is refused only where nobody holds more than it does. A body that does not arrive is ended
 * by its deadline and its rate, and slow ones are few, so that silence holds nothing for long.
 */
export function makeAdmission(settings: AdmissionSettings, clock: Clock): Admission {
  const total: Share = { requests: 0, bytes: 0 };
  const clients = new Map<string, Share>();
  const keys = new Map<string, Share>();
  const open = new Set<Visit>();
  let sweeping = false;

  function leave(visit: Visit): void {
    if (visit.gone) return;
    visit.gone = true;
    open.delete(visit);
    give(total, visit);
    give(visit.client, visit);
    if (visit.client.requests === 0) clients.delete(visit.clientName);
    if (visit.key === undefined) return;
    give(visit.key.share, visit);
    if (visit.key.share.requests === 0) keys.delete(visit.key.name);
  }

  function end(visit: Visit, why: EarlyEnd): void {
    const stop = visit.open?.stop;
    leave(visit);
    stop?.(why);
  }

  /** The open body that is to give way: of the client that holds most, the one that has been silent longest. */
  function makeRoom(client: Share, holding: keyof Share, wanted: number): boolean {
    let victim: Visit | undefined;
    for (const visit of open) {
      if (victim === undefined || visit.client[holding] > victim.client[holding] || isQuieter(visit, victim, holding)) {
        victim = visit;
      }
    }
    if (victim === undefined) return false;
    if (victim.client === client ? !isQuiet(victim) : victim.client[holding] <= client[holding] + wanted) return false;
    end(victim, 'busy');
    return true;
  }

  function isQuiet({ open: body }: Visit): boolean {
    return body !== undefined && clock.nowMillis() - body.lastMillis >= giveWayMillis;
  }

  function makeOwnRoom(client: Share): boolean {
    for (const visit of open) {
      if (visit.client !== client || !isQuiet(visit)) continue;
      end(visit, 'busy');
      return true;
    }
    return false;
  }

  function sweep(): void {
    sweeping = false;
    const nowMillis = clock.nowMillis();
    const slow: Visit[] = [];
    for (const visit of open) {
      const ageMillis = nowMillis - (visit.open?.sinceMillis ?? nowMillis);
      if (isTooSlow(visit, ageMillis, settings)) end(visit, 'slow');
      else if (ageMillis >= settings.slowBodyMillis) slow.push(visit);
    }
    endSurplus(slow);
    watchOpen();
  }

  /** Of too many slow bodies those end that bring least. */
  function endSurplus(slow: Visit[]): void {
    slow.sort((one, other) => rate(other) - rate(one));
    const perClient = new Map<Share, number>();
    let kept = 0;
    for (const visit of slow) {
      const ofClient = perClient.get(visit.client) ?? 0;
      if (kept >= settings.maxSlowBodies || ofClient >= settings.maxClientSlowBodies) {
        end(visit, 'slow');
        continue;
      }
      perClient.set(visit.client, ofClient + 1);
      kept++;
    }
  }

  function rate({ bytes, open: body }: Visit): number {
    return bytes / Math.max(1, clock.nowMillis() - (body?.sinceMillis ?? 0));
  }

  function watchOpen(): void {
    if (sweeping || open.size === 0) return;
    sweeping = true;
    clock.after(sweepMillis, sweep);
  }

  function receive(visit: Visit, bytes: number): boolean {
    if (visit.gone) return false;
    if (visit.open !== undefined) visit.open.lastMillis = clock.nowMillis();
    const { client, key } = visit;
    if (client.bytes + bytes > settings.maxClientBytes) return false;
    if (key !== undefined && key.share.bytes + bytes > settings.maxKeyBytes) return false;
    while (total.bytes + bytes > settings.maxInFlightBytes) {
      if (!makeRoom(client, 'bytes', bytes) || visit.gone) return false;
    }
    visit.bytes += bytes;
    for (const share of [total, client, ...(key ? [key.share] : [])]) share.bytes += bytes;
    return true;
  }

  function admit(visit: Visit): Guest {
    return {
      watch: {
        opened(stop) {
          const nowMillis = clock.nowMillis();
          visit.open = { sinceMillis: nowMillis, lastMillis: nowMillis, stop };
          open.add(visit);
          watchOpen();
        },
        received: (bytes) => receive(visit, bytes),
        closed() {
          delete visit.open;
          open.delete(visit);
        },
      },
      hold: (bytes) => receive(visit, bytes),
      joinKey(name) {
        const share = keys.get(name) ?? { requests: 0, bytes: 0 };
        if (share.requests >= settings.maxKeyRequests || share.bytes + visit.bytes > settings.maxKeyBytes) return false;
        keys.set(name, share);
        share.requests++;
        share.bytes += visit.bytes;
        visit.key = { name, share };
        return true;
      },
      leave: () => leave(visit),
    };
  }

  return {
    enter(clientName) {
      const client = clients.get(clientName) ?? { requests: 0, bytes: 0 };
      if (client.requests >= settings.maxClientRequests && !makeOwnRoom(client)) return undefined;
      if (total.requests >= settings.maxInFlightRequests && !makeRoom(client, 'requests', 1)) return undefined;
      clients.set(clientName, client);
      client.requests++;
      total.requests++;
      return admit({ client, clientName, bytes: 0, gone: false });
    },
  };
}

function give(share: Share, { bytes }: Visit): void {
  share.requests--;
  share.bytes -= bytes;
}

function isQuieter(one: Visit, other: Visit, holding: keyof Share): boolean {
  if (one.client[holding] !== other.client[holding]) return false;
  return (one.open?.lastMillis ?? 0) < (other.open?.lastMillis ?? 0);
}

function isTooSlow({ bytes }: Visit, ageMillis: number, settings: AdmissionSettings): boolean {
  if (ageMillis >= settings.bodyDeadlineMillis) return true;
  return ageMillis >= settings.bodyGraceMillis && bytes < (ageMillis / 1_000) * settings.minBodyBytesPerSecond;
}
