import type { TopicKind } from '../../shared/needs/kind.ts';
import { kinds } from '../../shared/needs/kinds.ts';
import { kindOf } from '../../shared/needs/variables.ts';
import { dailyDays } from '../completeness/statements.ts';
import { type House, ours } from '../house.ts';
import { eventTopic, topics } from '../naming.ts';
import { type Bill, type BillLine, billOf, gibibyte, line, tebibyte } from './bill.ts';
import { legacyLines } from './legacy-lines.ts';
import { runningLines } from './running-lines.ts';
import { storedRows } from './stored-rows.ts';
import { billedBytesOfRequest, type Traffic, trafficOf } from './traffic.ts';
import { assumptions, secondsPerMonth, type Workload } from './workload.ts';

/** A month of our design at list prices. */
export function ourBill(workload: Workload, house: Pick<House, 'functions'> = ours): Bill {
  const traffic = trafficOf(workload, house);
  return billOf([
    ...functionLines(traffic),
    ...pubsub(traffic),
    ...firestore(workload, traffic),
    ...marksOfUse(workload, traffic),
    ...storedRows(workload, traffic),
    ...completeness(workload, traffic),
    ...emptying(workload, traffic),
    ...legacyLines(workload, house),
    ...edge(workload, traffic),
    ...runningLines(workload, traffic),
  ]);
}

function functionLines({ functions }: Traffic): BillLine[] {
  return functions.flatMap(({ name, callsPerSecond, vcpus, gibPerVcpu }) => {
    const vcpuSeconds = vcpus * secondsPerMonth;
    return [
      line(`function ${name}`, 'functionVcpu', vcpuSeconds, 'core time of requests and events / utilisation'),
      line(`function ${name}`, 'functionMemory', vcpuSeconds * gibPerVcpu, 'vCPU-seconds × GiB a vCPU'),
      line(`function ${name}`, 'functionRequest', (callsPerSecond * secondsPerMonth) / 1e6, 'requests or pushes'),
    ];
  });
}

function pubsub(traffic: Traffic): BillLine[] {
  const { batches, functions, messageBytes, rowBytes, eventsPerSecond } = traffic;
  const message = billedBytesOfRequest(messageBytes);
  const tebibytes = (bytesPerSecond: number) => (bytesPerSecond * secondsPerMonth) / tebibyte;
  const rowsOfPublish = eventsPerSecond / traffic.rowPublishesPerSecond;
  const publishedRows = traffic.rowPublishesPerSecond * billedBytesOfRequest(rowsOfPublish * rowBytes);
  const quarantined = eventsPerSecond * assumptions.quarantinedShare * rowBytes;
  const { quarantine } = topics;
  return [
    ...Object.entries(batches).map(([role, { callsPerSecond }]) => {
      const readers = functions.filter(({ reads }) => reads === role).length;
      const bytes = tebibytes((1 + readers) * callsPerSecond * message);
      return line(
        `topic ${kindOf<TopicKind>(kinds.topics, role).topic}`,
        'pubsubThroughput',
        bytes,
        'published and pushed',
      );
    }),
    line(
      `topics ${eventTopic('*')}`,
      'pubsubThroughput',
      tebibytes(publishedRows),
      'rows published, many in a request',
    ),
    line('rows to BigQuery', 'pubsubTableThroughput', tebibytes(eventsPerSecond * rowBytes), 'one message a row'),
    line(quarantine, 'pubsubThroughput', tebibytes(quarantined), 'share of events, published'),
    line(quarantine, 'pubsubTableThroughput', tebibytes(quarantined), 'share of events, delivered'),
  ];
}

/**
 * Claims: a document is one source's, so it is read and written once for each client's request, also when several requests
 * are sealed together; nothing is written when all of it is known. Keys of data subjects are read where no instance
 * remembers them, and written for new people.
 */
