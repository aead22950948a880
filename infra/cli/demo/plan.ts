import type { JsonObject } from '../../../shared/event/json.ts';
import type { BrokenEvent } from './broken-events.ts';
import type { DemoEvent } from './run.ts';

export interface PlannedRequest {
  /** Whose write key it is sent with. */
  readonly sdk: string;
  readonly events: readonly JsonObject[];
  readonly expected: ExpectedAnswer;
}

interface ExpectedAnswer {
  readonly accepted: number;
  /** Repeats inside the request. */
  readonly duplicates: number;
  /** Reason by index. */
  readonly rejected: ReadonlyMap<number, string>;
}

/** All that the demo sends, and what has to come of it. */
export interface DemoPlan {
  /** Every event once. */
  readonly first: readonly PlannedRequest[];
  /** The same requests again: the answers to the first ones are lost on their way. */
  readonly again: readonly PlannedRequest[];
  /** Some events a third time in other batches, one of them twice in one request, and the broken ones. */
  readonly mixed: readonly PlannedRequest[];
  readonly unique: readonly DemoEvent[];
  readonly broken: readonly BrokenEvent[];
}

export interface PlanOptions extends BatchLimits {
  /** The SDK that sends an event; a request has one. */
  readonly sdkOf: (event: JsonObject) => string;
}

export interface BatchLimits {
  readonly maxEvents: number;
  /** Of the JSON array. */
  readonly maxBytes: number;
}

/** Every so manieth event is sent a third time. */
const thirdCopyStep = 4;
/** In the mixed batches: a broken event after so many others. */
const brokenStep = 8;

export function makePlan(unique: readonly DemoEvent[], broken: readonly BrokenEvent[], options: PlanOptions): DemoPlan {
  const reasons = new Map<JsonObject, string>(broken.map(({ event, reason }) => [event, reason]));
  const requests = (events: readonly JsonObject[]) =>
    [...Map.groupBy(events, options.sdkOf)].flatMap(([sdk, ofSdk]) =>
      splitIntoBatches(ofSdk, options).map((batch) => ({
        sdk,
        events: batch,
        expected: expectedAnswer(batch, reasons),
      })),
    );
  const first = requests(unique);
  const again = first;
  const thirdCopies: JsonObject[] = unique.filter((_, at) => at % thirdCopyStep === 0);
  const mixed = thirdCopies.flatMap((event, at) => {
    const next = at % brokenStep === 0 ? broken[at / brokenStep] : undefined;
    // The first event stands twice; it is within the first batch both times.
    return [event, ...(at === 0 ? [event] : []), ...(next === undefined ? [] : [next.event])];
  });
  const left = broken.slice(Math.ceil(thirdCopies.length / brokenStep)).map(({ event }) => event);
  return { first, again, mixed: requests([...mixed, ...left]), unique, broken };
}

/** Batches in order, each within both limits; an event that alone is larger than `maxBytes` is a batch of its own. */
export function splitIntoBatches(events: readonly JsonObject[], { maxEvents, maxBytes }: BatchLimits): JsonObject[][] {
  const batches: JsonObject[][] = [];
  let batch: JsonObject[] = [];
  let batchBytes = 0;
  for (const event of events) {
    // With the comma or bracket before it and the bracket after it.
    const bytes = Buffer.byteLength(JSON.stringify(event)) + 2;
    if (batch.length > 0 && (batch.length >= maxEvents || batchBytes + bytes > maxBytes)) {
      batches.push(batch);
      batch = [];
      batchBytes = 0;
    }
    batch.push(event);
    batchBytes += bytes;
  }
  return batch.length > 0 ? [...batches, batch] : batches;
}

function expectedAnswer(events: readonly JsonObject[], reasons: ReadonlyMap<JsonObject, string>): ExpectedAnswer {
  const identities = new Set<string>();
  const rejected = new Map<number, string>();
  for (const [index, event] of events.entries()) {
    const reason = reasons.get(event);
    if (reason === undefined) identities.add(JSON.stringify([event['source'], event['id'], event['time']]));
    else rejected.set(index, reason);
  }
  const valid = events.length - rejected.size;
  return { accepted: identities.size, duplicates: valid - identities.size, rejected };
}
