import { request as httpRequest, type IncomingMessage } from 'node:http';
import type { QueryOutcome } from '../../shared/adapters/embedded/duckdb/query.ts';
import { isJsonObject, type JsonObject, type JsonValue, readJson } from '../../shared/event/json.ts';
import { defaultQueryBounds, type QueryBounds } from '../local/query-process.ts';
import type { RunningDeployment } from '../local/running.ts';
import type { TailHistoryRequest } from '../local/tail-request.ts';
import { CliError } from './cli-error.ts';

/** What the pipeline of a running deployment has left to do. */
export interface OperatorStatus {
  /** Messages on the bus that are not acknowledged. */
  readonly backlog: number;
  /** Of the oldest of them; undefined when there is none. */
  readonly oldestMessageAgeMillis: number | undefined;
}

/** The operator endpoint of a running deployment. All calls reject with `CliError` when the deployment has gone. */
export interface OperatorClient {
  status(): Promise<OperatorStatus>;
  /** Runs one SELECT. */
  query(sql: string, bounds?: QueryBounds): Promise<QueryOutcome>;
  /** The lines of /tail as they come. Ends when `signal` is aborted; rejects when the deployment stops. */
  tail(signal: AbortSignal, history: TailHistoryRequest): AsyncGenerator<string>;
}

/** An answer that takes longer than this never comes. A query may take the time that it was granted, and this. */
const requestTimeoutMillis = 60_000;
/** A row is a fraction of this; more without a line break is no tail. */
const maxLineLength = 16 * 1_048_576;

/**
 * Asks the operator endpoint; with a body it is a POST. Rejects with `CliError` when the deployment has gone, is late or
 * refuses.
 */
export async function askOperator(
  deployment: RunningDeployment,
  path: string,
  body?: JsonValue,
  timeoutMillis = requestTimeoutMillis,
): Promise<JsonObject> {
  let response: Response;
  let answer: JsonValue;
  try {
    response = await fetch(`${deployment.operatorUrl}${path}`, {
      headers: { authorization: `Bearer ${deployment.token}` },
      signal: AbortSignal.timeout(timeoutMillis),
      ...(body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) }),
    });
    answer = readJson(await response.text());
  } catch (error) {
    if (error instanceof Error && error.name === 'TimeoutError') {
      throw new CliError(`the deployment at ${deployment.url} did not answer within ${timeoutMillis} ms`);
    }
    throw gone(deployment);
  }
  if (response.status === 200 && isJsonObject(answer)) return answer;
  const problem = isJsonObject(answer) ? answer['error'] : undefined;
  throw new CliError(
    `the deployment at ${deployment.url} refused: ${typeof problem === 'string' ? problem : response.status}`,
  );
}

function gone({ url }: RunningDeployment): CliError {
  return new CliError(`the deployment at ${url} has stopped`);
}

/** What to tell when the deployment's answer cannot be understood. */
export function otherVersion({ url }: RunningDeployment): CliError {
  return new CliError(`the deployment at ${url} runs another version of this program: restart it`);
}

export function makeOperatorClient(deployment: RunningDeployment): OperatorClient {
  return {
    async status() {
      const { backlog, oldestMessageAgeMillis } = await askOperator(deployment, '/status');
      return {
        backlog: typeof backlog === 'number' ? backlog : 0,
        oldestMessageAgeMillis: typeof oldestMessageAgeMillis === 'number' ? oldestMessageAgeMillis : undefined,
      };
    },
    async query(sql, { memoryMebibytes, seconds } = defaultQueryBounds) {
      const timeoutMillis = requestTimeoutMillis + seconds * 1_000;
      const body = { sql, memoryMebibytes, seconds };
      const outcome = readOutcome(await askOperator(deployment, '/query', body, timeoutMillis));
      if (outcome === undefined) throw otherVersion(deployment);
      return outcome;
    },
    async *tail(signal, history) {
      try {
        yield* lines(await openTail(deployment, signal, history));
      } catch (error) {
        if (signal.aborted) return;
        throw error instanceof CliError ? error : gone(deployment);
      }
      if (!signal.aborted) throw gone(deployment);
    },
  };
}

/** Not fetch, which gives up a body that is silent for five minutes. */
function openTail(
  { operatorUrl, url, token }: RunningDeployment,
  signal: AbortSignal,
  { last, type, rejected }: TailHistoryRequest,
): Promise<IncomingMessage> {
  const asked = new URLSearchParams({ last: String(last), rejected: String(rejected) });
  if (type !== undefined) asked.set('type', type);
  return new Promise((resolve, reject) => {
    const request = httpRequest(`${operatorUrl}/tail?${asked}`, {
      headers: { authorization: `Bearer ${token}` },
      signal,
    });
    request.on('error', reject);
    request.on('response', (response) => {
      if (response.statusCode === 200) return resolve(response);
      response.resume();
      reject(new CliError(`the deployment at ${url} refused: ${response.statusCode}`));
    });
    request.end();
  });
}

async function* lines(response: IncomingMessage): AsyncGenerator<string> {
  let rest = '';
  for await (const chunk of response.setEncoding('utf8')) {
    const parts = (rest + String(chunk)).split('\n');
    rest = parts.pop() ?? '';
    if (rest.length > maxLineLength) throw new CliError('the tail holds a line that is too long');
    yield* parts;
  }
}

/** Of the JSON that answers a query; undefined where it is none. */
export function readOutcome({ kind, reason, columns, rows, truncated }: JsonObject): QueryOutcome | undefined {
  if (kind === 'refused' && typeof reason === 'string') return { kind, reason };
  if (kind !== 'rows' || !Array.isArray(columns) || !Array.isArray(rows)) return undefined;
  return {
    kind,
    columns: columns.map((column) => {
      const { name, type } = isJsonObject(column) ? column : {};
      return { name: String(name), type: String(type) };
    }),
    rows: rows.map((row) => (Array.isArray(row) ? row : [])),
    truncated: truncated === true,
  };
}
