import type { BasePorts } from '../../../needs/ports.ts';
import { makeJsonObserver } from '../../../observe/json-observer.ts';
import { systemClock } from '../../system-clock.ts';
import { systemRandom } from '../../system-random.ts';
import { type Environment, projectOf } from './environment.ts';

/** What every function has: the machine's clock and randomness, and an observer that writes to standard output. */
export function openBase(environment: Environment, { name }: { readonly name: string }): BasePorts {
  const observer = makeJsonObserver({
    component: name,
    clock: systemClock,
    writeLine: (line) => process.stdout.write(`${line}\n`),
    countsIntervalMillis: Number(environment['EDI_COUNTS_INTERVAL_MILLIS'] ?? 10_000),
  });
  return { clock: systemClock, random: systemRandom, observer, projectId: projectOf(environment) };
}
