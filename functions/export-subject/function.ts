import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { isJsonObject, parseJsonBytes } from '../../shared/event/json.ts';
import { readBody, takeOverBodies } from '../../shared/http/body.ts';
import { callerOf } from '../../shared/http/caller.ts';
import { failureOf } from '../../shared/http/failure.ts';
import { answer, answerJson, type HttpHandler } from '../../shared/http/http.ts';
import type { PortsOf } from '../../shared/needs/ports.ts';
import type { Observer } from '../../shared/observe/observer.ts';
import { makeDecryptionLedger } from '../../shared/operations/records.ts';
import { checkExportSubjectConfig, defaultExportSubjectConfig, type ExportSubjectConfig } from './config.ts';
import { needs } from './needs.ts';
import { readErasedRequest, readPersonRequest } from './request.ts';
import { type ExportPorts, exportPerson, type PersonCall, pseudonymsOf, pseudonymsOfAll } from './stage.ts';

/** A subject may be as long as an event. */
const maxBodyBytes = 1_048_576;
const paths = { exports: '/v1/exports', pseudonyms: '/v1/pseudonyms' } as const;

/** Starts the HTTP function that operators call, on what a deployment opens for it. */
export async function start(
  { databases, secrets, rows, publisher, topics, clock, random, observer }: PortsOf<typeof needs>,
  config = defaultExportSubjectConfig,
): Promise<HttpHandler> {
  checkExportSubjectConfig(config, needs.size.timeoutSeconds);
  return makeExportSubjectFunction({
    records: databases.subjectKeys,
    registry: databases.registry,
    lookupKey: secrets.lookupKey,
    master: await secrets.masterKeyset.aead(),
    rows: rows.events,
    ledger: makeDecryptionLedger({ publisher, topic: topics.decryptions, clock }),
    clock,
    random,
    observer,
    config,
  });
}

interface FunctionPorts extends ExportPorts {
  readonly observer: Observer;
  readonly config: ExportSubjectConfig;
}

/**
 * `POST /v1/exports {realm, subject, reason}` or `{source, reason}`: JSON lines of `exportPerson`. `POST /v1/pseudonyms`, the
 * same body: `pseudonymsOf`; or `{subjects, erasure}`: `pseudonymsOfAll`. IAM alone says who may call; who it was is in the ledger. A page in somebody's browser may
 * not.
 */
function makeExportSubjectFunction(ports: FunctionPorts): HttpHandler {
  const { observer, config } = ports;
  takeOverBodies();

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (request.headers.origin !== undefined) return answerJson(response, 403, { error: 'no page may call this' });
    const [path = ''] = (request.url ?? '').split('?', 1);
    if (path !== paths.exports && path !== paths.pseudonyms) {
      return answerJson(response, 404, { error: `there are ${paths.exports} and ${paths.pseudonyms}` });
    }
    if (request.method !== 'POST') return answer(response, 405, { headers: { allow: 'POST' } });
    const caller = callerOf(request);
    if (caller === undefined) return answerJson(response, 403, { error: 'no token says who asks, for the ledger' });
    const body = await readBody(request, maxBodyBytes);
    if (body.kind === 'too-large') return answerJson(response, 413, { error: `more than ${maxBodyBytes} bytes` });
    if (body.kind !== 'body') return answerJson(response, 400, { error: 'the body did not come in whole' });
    const value = parseJsonBytes(body.bytes);
    const isList = path === paths.pseudonyms && isJsonObject(value) && value['subjects'] !== undefined;
    const asked = isList ? readErasedRequest(value, config.maxNamed) : readPersonRequest(value, config.maxReasonLength);
    if (asked.kind === 'bad') return answerJson(response, 400, { error: asked.problem });
    if (asked.kind === 'erased') {
      return answerJson(response, 200, await pseudonymsOfAll({ caller, ...asked }, ports));
    }
    const { person, reason } = asked;
    const call = { caller, person, reason };
    if (path === paths.pseudonyms) return answerJson(response, 200, await pseudonymsOf(call, ports));
    await tell(response, call, ports);
  }

  return async (request, response) => {
    try {
      await handle(request, response);
    } catch (error) {
      const { status, problem } = failureOf(error, observer, { failed: 'it failed', again: 'ask again' });
      if (!response.headersSent) return answerJson(response, status, { error: problem });
      response.end(`${JSON.stringify({ error: problem })}\n`);
    }
  };
}

/** Lines as fast as the caller takes them, until the end, until the caller goes away, or until the call's time is over. */
async function tell(response: ServerResponse, call: PersonCall, ports: FunctionPorts): Promise<void> {
  const { clock, config, observer } = ports;
  const startedAtMillis = clock.nowMillis();
  let toldAtMillis = startedAtMillis - config.progressMillis;
  for await (const line of exportPerson(call, ports)) {
    if (response.closed) return;
    if (clock.nowMillis() - startedAtMillis >= config.maxCallSeconds * 1_000) {
      response.end(`${JSON.stringify({ error: 'the time of the call is over: what came is not everything' })}\n`);
      return;
    }
    if ('progress' in line) {
      if (clock.nowMillis() - toldAtMillis < config.progressMillis) continue;
      toldAtMillis = clock.nowMillis();
    }
    if (!response.headersSent) response.writeHead(200, { 'content-type': 'application/x-ndjson' });
    if (!response.write(`${JSON.stringify(line)}\n`)) await drained(response);
    if ('totals' in line) observer.log('INFO', 'exported what is stored of a person', {});
  }
  response.end();
}

async function drained(response: ServerResponse): Promise<void> {
  const gone = new AbortController();
  const close = () => gone.abort();
  response.once('close', close);
  await once(response, 'drain', { signal: gone.signal }).catch(() => undefined);
  response.off('close', close);
}
