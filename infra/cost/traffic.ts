import type { OurKinds } from '../../shared/needs/kinds.ts';
import type { AnyNeeds } from '../../shared/needs/needs.ts';
import { type House, ours } from '../house.ts';
import { kilobyte } from './bill.ts';
import { assumptions, type Workload } from './workload.ts';

/** What comes in a second: requests to a public function, or messages of a topic. */
interface Flow {
  readonly callsPerSecond: number;
  readonly eventsPerSecond: number;
}

type Topics = OurKinds['topics'];
/** Topics that sealed batches are on: events are in the clear until they are rows. */
type BatchTopic = {
  [Role in keyof Topics]: Topics[Role]['clearPersonalData'] extends true ? Role : never;
}[keyof Topics];

/** A function that events pass. */
interface FunctionLoad {
  readonly name: string;
  /** The topic that is pushed to it, by its role; absent where clients call it. */
  readonly reads?: string;
  readonly callsPerSecond: number;
  /** Instances' billed time: seconds of a vCPU a second. */
  readonly vcpus: number;
  readonly gibPerVcpu: number;
}

/** What flows through the system a second, in our design. */
export interface Traffic {
  readonly eventsPerSecond: number;
  /** Distinct and resent. */
  readonly requestsPerSecond: number;
  /** Of which not resent. */
  readonly firstRequestsPerSecond: number;
  readonly sentEventsPerSecond: number;
  /** Sealed batches by the topic that they are on. */
  readonly batches: Readonly<Record<BatchTopic, Flow>>;
  readonly messageBytes: number;
  readonly rowBytes: number;
  /** Publish requests of pseudonymize: one for each type in a batch. */
  readonly rowPublishesPerSecond: number;
  readonly functions: readonly FunctionLoad[];
}

const microsPerSecond = 1e6;
const mebibytesPerGib = 1_024;

/** Follows the events from requests over the topics of sealed batches to rows, with the workload's numbers. */
export function trafficOf(workload: Workload, { functions }: Pick<House, 'functions'> = ours): Traffic {
  const { eventsPerSecond, batchEvents, resendShare, requestsPerMessage, eventBytes, typesPerBatch } = workload;
  const firstRequests = eventsPerSecond / batchEvents;
  const requestsPerSecond = firstRequests * (1 + resendShare);
  const eventsPerMessage = batchEvents * requestsPerMessage;
  const { firstEventShare, furtherEventShare } = assumptions;
  const messageBytes = eventBytes * (firstEventShare + furtherEventShare * (eventsPerMessage - 1));
  const sentEventsPerSecond = eventsPerSecond * (1 + resendShare);
  const freshMessages = firstRequests / requestsPerMessage;
  const batches = {
    received: { callsPerSecond: requestsPerSecond / requestsPerMessage, eventsPerSecond: sentEventsPerSecond },
    // A message whose events are all resends goes no further.
    deduplicated: { callsPerSecond: freshMessages, eventsPerSecond },
  };
  const requests = { callsPerSecond: requestsPerSecond, eventsPerSecond: sentEventsPerSecond };
  return {
    eventsPerSecond,
    requestsPerSecond,
    firstRequestsPerSecond: firstRequests,
    sentEventsPerSecond,
    batches,
    messageBytes,
    rowBytes: eventBytes * assumptions.rowShare,
    rowPublishesPerSecond: freshMessages * Math.min(typesPerBatch, eventsPerMessage),
    functions: functions.flatMap((needs) => loadOf(needs, requests, batches)),
  };
}

/** Throws when events pass a function that says nothing of its core time: a bill without it would be too low. */
function loadOf(needs: AnyNeeds, requests: Flow, batches: Readonly<Record<string, Flow>>): FunctionLoad[] {
  const { name, callers, coreTime, size } = needs;
  const flow = callers.kind === 'public' ? requests : callers.kind === 'push' ? batches[callers.reads] : undefined;
  if (flow === undefined) return [];
  if (coreTime === undefined) throw new Error(`events pass ${name}: say its coreTime in functions/${name}/needs.ts`);
  const { callsPerSecond, eventsPerSecond } = flow;
  const micros = callsPerSecond * coreTime.callMicros + eventsPerSecond * coreTime.eventMicros;
  const vcpus = micros / microsPerSecond / assumptions.cpuUtilisation;
  const gibPerVcpu = size.memoryMiB / mebibytesPerGib / size.cpu;
  const load = { name, callsPerSecond, vcpus, gibPerVcpu };
  return [callers.kind === 'push' ? { ...load, reads: callers.reads } : load];
}

/** Pub/Sub counts 1,000 bytes a request at least (cloud.google.com/pubsub/pricing, message delivery). */
export function billedBytesOfRequest(bytes: number): number {
  return Math.max(bytes, kilobyte);
}
