/** The server's clock. Injected everywhere, so that tests and the simulation own time. */
export interface Clock {
  /** Milliseconds since the Unix epoch. */
  nowMillis(): number;
  /** Runs `task` once, after `delayMillis`. The returned function cancels it; cancelling twice is harmless. */
  after(delayMillis: number, task: () => void): () => void;
}
