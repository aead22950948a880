import type { Output } from '../command-io.ts';

export interface ProgressBar {
  show(label: string, done: number, total: number): void;
  /** Takes the bar away again. */
  clear(): void;
}

const width = 30;

/** A bar that is updated in place; nothing at all where the output is no terminal. */
export function makeProgressBar(output: Output): ProgressBar {
  let shown = false;
  return {
    show(label, done, total) {
      if (!output.isTerminal) return;
      const filled = total === 0 ? width : Math.min(width, Math.round((width * done) / total));
      const line = `${label} [${'#'.repeat(filled)}${'.'.repeat(width - filled)}] ${done} of ${total}`;
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
