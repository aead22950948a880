import type { DeploymentReader } from '../../../shared/adapters/gcp/deployment-reader.ts';
import { asObject } from '../../../shared/event/json.ts';
import { pushLogTexts } from '../../../shared/http/push-log.ts';
import { Unavailable } from '../../../shared/ports/unavailable.ts';
import { CliError } from '../cli-error.ts';
import type { PushLogs } from './ports.ts';

/** How long a log is kept where nobody says more ("Quotas and limits", Cloud Logging): as long as a line can be found. */
const logDays = 30;
const dayMillis = 86_400_000;

/** BigQuery knows no such table or view (404), or will not have the query (400): nobody has to wait for that. */
export function notThere(error: unknown): never {
  const status = error instanceof Unavailable ? /HTTP status (400|404)$/.exec(error.message)?.[1] : undefined;
  if (status === undefined) throw error;
  throw new CliError(
    status === '404'
      ? 'BigQuery knows no such table or view: are the event types of domain edi and "observability" deployed?'
      : 'BigQuery refuses the query (400): is what is deployed of this checkout?',
  );
}

/**
 * How pushes were judged, by what the functions log. They tell of a removed signature once an instance, so the line may
 * be as old as the oldest instance.
 */
export async function readPushLogs(
  reader: Pick<DeploymentReader, 'newestLog'>,
  sinceMillis: number,
): Promise<PushLogs> {
  const ours = (text: string, fromMillis: number) =>
    'resource.type="cloud_run_revision" AND jsonPayload.component:* ' +
    `AND jsonPayload.message:"${text}" AND timestamp>="${new Date(fromMillis).toISOString()}"`;
  const [removed, refused] = await Promise.all([
    reader.newestLog(ours(pushLogTexts.signatureRemoved, sinceMillis - logDays * dayMillis)),
    reader.newestLog(ours(pushLogTexts.refused, sinceMillis)),
  ]);
  const why = asObject(refused?.['jsonPayload'])['reason'];
  return {
    ...(removed === undefined ? {} : { removedAt: String(removed['timestamp']) }),
    ...(refused === undefined ? {} : { refusal: typeof why === 'string' ? why : 'the log does not say why' }),
  };
}
