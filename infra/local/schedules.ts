import { systemClock } from '../../shared/adapters/system-clock.ts';
import type { Clock } from '../../shared/ports/clock.ts';

const hourMillis = 3_600_000;
const minuteMillis = 60_000;
const retryMillis = minuteMillis;
/** As the schedules of the functions say. */
const heartbeatMinute = 5;
const finishErasuresMinute = 25;

interface Schedule {
  stop(): void;
}

/** Calls a function; whether it did its work. */
type Call = (url: string) => Promise<boolean>;

/** Calls the heartbeat function as Cloud Scheduler does: at once, then some minutes after every hour. */
export function startHeartbeats(url: string, clock?: Clock, call?: Call): Schedule {
  return startHourly(url, heartbeatMinute * minuteMillis, clock, call);
}

/** Calls finish-erasures likewise. */
export function startFinishingErasures(url: string, clock?: Clock, call?: Call): Schedule {
  return startHourly(url, finishErasuresMinute * minuteMillis, clock, call);
}

/** A call that fails is repeated every minute: the first finds functions that have just started, and the next is an hour away. */
function startHourly(url: string, afterHourMillis: number, clock: Clock = systemClock, call: Call = post): Schedule {
  let [cancel, stopped] = [() => {}, false];
  const run = async () => {
    const nowMillis = clock.nowMillis();
    const next = Math.floor((nowMillis - afterHourMillis) / hourMillis + 1) * hourMillis + afterHourMillis;
    cancel = clock.after(next - nowMillis, run);
    // What went wrong the function has logged.
    if ((await call(url)) || stopped) return;
    cancel();
    cancel = clock.after(retryMillis, run);
  };
  void run();
  return {
    stop() {
      stopped = true;
      cancel();
    },
  };
}

async function post(url: string): Promise<boolean> {
  try {
    return (await fetch(url, { method: 'POST' })).ok;
  } catch {
    return false;
  }
}
