import { type Command, InvalidArgumentError } from 'commander';
import {
  defaultWorkload,
  maxEventsPerSecond,
  type Workload,
  type WorkloadAmount,
  workloadProblems,
} from '../cost/workload.ts';
import type { CommandIo } from './command-io.ts';
import { jsonText } from './output-text.ts';

interface CostFlags {
  readonly eventsPerSecond: number;
  readonly batch: number;
  readonly eventBytes: number;
  readonly resendShare: number;
  readonly requestsPerMessage: number;
  readonly regions: number;
  readonly typesPerBatch: number;
  readonly lookBackDays: number;
  readonly retentionDays: number;
  readonly emptiedShare: number;
  readonly archiveDays: number;
  readonly legacyGigabytes: number;
  readonly minInstances?: number;
  readonly inactiveSubjects: boolean;
  readonly json: boolean;
}

const flagOf: Readonly<Record<WorkloadAmount, string>> = {
  eventsPerSecond: '--events-per-second',
  batchEvents: '--batch',
  eventBytes: '--event-bytes',
  resendShare: '--resend-share',
  requestsPerMessage: '--requests-per-message',
  regions: '--regions',
  typesPerBatch: '--types-per-batch',
  lookBackDays: '--look-back-days',
  retentionDays: '--retention-days',
  emptiedShare: '--emptied-share',
  archiveDays: '--archive-days',
  legacyGigabytes: '--legacy-gigabytes',
  minInstances: '--min-instances',
};

/** Adds `edi cost`. */
export function addCostCommand(program: Command, io: CommandIo): void {
  const {
    batchEvents,
    eventBytes,
    resendShare,
    requestsPerMessage,
    regions,
    typesPerBatch,
    lookBackDays,
    retentionDays,
  } = defaultWorkload;
  program
    .command('cost')
    .description('estimate the monthly bill at list prices, beside that of a design without batches, and quotas')
    .requiredOption('--events-per-second <n>', `average of a month, up to ${maxEventsPerSecond}`, readNumber)
    .option('--batch <n>', "events of a client's request", readNumber, batchEvents)
    .option('--event-bytes <n>', 'JSON of an event', readNumber, eventBytes)
    .option('--resend-share <n>', 'share of the requests that are sent twice, 0 to 1', readNumber, resendShare)
    .option('--requests-per-message <n>', 'requests sealed together', readNumber, requestsPerMessage)
    .option('--regions <n>', 'regions of ingest; one needs no load balancer', readNumber, regions)
    .option('--types-per-batch <n>', 'event types of a batch', readNumber, typesPerBatch)
    .option('--look-back-days <n>', 'how long claims are kept', readNumber, lookBackDays)
    .option('--retention-days <n>', 'how long tables keep rows', readNumber, retentionDays)
    .option('--emptied-share <n>', 'share of events whose types have keepDays, 0 to 1', readNumber, 0)
    .option('--archive-days <n>', 'how long a raw archive keeps files; 0 is none', readNumber, 0)
    .option('--legacy-gigabytes <n>', 'plain legacy files uploaded a month', readNumber, 0)
    .option('--min-instances <n>', 'kept warm of each function and region; default 2, with one region 0', readNumber)
    .option('--inactive-subjects', 'erase people who are not seen for long', false)
    .option('--json', 'print one JSON object, with every formula', false)
    .action(async (flags: CostFlags, command: Command) => {
      const { batch, json, ...rest } = flags;
      const workload: Workload = { ...rest, batchEvents: batch };
      const [problem] = workloadProblems(workload);
      if (problem !== undefined) command.error(`error: ${flagOf[problem.setting]} ${problem.message}`);
      const { costJson, costText } = await import('../cost/report.ts');
      await io.out.write(json ? jsonText(costJson(workload)) : costText(workload));
    });
}

function readNumber(text: string): number {
  const value = text.trim() === '' ? Number.NaN : Number(text);
  if (Number.isFinite(value)) return value;
  throw new InvalidArgumentError('Give a number.');
}