function firestore({ lookBackDays, batchEvents }: Workload, traffic: Traffic): BillLine[] {
  const { requestsPerSecond, firstRequestsPerSecond } = traffic;
  const reads = requestsPerSecond * secondsPerMonth;
  const writes = firstRequestsPerSecond * secondsPerMonth;
  const deletes = writes / assumptions.requestsPerDocument;
  const claimBytes = assumptions.claimBytes + assumptions.fingerprintBytes * batchEvents;
  const stored = firstRequestsPerSecond * lookBackDays * 86_400 * claimBytes;
  const keyReads = writes * assumptions.subjectKeyReadsPerRequest;
  const keyWrites = writes * assumptions.newSubjectsPerRequest;
  return [
    line('claim index', 'firestoreRead', reads / 1e5, 'a read a request'),
    line('claim index', 'firestoreWrite', writes / 1e5, 'a write a request with fresh events'),
    line('claim index', 'firestoreDelete', deletes / 1e5, 'documents that expire'),
    line('claim index', 'firestoreStored', stored / gibibyte, '8 bytes an event for the look-back'),
    line('subject keys', 'firestoreRead', keyReads / 1e5, 'keys that no instance remembers'),
    line('subject keys', 'firestoreWrite', keyWrites / 1e5, 'keys of new people and installations'),
  ];
}

/** A mark for each person and installation and month, which erase-inactive takes away once; what is stored is next to nothing. */
function marksOfUse({ inactiveSubjects = false }: Workload, { firstRequestsPerSecond }: Traffic): BillLine[] {
  if (!inactiveSubjects) return [];
  const marks = firstRequestsPerSecond * secondsPerMonth * assumptions.seenSubjectsPerRequest;
  return [
    line(
      'marks of use',
      'firestoreRead',
      (marks * assumptions.readsPerMark) / 1e5,
      'by instances, and to find the inactive',
    ),
    line('marks of use', 'firestoreWrite', marks / 1e5, 'one a month and subject'),
    line('marks of use', 'firestoreDelete', marks / 1e5, 'looked at'),
  ];
}

/**
 * What the schedules of completeness read: once a day the days that are counted and a look-back before them, and once an
 * hour, for markers and freshness together, the days of the last hours' events.
 */
function completeness({ lookBackDays }: Workload, { eventsPerSecond }: Traffic): BillLine[] {
  const { countedRowBytes, markedRowBytes, markedDays } = assumptions;
  const bytesOfEvent = (lookBackDays + dailyDays) * countedRowBytes + 24 * markedDays * markedRowBytes;
  const bytes = eventsPerSecond * secondsPerMonth * bytesOfEvent;
  return [line('completeness', 'bigQueryScanned', bytes / tebibyte, 'columns of the days that schedules read')];
}

/**
 * An UPDATE is billed for all bytes of the partitions that it changes ("Estimate and control costs": DML statements on
 * partitioned tables), once for each day of events; and every day the columns in question are looked through.
 */
function emptying({ emptiedShare = 0, retentionDays }: Workload, { eventsPerSecond, rowBytes }: Traffic): BillLine[] {
  if (emptiedShare === 0) return [];
  const bytesOfEvent = rowBytes + retentionDays * assumptions.emptiedColumnBytes;
  const bytes = eventsPerSecond * emptiedShare * secondsPerMonth * bytesOfEvent;
  return [
    line('values past their days', 'bigQueryScanned', bytes / tebibyte, 'days emptied, and columns looked through'),
  ];
}

function edge({ regions, eventBytes }: Workload, { sentEventsPerSecond }: Traffic): BillLine[] {
  const starts = (assumptions.instanceStartsPerDay * secondsPerMonth) / 86_400;
  const bytes = sentEventsPerSecond * eventBytes * secondsPerMonth;
  const lines = [line('master keyset', 'kmsOperation', starts / 1e4, 'one unwrapping an instance')];
  if (regions === 1) return lines;
  return [
    ...lines,
    line('load balancer', 'loadBalancer', 1, 'one forwarding rule'),
    line('load balancer', 'loadBalancerData', bytes / gibibyte, 'requests, not compressed'),
  ];
}
