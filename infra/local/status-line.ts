import { visibleLine } from '../../shared/adapters/embedded/duckdb/format.ts';
import type { Clock } from '../../shared/ports/clock.ts';
import type { LocalStatus } from './local-deployment.ts';

export interface StatusLineOptions {
  readonly status: () => LocalStatus;
  readonly clock: Clock;
  readonly write: (text: string) => void;
  /** One line that is updated in place; otherwise a new line whenever something has changed. */
  readonly isTerminal: boolean;
  /** Width of the terminal now, which may change; a longer line would not be updated in place. */
  readonly columns: () => number | undefined;
}

const terminalIntervalMillis = 250;
const plainIntervalMillis = 5_000;

/** Shows counts as they grow until stopped. */
export function startStatusLine({ status, clock, write, isTerminal, columns }: StatusLineOptions): { stop(): void } {
  const intervalMillis = isTerminal ? terminalIntervalMillis : plainIntervalMillis;
  let before = status();
  let beforeMillis = clock.nowMillis();
  let shown = '';
  let cancel = clock.after(intervalMillis, tick);

  function tick(): void {
    const now = status();
    const nowMillis = clock.nowMillis();
    const ratePerSecond = ((now.accepted - before.accepted) * 1_000) / Math.max(1, nowMillis - beforeMillis);
    const line = fitting(statusText(now, ratePerSecond), isTerminal ? columns() : undefined);
    if (line !== shown) write(isTerminal ? `\r\u001b[2K${line}` : `${line}\n`);
    shown = line;
    before = now;
    beforeMillis = nowMillis;
    cancel = clock.after(intervalMillis, tick);
  }

  return {
    stop() {
      cancel();
      if (isTerminal && shown !== '') write('\n');
    },
  };
}

/** Without the last column, in which some terminals begin the next line. */
function fitting(text: string, columns: number | undefined): string {
  return columns ? visibleLine(text, Math.max(1, columns - 1)) : text;
}

function statusText(status: LocalStatus, ratePerSecond: number): string {
  const parts = [
    `accepted ${status.accepted}`,
    `duplicates ${status.duplicates}`,
    `rejected ${status.rejected}`,
    `rows ${status.rows}`,
    `${Math.round(ratePerSecond)}/s`,
    `backlog ${status.backlog}`,
  ];
  return [...parts, ...(status.deadLetters > 0 ? [`dead letters ${status.deadLetters}`] : [])].join('  ');
}
