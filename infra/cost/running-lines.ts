import { type BillLine, gibibyte, line, tebibyte } from './bill.ts';
import type { Traffic } from './traffic.ts';
import { assumptions, secondsPerMonth, type Workload } from './workload.ts';

const daySeconds = 86_400;
const bytesOfLogEntry = 1_000;

/** What an environment pays for how it is declared, whatever the design: instances, archive, Cloud Armor, request logs. */
export function runningLines(workload: Workload, traffic: Traffic): BillLine[] {
  return [
    ...instances(workload, traffic),
    ...archive(workload, traffic),
    ...armor(workload, traffic),
    ...logs(workload, traffic),
  ];
}

/**
 * An instance is billed while any request is open on it ("Billing settings", Cloud Run), not for the time of its core. With
 * requests that come at random over n instances, each is open for 1 - e^(-open requests / n) of the time. What core time
 * bills is in the lines of the functions; here is the rest, and what instances that are kept warm cost beside it.
 */
function instances({ regions, minInstances = regions === 1 ? 0 : 2 }: Workload, { functions }: Traffic): BillLine[] {
  let [waiting, waitingGib, warm] = [0, 0, 0];
  for (const { reads, callsPerSecond, vcpus, gibPerVcpu } of functions) {
    const kept = minInstances * (reads === undefined ? regions : 1);
    const open = callsPerSecond * assumptions.openSeconds;
    const running = Math.max(kept, vcpus, 1);
    const billed = Math.max(vcpus, running * (1 - Math.exp(-open / running)));
    waiting += billed - vcpus;
    waitingGib += (billed - vcpus) * gibPerVcpu;
    warm += Math.max(0, kept - billed);
  }
  const month = (perSecond: number) => perSecond * secondsPerMonth;
  return [
    line('instances', 'functionVcpu', month(waiting), 'open requests beyond core time'),
    line('instances', 'functionMemory', month(waitingGib), 'the same × GiB a vCPU'),
    line('instances', 'functionIdle', month(warm), 'kept warm, vCPU and a GiB'),
  ];
}

function archive({ archiveDays = 0 }: Workload, { eventsPerSecond, rowBytes }: Traffic): BillLine[] {
  if (archiveDays === 0) return [];
  const bytesPerSecond = eventsPerSecond * rowBytes;
  return [
    line(
      'raw archive',
      'pubsubTableThroughput',
      (bytesPerSecond * secondsPerMonth) / tebibyte,
      'rows, delivered again',
    ),
    line('raw archive', 'bucketStored', (bytesPerSecond * daySeconds * archiveDays) / gibibyte, 'files of archiveDays'),
  ];
}

function armor({ regions }: Workload, { requestsPerSecond }: Traffic): BillLine[] {
  if (regions === 1) return [];
  return [
    line('Cloud Armor', 'armorPolicy', 1, 'the policy, and its two rules'),
    line('Cloud Armor', 'armorRequest', (requestsPerSecond * secondsPerMonth) / 1e6, 'requests through the edge'),
  ];
}

function logs({ stageRequestLogs = false }: Workload, { batches }: Traffic): BillLine[] {
  if (!stageRequestLogs) return [];
  const pushes = Object.values(batches).reduce((sum, { callsPerSecond }) => sum + callsPerSecond, 0);
  return [
    line('request logs', 'logIngested', (pushes * bytesOfLogEntry * secondsPerMonth) / gibibyte, 'an entry a push'),
  ];
}
