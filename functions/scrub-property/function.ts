import type { IncomingMessage, ServerResponse } from 'node:http';
import { parseJsonBytes } from '../../shared/event/json.ts';
import { readBody, takeOverBodies } from '../../shared/http/body.ts';
import { callerOf } from '../../shared/http/caller.ts';
import { failureOf } from '../../shared/http/failure.ts';
import { answer, answerJson, type HttpHandler } from '../../shared/http/http.ts';
import type { PortsOf } from '../../shared/needs/ports.ts';
import { checkScrubPropertyConfig, defaultScrubPropertyConfig } from './config.ts';
import type { needs } from './needs.ts';
import { readScrubRequest } from './request.ts';
import { type ScrubPorts, scrub } from './stage.ts';

const path = '/v1/scrubs';
const maxBodyBytes = 16_384;

/**
 * Starts the HTTP function that operators call: `POST /v1/scrubs {type, property, from, to, dryRun, reason}` answers with the
 * receipt. IAM alone says who may call; who it was is in the ledger. A page in somebody's browser may not. Throws a
 * `SettingError`.
 */
export async function start(
  { databases, buckets, statements, clock, random, observer }: PortsOf<typeof needs>,
  config = defaultScrubPropertyConfig,
): Promise<HttpHandler> {
  checkScrubPropertyConfig(config);
  const { registry } = databases;
  const ports: ScrubPorts = { registry, statements, files: buckets.rawArchive, clock, random, config };
  takeOverBodies();

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (request.headers.origin !== undefined) return answerJson(response, 403, { error: 'no page may call this' });
    if ((request.url ?? '').split('?', 1)[0] !== path) return answerJson(response, 404, { error: `there is ${path}` });
    if (request.method !== 'POST') return answer(response, 405, { headers: { allow: 'POST' } });
    const caller = callerOf(request);
    if (caller === undefined) return answerJson(response, 403, { error: 'no token says who asks, for the ledger' });
    const body = await readBody(request, maxBodyBytes);
    if (body.kind === 'too-large') return answerJson(response, 413, { error: `more than ${maxBodyBytes} bytes` });
    if (body.kind !== 'body') return answerJson(response, 400, { error: 'the body did not come in whole' });
    const wanted = readScrubRequest(parseJsonBytes(body.bytes), config.maxReasonLength);
    if (wanted.kind === 'bad') return answerJson(response, 400, { error: wanted.problem });
    const outcome = await scrub(wanted, caller, ports);
    if (outcome.kind === 'refused') return answerJson(response, 400, { error: outcome.problem });
    observer.log('INFO', wanted.dryRun ? 'a dry run of a scrub' : 'scrubbed', { ...outcome.counts });
    answerJson(response, 200, outcome.receipt);
  }

  return async (request, response) => {
    try {
      await handle(request, response);
    } catch (error) {
      const { status, problem } = failureOf(error, observer, { failed: 'scrubbing failed', again: 'ask again' });
      answerJson(response, status, { error: problem });
    }
  };
}
