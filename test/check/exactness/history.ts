import { appendFileSync, readFileSync } from 'node:fs';

// The history is all that the judge knows of a run. Nothing here or beside it imports a line of the product.

/** What an event was sent with, as far as its row shows it. Two events with one identity are the same event. */
export interface SentEvent {
  readonly id: string;
  readonly source: string;
  readonly time: string;
  readonly subject: string;
  readonly trackId: string;
  readonly msPlayed: number;
  readonly seeksMs: readonly number[];
  /** False: breaks the schema on purpose. */
  readonly fits: boolean;
}

export type HistoryEntry =
  | { readonly kind: 'sent'; readonly request: number; readonly events: readonly SentEvent[] }
  /** Status 0: no answer came. `refused` and `transient` are positions in the request. */
  | {
      readonly kind: 'answered';
      readonly request: number;
      readonly status: number;
      readonly refused: readonly number[];
      readonly transient: readonly number[];
    }
  | { readonly kind: 'fault'; readonly fault: string; readonly target: string };

export function openHistory(path: string): (entry: HistoryEntry) => void {
  const startMillis = Date.now();
  return (entry) => appendFileSync(path, `${JSON.stringify({ atMillis: Date.now() - startMillis, ...entry })}\n`);
}

export function readHistory(path: string): HistoryEntry[] {
  const lines = readFileSync(path, 'utf8').split('\n');
  return lines.filter((line) => line !== '').map((line): HistoryEntry => JSON.parse(line));
}
