import { kilobyte } from './bill.ts';
import { assumptions, type Workload } from './workload.ts';

/** What flows through the system a second, in our design. */
export interface Traffic {
  readonly eventsPerSecond: number;
  /** Distinct and resent. */
  readonly requestsPerSecond: number;
  /** Of which not resent. */
  readonly firstRequestsPerSecond: number;
  readonly sentEventsPerSecond: number;
  readonly messagesPerSecond: number;
  /** Of which all events are resends. */
  readonly resentMessagesPerSecond: number;
  readonly messageBytes: number;
  readonly rowBytes: number;
  /** Publish requests of pseudonymize: one for each type in a batch. */
  readonly rowPublishesPerSecond: number;
  /** Instances' billed time: seconds of a vCPU a second. */
  readonly vcpus: { readonly ingest: number; readonly dedup: number; readonly pseudonymize: number };
}

const microsPerSecond = 1e6;

/** Follows the flow ingest -> dedup -> pseudonymize -> rows with the workload's numbers. */
export function trafficOf(workload: Workload): Traffic {
  const { eventsPerSecond, batchEvents, resendShare, requestsPerMessage, eventBytes, typesPerBatch } = workload;
  const firstRequests = eventsPerSecond / batchEvents;
  const requestsPerSecond = firstRequests * (1 + resendShare);
  const messagesPerSecond = requestsPerSecond / requestsPerMessage;
  const eventsPerMessage = batchEvents * requestsPerMessage;
  const { firstEventShare, furtherEventShare } = assumptions;
  const messageBytes = eventBytes * (firstEventShare + furtherEventShare * (eventsPerMessage - 1));
  const sentEventsPerSecond = eventsPerSecond * (1 + resendShare);
  const freshMessages = firstRequests / requestsPerMessage;
  const billed = (micros: number) => micros / microsPerSecond / assumptions.cpuUtilisation;
  return {
    eventsPerSecond,
    requestsPerSecond,
    firstRequestsPerSecond: firstRequests,
    sentEventsPerSecond,
    messagesPerSecond,
    resentMessagesPerSecond: messagesPerSecond - freshMessages,
    messageBytes,
    rowBytes: eventBytes * assumptions.rowShare,
    rowPublishesPerSecond: freshMessages * Math.min(typesPerBatch, eventsPerMessage),
    vcpus: {
      ingest: billed(
        requestsPerSecond * assumptions.ingestMicrosPerRequest + sentEventsPerSecond * assumptions.ingestMicrosPerEvent,
      ),
      dedup: billed(
        messagesPerSecond * assumptions.dedupMicrosPerMessage + sentEventsPerSecond * assumptions.dedupMicrosPerEvent,
      ),
      pseudonymize: billed(
        freshMessages * assumptions.pseudonymizeMicrosPerMessage +
          eventsPerSecond * assumptions.pseudonymizeMicrosPerEvent,
      ),
    },
  };
}

/** Pub/Sub counts 1,000 bytes a request at least (cloud.google.com/pubsub/pricing, message delivery). */
export function billedBytesOfRequest(bytes: number): number {
  return Math.max(bytes, kilobyte);
}
