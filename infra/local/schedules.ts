import { systemClock } from '../../shared/adapters/system-clock.ts';
import type { Clock } from '../../shared/ports/clock.ts';

const hourMillis = 3_600_000;
const minuteMillis = 60_000;
/** As the schedules of the functions say. */
const heartbeatMinute = 5;
const finishErasuresMinute = 25;

/** Calls the heartbeat function as Cloud Scheduler does: at once, then some minutes after every hour. */
export function startHeartbeats(url: string, clock: Clock = systemClock): { stop(): void } {
  return startHourly(url, heartbeatMinute * minuteMillis, clock);
}

/** Calls finish-erasures likewise. */
export function startFinishingErasures(url: string, clock: Clock = systemClock): { stop(): void } {
  return startHourly(url, finishErasuresMinute * minuteMillis, clock);
}

function startHourly(url: string, afterHourMillis: number, clock: Clock): { stop(): void } {
  let cancel = () => {};
  const call = () => {
    const nowMillis = clock.nowMillis();
    const next = Math.floor((nowMillis - afterHourMillis) / hourMillis + 1) * hourMillis + afterHourMillis;
    cancel = clock.after(next - nowMillis, call);
    // Whatever goes wrong the function has logged, and the next call does it again.
    fetch(url, { method: 'POST' }).catch(() => undefined);
  };
  call();
  return { stop: () => cancel() };
}
