import { CliError } from '../cli-error.ts';
import { brokenBody } from './broken-events.ts';
import type { IngestClient } from './ingest-client.ts';
import type { DemoPlan, PlannedRequest } from './plan.ts';

/** What ingest answered to all requests of the demo. */
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
 * Sends everything, one request after the other. Rejects with `CliError` when a request was refused as a whole or not
 * acknowledged at all.
 */
export async function sendPlan(
  clientOf: (sdk: string) => IngestClient,
  plan: DemoPlan,
  onSent: (requests: number) => void,
): Promise<SendTotals> {
  const rejected: Record<string, number> = {};
  const totals = { accepted: 0, duplicatesInRequest: 0, asExpected: 0, retries: 0 };
  for (const [at, request] of requestsOf(plan).entries()) {
    const outcome = await clientOf(request.sdk).sendEvents(request.events);
    if (outcome.kind === 'refused') throw new CliError(`request ${at + 1} was refused: ${outcome.detail}`);
    if (outcome.kind === 'gave-up') throw new CliError(`request ${at + 1} was not taken: ${outcome.problem}`);
    const { answer } = outcome;
    totals.accepted += answer.accepted;
    totals.duplicatesInRequest += answer.duplicates;
    totals.retries += outcome.retries;
    for (const { reason } of answer.rejected) rejected[reason] = (rejected[reason] ?? 0) + 1;
    const { expected } = request;
    const same =
      answer.accepted === expected.accepted &&
      answer.duplicates === expected.duplicates &&
      answer.rejected.length === expected.rejected.size &&
      answer.rejected.every(({ index, reason }) => expected.rejected.get(index) === reason);
    if (same) totals.asExpected++;
    onSent(at + 1);
  }
  const broken = await clientOf(requestsOf(plan)[0]?.sdk ?? '').send(brokenBody.text);
  if (broken.kind === 'gave-up') throw new CliError(`the request that is no JSON was not answered: ${broken.problem}`);
  return { ...totals, rejected, brokenBodyStatus: broken.kind === 'refused' ? broken.status : 200 };
}

/** In the order in which they are sent. */
export function requestsOf(plan: DemoPlan): PlannedRequest[] {
  return [...plan.first, ...plan.again, ...plan.mixed];
}
