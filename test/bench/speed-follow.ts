import { setTimeout as sleep } from 'node:timers/promises';
import type { LocalProcess } from '../helpers/local-deployment.ts';
import { residentBytes } from '../helpers/local-machine.ts';
import { readStatus } from '../helpers/local-operator.ts';

const pollMillis = 20;

interface Sample {
  readonly atMillis: number;
  readonly accepted: number;
  readonly rows: number;
}

/** How long after its acceptance an event was a row. */
interface Latency {
  readonly p50Millis: number;
  readonly p99Millis: number;
}

export interface Follower extends AsyncDisposable {
  /** Of events that were accepted since `sinceMillis`, by `performance.now()`. */
  latencySince(sinceMillis: number): Latency;
  highestResidentBytes(): number;
}

/**
 * Asks a deployment every 20 ms how many events it has accepted and how many rows it has written. The n-th row is taken for
 * that of the n-th event: batches overtake each other by little, and the order of rows is nobody's promise.
 */
export function makeFollower(deployment: LocalProcess): Follower {
  const samples: Sample[] = [];
  let [highestBytes, following] = [0, true];
  const followed = (async () => {
    while (following) {
      const { accepted = 0, rows = 0 } = await readStatus(deployment);
      samples.push({ atMillis: performance.now(), accepted, rows });
      highestBytes = Math.max(highestBytes, residentBytes(deployment.processId));
      await sleep(pollMillis);
    }
  })();
  return {
    latencySince: (sinceMillis) => latencyOf(samples, sinceMillis),
    highestResidentBytes: () => highestBytes,
    async [Symbol.asyncDispose]() {
      following = false;
      await followed;
    },
  };
}

function latencyOf(samples: readonly Sample[], sinceMillis: number): Latency {
  const parts: { readonly millis: number; readonly events: number }[] = [];
  let [row, known] = [0, samples.findLast(({ atMillis }) => atMillis < sinceMillis)?.accepted ?? 0];
  for (const { atMillis, accepted } of samples) {
    if (atMillis < sinceMillis) continue;
    // Events known+1 to accepted came in with this sample; each goes on until a sample has so many rows.
    while (known < accepted && row < samples.length) {
      const written = samples[row];
      if (written === undefined || written.rows <= known) {
        row++;
        continue;
      }
      const upTo = Math.min(accepted, written.rows);
      parts.push({ millis: Math.max(0, written.atMillis - atMillis), events: upTo - known });
      known = upTo;
    }
  }
  parts.sort((one, other) => one.millis - other.millis);
  const total = parts.reduce((sum, { events }) => sum + events, 0);
  const at = (share: number) => {
    let left = share * total;
    for (const { millis, events } of parts) {
      left -= events;
      if (left <= 0) return millis;
    }
    return Number.NaN;
  };
  return { p50Millis: at(0.5), p99Millis: at(0.99) };
}
