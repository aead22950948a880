import type { FunctionSize } from '../../shared/needs/needs.ts';
import { type CloudNames, callerAccount } from '../cloud-names.ts';
import { areInstances, instancesRule } from '../environments/environment.ts';
import type { FunctionSpec, Topology } from '../topology.ts';
import { accountIdRule, functionNameRule } from './names.ts';
import { expect, isBetween, repeated, type Violation } from './violation.ts';

/** Memory that each number of processors can have, in MiB ("CPU limits" and "Memory limits", Cloud Run). */
const memoryOfCpu: readonly (readonly [cpu: number, least: number, most: number])[] = [
  [1, 128, 4_096],
  [2, 128, 8_192],
  [4, 2_048, 16_384],
  [6, 4_096, 24_576],
  [8, 4_096, 32_768],
];
const maxConcurrency = 1_000;
const maxTimeoutSeconds = 3_600;
/** Node, the framework and our code, before the first request. */
const idleMiB = 150;

/** Functions that Cloud Functions would refuse, or that would run out of memory. */
export function functionFindings({ functions, topics }: Topology, names: CloudNames): Violation[] {
  const known = new Set(topics.map(({ name }) => name));
  const accounts = functions.flatMap((spec) =>
    [names.functionAccount(spec.name), callerAccount(spec, names) ?? []].flat(),
  );
  return [
    ...functions.flatMap(({ name }) =>
      expect(functionNameRule.grammar.test(name), 'name of a function', name, functionNameRule.rule),
    ),
    ...accounts.flatMap((id) =>
      expect(accountIdRule.grammar.test(id), 'id of a service account', id, accountIdRule.rule),
    ),
    ...repeated(accounts).map((id) => ({ path: 'id of a service account', value: id, rule: 'it is there twice' })),
    ...functions.flatMap(({ name, publishesTo }) =>
      publishesTo.flatMap((topic) =>
        expect(known.has(topic), `function ${name}, publishesTo`, topic, 'a topic of the topology'),
      ),
    ),
    ...functions.flatMap(({ name, calls = [] }) =>
      calls.flatMap((callee) =>
        expect(
          functions.some((one) => one.name === callee && one.callers.kind === 'operators'),
          `function ${name}, calls`,
          callee,
          'a function whose callers are "operators"',
        ),
      ),
    ),
    ...functions.flatMap(({ name, size }) => sizeFindings(name, size)),
    ...functions.flatMap(({ name, instances }) =>
      expect(areInstances(instances), `function ${name}, instances`, instances, instancesRule),
    ),
    ...functions.flatMap(scheduleFindings),
  ];
}

/** What does not fit together in a function's size. */
export function sizeFindings(name: string, size: FunctionSize): Violation[] {
  const { memoryMiB, cpu, concurrency, timeoutSeconds, requestMiB } = size;
  const at = (key: keyof FunctionSize) => `function ${name}, ${key}`;
  const range = memoryOfCpu.find(([one]) => one === cpu);
  const needed = idleMiB + concurrency * requestMiB;
  return [
    ...expect(
      range !== undefined || (cpu >= 0.08 && cpu < 1),
      at('cpu'),
      cpu,
      `1, 2, 4, 6 or 8 processors, or a part of one from 0.08`,
    ),
    ...expect(isBetween(concurrency, 1, maxConcurrency), at('concurrency'), concurrency, `from 1 to ${maxConcurrency}`),
    ...expect(
      cpu >= 1 || concurrency === 1,
      at('concurrency'),
      concurrency,
      `1 with less than one processor (cpu is ${cpu}): give it one`,
    ),
    ...(range === undefined ? partFindings(at('memoryMiB'), size) : []),
    ...(range === undefined || isBetween(memoryMiB, range[1], range[2])
      ? []
      : [{ path: at('memoryMiB'), value: memoryMiB, rule: `${range[1]} to ${range[2]} MiB with ${cpu} processors` }]),
    ...expect(
      isBetween(timeoutSeconds, 1, maxTimeoutSeconds),
      at('timeoutSeconds'),
      timeoutSeconds,
      `whole seconds from 1 to ${maxTimeoutSeconds}`,
    ),
    ...expect(
      needed <= memoryMiB,
      at('memoryMiB'),
      memoryMiB,
      `${concurrency} requests at once of ${requestMiB} MiB need ${needed} MiB: more memory, or less concurrency`,
    ),
  ];
}

/** Less than one processor bounds the memory ("CPU limits"). */
function partFindings(path: string, { cpu, memoryMiB }: FunctionSize): Violation[] {
  const most = cpu < 0.5 ? 512 : 1_024;
  return expect(isBetween(memoryMiB, 128, most), path, memoryMiB, `128 to ${most} MiB with ${cpu} of a processor`);
}

/** Cloud Scheduler's bounds on an attempt over HTTP ("Job", `attemptDeadline`), and Unix cron's five fields. */
function scheduleFindings({ name, callers, size }: FunctionSpec): Violation[] {
  if (callers.kind !== 'schedule') return [];
  return [
    ...expect(
      isBetween(size.timeoutSeconds, 15, 1_800),
      `function ${name}, timeoutSeconds`,
      size.timeoutSeconds,
      'from 15 to 1800 for a function that Cloud Scheduler calls',
    ),
    ...expect(
      /^(?:[\w*,/-]+ ){4}[\w*,/-]+$/.test(callers.cron),
      `function ${name}, cron`,
      callers.cron,
      'the five fields of Unix cron, such as "0 3 * * *"',
    ),
  ];
}
