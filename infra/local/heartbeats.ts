import { systemClock } from '../../shared/adapters/system-clock.ts';
import type { Clock } from '../../shared/ports/clock.ts';

const hourMillis = 3_600_000;
/** As the schedule of the function says. */
const afterHourMillis = 5 * 60_000;

/** Calls the heartbeat function as Cloud Scheduler does: at once, then some minutes after every hour. */
export function startHeartbeats(url: string, clock: Clock = systemClock): { stop(): void } {
  let cancel = () => {};
  const call = () => {
    const nowMillis = clock.nowMillis();
    const next = Math.floor((nowMillis - afterHourMillis) / hourMillis + 1) * hourMillis + afterHourMillis;
    cancel = clock.after(next - nowMillis, call);
    // Whatever goes wrong the function has logged, and the next call sends again.
    fetch(url, { method: 'POST' }).catch(() => undefined);
  };
  call();
  return { stop: () => cancel() };
}
