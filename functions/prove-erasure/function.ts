import { isJsonObject, type JsonObject, type JsonValue, parseJson } from '../../shared/event/json.ts';
import { answer, type HttpHandler } from '../../shared/http/http.ts';
import type { PortsOf } from '../../shared/needs/ports.ts';
import { requireSetting } from '../../shared/needs/settings.ts';
import { describeError } from '../../shared/observe/describe-error.ts';
import { defaultProveErasureConfig, type ProveErasureConfig } from './config.ts';
import type { needs } from './needs.ts';
import { makeProof } from './stage.ts';

/** What the function has beside its ports: a token that says to another function who calls. */
export interface Caller {
  readonly tokenFor: (audience: string) => Promise<string>;
}

/**
 * Starts the HTTP function that a schedule calls: 204 when the erasure of the person of three days ago is proven, and
 * when there was none yet; else 503 and a log entry. Only its schedule may call it (IAM).
 */
export async function start(
  { databases, rows, secrets, clock, random, observer, tokenFor }: PortsOf<typeof needs> & Caller,
  config = defaultProveErasureConfig,
): Promise<HttpHandler> {
  requireSetting('frontDoor', config.frontDoor);
  requireSetting('eraseSubjectUrl', config.eraseSubjectUrl);
  const prove = makeProof({
    keys: databases.subjectKeys,
    rows: rows.events,
    lookupKey: secrets.lookupKey,
    clock,
    random,
    send: sender(secrets.proofKey, config),
    erase: eraser(tokenFor, config),
  });
  return async (request, response) => {
    if (request.method !== 'POST') return answer(response, 405, { headers: { allow: 'POST' } });
    try {
      const { outcome, problems } = await prove();
      if (outcome === 'proven') observer.count('erasure-proven');
      if (outcome === 'unproven') observer.count('erasure-unproven');
      if (problems.length === 0) return answer(response, 204);
      observer.log('ERROR', 'the daily erasure is not proven', { outcome, problem: problems.join('; ') });
    } catch (error) {
      observer.log('ERROR', 'the daily erasure could not be looked at', describeError(error));
    }
    answer(response, 503);
  };
}

interface Request {
  readonly url: string;
  readonly token: string;
  readonly contentType: string;
  readonly body: JsonValue;
  readonly timeoutMillis: number;
}

/** The JSON of an answer of 200; undefined for every other and for none. */
async function ask({ url, token, contentType, body, timeoutMillis }: Request): Promise<JsonObject | undefined> {
  try {
    const response = await fetch(url, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': contentType },
      body: JSON.stringify(body),
      signal: AbortSignal.timeout(timeoutMillis),
    });
    const parsed = parseJson(await response.text());
    return response.status === 200 && isJsonObject(parsed) ? parsed : undefined;
  } catch {
    return undefined;
  }
}

/** Sends over HTTP, with a write key of its own, as any client. */
function sender(token: string, { frontDoor, requestTimeoutMillis: timeoutMillis }: ProveErasureConfig) {
  return async (events: readonly JsonObject[]): Promise<boolean> => {
    const contentType = 'application/cloudevents-batch+json';
    const answered = await ask({ url: `${frontDoor}/v1/events`, token, contentType, body: [...events], timeoutMillis });
    const rejected = answered?.['rejected'];
    return Array.isArray(rejected) && rejected.length === 0;
  };
}

/** Asks erase-subject as the function's own account. */
function eraser(tokenFor: Caller['tokenFor'], { eraseSubjectUrl, requestTimeoutMillis }: ProveErasureConfig) {
  return async (body: JsonObject): Promise<JsonObject | undefined> => {
    const url = `${eraseSubjectUrl}/v1/erasures`;
    const token = await tokenFor(eraseSubjectUrl);
    return ask({ url, token, contentType: 'application/json', body, timeoutMillis: requestTimeoutMillis });
  };
}
