import { needs as ingestNeeds } from '../../functions/ingest/needs.ts';
import { needs as pseudonymizeNeeds } from '../../functions/pseudonymize/needs.ts';
import { type Bill, billOf, gibibyte, kilobyte, line, tebibyte } from './bill.ts';
import { runningLines } from './running-lines.ts';
import { storedRows } from './stored-rows.ts';
import { billedBytesOfRequest, trafficOf } from './traffic.ts';
import { assumptions, secondsPerMonth, type Workload } from './workload.ts';

/** Core time of a function that does one thing with one event: HTTP and framework, and one call of another service. */
const microsPerInvocation = 500;
/** Core time of ingest for publishing an event as a message. */
const publishMicros = 10;
const gibPerVcpu = 1;

/**
 * A month of the design that first comes to mind: ingest publishes a message an event; dedup is invoked for each, reads
 * and writes a document for it and publishes it; pseudonymize is invoked for each and inserts its row.
 */
export function naiveBill(workload: Workload): Bill {
  const { eventsPerSecond, eventBytes, regions } = workload;
  const traffic = trafficOf(workload);
  const { sentEventsPerSecond, requestsPerSecond, rowBytes } = traffic;
  const monthly = (perSecond: number) => perSecond * secondsPerMonth;
  const message = billedBytesOfRequest(eventBytes);
  const seconds = (perSecond: number, micros: number) =>
    (monthly(perSecond) * micros) / 1e6 / assumptions.cpuUtilisation;
  const ingestVcpus = traffic.functions.find(({ name }) => name === ingestNeeds.name)?.vcpus ?? 0;
  const ingest = monthly(ingestVcpus) + seconds(sentEventsPerSecond, publishMicros);
  const dedup = seconds(sentEventsPerSecond, microsPerInvocation);
  const pseudonymize = seconds(eventsPerSecond, microsPerInvocation + pseudonymizeNeeds.coreTime.eventMicros);
  const vcpuSeconds = ingest + dedup + pseudonymize;
  const calls = requestsPerSecond + sentEventsPerSecond + eventsPerSecond;
  const throughput = 2 * (sentEventsPerSecond + eventsPerSecond) * message;
  return billOf([
    line('functions', 'functionVcpu', vcpuSeconds, 'an invocation an event in each stage'),
    line('functions', 'functionMemory', vcpuSeconds * gibPerVcpu, 'vCPU-seconds × GiB a vCPU'),
    line('functions', 'functionRequest', monthly(calls) / 1e6, 'requests, and an invocation an event twice'),
    line('topics', 'pubsubThroughput', monthly(throughput) / tebibyte, 'two topics, published and pushed one by one'),
    line('documents', 'firestoreRead', monthly(sentEventsPerSecond) / 1e5, 'a read an event'),
    line('documents', 'firestoreWrite', monthly(eventsPerSecond) / 1e5, 'a write an event'),
    line('documents', 'firestoreDelete', monthly(eventsPerSecond) / 1e5, 'a document an event expires'),
    line('rows', 'insertAll', (monthly(eventsPerSecond) * Math.max(rowBytes, kilobyte)) / gibibyte, 'a row an event'),
    ...storedRows(workload, traffic),
    ...runningLines(workload, traffic),
    ...(regions === 1
      ? []
      : [
          line('load balancer', 'loadBalancer', 1, 'one forwarding rule'),
          line('load balancer', 'loadBalancerData', (monthly(sentEventsPerSecond) * eventBytes) / gibibyte, 'requests'),
        ]),
  ]);
}
