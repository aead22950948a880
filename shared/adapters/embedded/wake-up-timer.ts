import type { Clock } from '../../ports/clock.ts';

/** One timer at most, at the earliest of the times that it was given. */
export class WakeUpTimer {
  readonly #clock: Clock;
  readonly #task: () => void;
  #closed = false;
  #pending: { readonly atMillis: number; readonly cancel: () => void } | undefined;

  constructor(clock: Clock, task: () => void) {
    this.#clock = clock;
    this.#task = task;
  }

  /** Runs the task at `atMillis` (milliseconds since the epoch), or before when it already is to run before. */
  setNoLaterThan(atMillis: number): void {
    if (this.#closed) return;
    if (this.#pending !== undefined) {
      if (this.#pending.atMillis <= atMillis) return;
      this.#pending.cancel();
    }
    const cancel = this.#clock.after(Math.max(0, atMillis - this.#clock.nowMillis()), () => {
      this.#pending = undefined;
      this.#task();
    });
    this.#pending = { atMillis, cancel };
  }

  /** Forgets the time, and takes no other. */
  close(): void {
    this.cancel();
    this.#closed = true;
  }

  /** Forgets the time. */
  cancel(): void {
    this.#pending?.cancel();
    this.#pending = undefined;
  }
}
