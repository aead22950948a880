import type { Clock } from '../../ports/clock.ts';

/** A clock that stands still until it is told to move. */
export interface ManualClock extends Clock {
  /**
   * Moves time forward and runs every task that becomes due, in the order of their times (equal times: in the order in
   * which they were scheduled), each at its own time. Tasks that these schedule run too when they are due within the
   * span; a task that keeps scheduling itself without delay is a bug and throws after `maxTasksPerAdvance`.
   */
  advance(millis: number): void;
  /** When the next task is due, milliseconds since the epoch. */
  nextDueMillis(): number | undefined;
  /** Tasks that wait. */
  pendingTasks(): number;
}

/** Bound of the tasks that one `advance` runs. */
const maxTasksPerAdvance = 1_000_000;

interface Task {
  readonly dueMillis: number;
  readonly order: number;
  readonly run: () => void;
}

/** Makes a clock that shows `startMillis` (milliseconds since the Unix epoch). */
export function createManualClock(startMillis = Date.UTC(2026, 0, 1)): ManualClock {
  const tasks = new Set<Task>();
  let now = startMillis;
  let scheduled = 0;

  const next = (): Task | undefined => {
    let first: Task | undefined;
    for (const task of tasks) if (first === undefined || isBefore(task, first)) first = task;
    return first;
  };

  const advance = (millis: number): void => {
    if (!(millis >= 0)) throw new RangeError(`a clock moves forward only, not by ${millis} ms`);
    const end = now + millis;
    let ran = 0;
    for (let task = next(); task !== undefined && task.dueMillis <= end; task = next()) {
      ran += 1;
      if (ran > maxTasksPerAdvance)
        throw new Error(`more than ${maxTasksPerAdvance} tasks in one advance of the clock`);
      tasks.delete(task);
      now = Math.max(now, task.dueMillis);
      task.run();
    }
    now = end;
  };

  return {
    nowMillis: () => now,
    after(delayMillis, run) {
      const task: Task = { dueMillis: now + Math.max(0, delayMillis), order: scheduled, run };
      scheduled += 1;
      tasks.add(task);
      return () => void tasks.delete(task);
    },
    advance,
    nextDueMillis: () => next()?.dueMillis,
    pendingTasks: () => tasks.size,
  };
}

function isBefore(a: Task, b: Task): boolean {
  return a.dueMillis === b.dueMillis ? a.order < b.order : a.dueMillis < b.dueMillis;
}
