import { Unavailable } from '../../../shared/ports/unavailable.ts';
import { CliError } from '../cli-error.ts';
import { sleep } from '../sleep.ts';
import type { SmokeCheck } from './checks.ts';
import type { SmokeEvents } from './events.ts';
import type { SmokePorts } from './ports.ts';

/** What came of a check, without its name. */
export type Finding = Omit<SmokeCheck, 'name'>;

export const ok = (text: string): Finding => ({ outcome: 'ok', text });
export const failed = (text: string): Finding => ({ outcome: 'failed', text });
export const notChecked = (text: string): Finding => ({ outcome: 'not-checked', text });

/** One smoke test as it goes on. */
export interface Smoke {
  readonly ports: SmokePorts;
  readonly events: SmokeEvents;
  /** When it began, and the time of its events. */
  readonly startMillis: number;
}

/** A wait that was over before anything came. */
export class TooLate extends Error {
  override readonly name = 'TooLate';
}

/** Asks until there is an answer. Rejects with `TooLate`, and when the test is interrupted. */
export async function until<T>({ ports }: Smoke, ask: () => Promise<T | undefined>): Promise<T> {
  const { clock, signal, maxWaitMillis, pollMillis } = ports;
  const endMillis = clock.nowMillis() + maxWaitMillis;
  for (;;) {
    signal.throwIfAborted();
    const answer = await ask();
    if (answer !== undefined) return answer;
    if (clock.nowMillis() >= endMillis) throw new TooLate(`nothing came within ${maxWaitMillis / 1_000} s`);
    await sleep(clock, pollMillis, signal);
  }
}

/** What does not answer was not looked at; what answers that there is no such thing has failed. Bugs go on. */
export async function lookedAt(look: () => Promise<Finding>): Promise<Finding> {
  try {
    return await look();
  } catch (error) {
    if (error instanceof Unavailable) return notChecked(error.message);
    if (error instanceof CliError) return failed(error.message);
    throw error;
  }
}
