import { systemClock } from '../../../shared/adapters/system-clock.ts';
import type { Clock } from '../../../shared/ports/clock.ts';
import type { Output } from '../command-io.ts';

export interface ProgressBar {
  /** `total` is undefined where nobody knows it: then there is the label alone. */
  show(label: string, done: number, total: number | undefined): void;
  /** Takes the bar away again. */
  clear(): void;
}

const width = 30;
/** Before that an estimate says little. */
const minEstimateMillis = 1_000;

/**
 * A bar that is updated in place, with an estimate of the time that is left, by how fast it went since it was shown first;
 * nothing at all where the output is no terminal.
 */
export function makeProgressBar(output: Output, clock: Pick<Clock, 'nowMillis'> = systemClock): ProgressBar {
  let shown = false;
  let first: { readonly total: number; readonly done: number; readonly atMillis: number } | undefined;

  function estimate(done: number, total: number): string {
    const nowMillis = clock.nowMillis();
    // Another total, or less than before, is another thing that is counted.
    if (first === undefined || first.total !== total || done < first.done) first = { total, done, atMillis: nowMillis };
    const [passedMillis, steps] = [nowMillis - first.atMillis, done - first.done];
    if (done >= total || steps <= 0 || passedMillis < minEstimateMillis) return '';
    return `, ${durationText((passedMillis * (total - done)) / steps)} left`;
  }

  return {
    show(label, done, total) {
      if (!output.isTerminal) return;
      const line = total === undefined ? label : `${label} ${barText(done, total)}${estimate(done, total)}`;
      // A line that wraps would not be updated in place.
      const fitting = output.columns ? line.slice(0, output.columns - 1) : line;
      void output.write(`\r\u001b[2K${fitting}`);
      shown = true;
    },
    clear() {
      if (shown) void output.write('\r\u001b[2K');
      shown = false;
    },
  };
}

function barText(done: number, total: number): string {
  const filled = total === 0 ? width : Math.min(width, Math.round((width * done) / total));
  return `[${'#'.repeat(filled)}${'.'.repeat(width - filled)}] ${done} of ${total}`;
}

/** So exact as an estimate is. */
export function durationText(millis: number): string {
  const seconds = Math.ceil(millis / 1_000);
  if (seconds < 100) return `${seconds} s`;
  return seconds < 6_000 ? `${Math.round(seconds / 60)} min` : `${Math.round(seconds / 3_600)} h`;
}
