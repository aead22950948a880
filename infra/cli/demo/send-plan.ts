import { CliError } from '../cli-error.ts';
import type { Answer, DemoClient } from './demo-client.ts';
import type { DemoPlan, PlannedRequest } from './plan.ts';

/** What ingest answered to all requests of the demo but the one that is no JSON. */
export interface SendTotals {
  readonly accepted: number;
  readonly duplicatesInRequest: number;
  /** Events by reason. */
  readonly rejected: Readonly<Record<string, number>>;
  /** Requests whose answer was the expected one for each of their events. */
  readonly asExpected: number;
  /** Requests that were sent again after 429, 503 or a lost connection. */
  readonly retries: number;
  /** Status of the answer to the body that is no JSON. */
  readonly brokenBodyStatus: number;
}

/**
 * Sends everything, one request after the other; of the first ones the answers are lost, so that the client sends them
 * again. Rejects with `CliError` when a request was refused as a whole or not acknowledged at all.
 */
export async function sendPlan(
  clientOf: (sdk: string) => DemoClient,
  plan: DemoPlan,
  onSent: (requests: number) => void,
): Promise<Omit<SendTotals, 'brokenBodyStatus'>> {
  const rejected: Record<string, number> = {};
  const totals = { accepted: 0, duplicatesInRequest: 0, asExpected: 0, retries: 0 };
  let sent = 0;

  function add({ expected }: PlannedRequest, answer: Answer): void {
    totals.accepted += answer.accepted;
    totals.duplicatesInRequest += answer.duplicates;
    for (const reason of answer.rejected.values()) rejected[reason] = (rejected[reason] ?? 0) + 1;
    const same =
      answer.accepted === expected.accepted &&
      answer.duplicates === expected.duplicates &&
      answer.rejected.size === expected.rejected.size &&
      [...answer.rejected].every(([index, reason]) => expected.rejected.get(index) === reason);
    if (same) totals.asExpected++;
    onSent(++sent);
  }

  async function send(request: PlannedRequest, losesAnswer: boolean): Promise<void> {
    const { answers, retries } = await clientOf(request.sdk)
      .send(request.events, losesAnswer)
      .catch((error: unknown) => {
        throw error instanceof CliError ? new CliError(`request ${sent + 1} was not taken: ${error.message}`) : error;
      });
    totals.retries += retries;
    for (const answer of answers) add(request, answer);
  }

  for (const request of plan.first) await send(request, true);
  for (const request of plan.mixed) await send(request, false);
  return { ...totals, rejected };
}

/** Everything that is sent. */
export function requestsOf(plan: DemoPlan): PlannedRequest[] {
  return [...plan.first, ...plan.again, ...plan.mixed];
}
