import type { IncomingMessage, ServerResponse } from 'node:http';
import { parseJsonBytes } from '../../shared/event/json.ts';
import { readBody, takeOverBodies } from '../../shared/http/body.ts';
import { failureOf } from '../../shared/http/failure.ts';
import { answer, answerJson, type HttpHandler } from '../../shared/http/http.ts';
import type { PortsOf } from '../../shared/needs/ports.ts';
import type { Observer } from '../../shared/observe/observer.ts';
import type { Erasure } from '../../shared/ports/erasures.ts';
import type { TableStatements } from '../../shared/ports/table-statements.ts';
import { checkEraseSubjectConfig, defaultEraseSubjectConfig, type EraseSubjectConfig } from './config.ts';
import { acknowledge, readConsumer } from './consumers.ts';
import type { needs } from './needs.ts';
import { changeObjections, type ObjectionPorts, readObjectionRequest } from './objections.ts';
import { isProver, mayErase } from './prover.ts';
import { makeQuarantineErasure } from './quarantine.ts';
import { momentNow, receiptOf } from './receipt.ts';
import { readErasureRequest } from './request.ts';
import { makeRowErasure } from './rows.ts';
import { type ErasePorts, makeErase } from './stage.ts';

/** Starts the HTTP function that operators call, on what a deployment opens for it. */
export async function start(ports: PortsOf<typeof needs>, config = defaultEraseSubjectConfig): Promise<HttpHandler> {
  return makeEraseFunction(erasePorts(ports, config), ports.statements, ports.observer);
}

type FunctionPorts = ErasePorts & ObjectionPorts;

/** What an erasure works with, of what a deployment opens. */
function erasePorts(ports: PortsOf<typeof needs>, config: EraseSubjectConfig): FunctionPorts {
  const { databases, secrets, statements, publisher, topics, observer, clock } = ports;
  const { subjectKeys: keys, subjectSources: sources, erasures } = databases;
  const quarantine = makeQuarantineErasure({ statements, subjectKey: secrets.quarantineSubjectKey, observer });
  const consumers = { publisher, erasedTopic: topics.subjectErased };
  const rows = makeRowErasure(statements);
  return { keys, sources, erasures, quarantine, rows, ...consumers, lookupKey: secrets.lookupKey, clock, config };
}

const collection = '/v1/erasures';
const objections = '/v1/objections';
const notOperator = 'this account erases synthetic people alone';

/**
 * `POST /v1/erasures` erases a part of a list and answers with the receipt, `GET /v1/erasures/<id>` says how far the
 * erasure is. `POST /v1/objections` lets people object, or ends that. IAM alone says who may call; a page in somebody's browser may not, whatever it can reach. Throws a
 * `SettingError`.
 */
function makeEraseFunction(ports: FunctionPorts, statements: TableStatements, observer: Observer): HttpHandler {
  const { erasures, clock, config } = ports;
  checkEraseSubjectConfig(config);
  const erase = makeErase(ports);
  takeOverBodies();

  const receipt = async (erasure: Erasure) => receiptOf(erasure, await momentNow(clock, statements), config);

  /** Undefined when it was answered that there is none. */
  async function bodyOf(request: IncomingMessage, response: ServerResponse): Promise<Buffer | undefined> {
    const body = await readBody(request, config.maxBodyBytes);
    if (body.kind === 'too-large') answerJson(response, 413, { error: 'the body is too large: send fewer' });
    else if (body.kind !== 'body') answerJson(response, 400, { error: 'the body broke off' });
    else return body.bytes;
    return undefined;
  }

  async function object(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const bytes = await bodyOf(request, response);
    if (bytes === undefined) return;
    const wanted = readObjectionRequest(parseJsonBytes(bytes), config.maxNamed);
    if (typeof wanted === 'string') return answerJson(response, 400, { error: wanted });
    if (!mayErase(request, wanted.subjects)) return answerJson(response, 403, { error: notOperator });
    answerJson(response, 200, await changeObjections(wanted, ports));
  }

  async function hear(id: string, request: IncomingMessage, response: ServerResponse): Promise<void> {
    const bytes = await bodyOf(request, response);
    if (bytes === undefined) return;
    const consumer = readConsumer(parseJsonBytes(bytes));
    if (consumer === undefined) return answerJson(response, 400, { error: '"consumer" is a name such as "ranking"' });
    if (isProver(request)) return answerJson(response, 403, { error: notOperator });
    const told = await acknowledge(id, consumer, { erasures, nowMillis: clock.nowMillis() });
    if (told.kind === 'unknown') return answerJson(response, 404, { error: 'there is no such erasure' });
    if (told.kind !== 'acknowledged') {
      const error = told.kind === 'busy' ? 'another call works on this erasure: ask again' : 'too many acknowledged it';
      return answerJson(response, 409, { error });
    }
    answerJson(response, 200, await receipt(told.erasure));
  }

  async function post(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const bytes = await bodyOf(request, response);
    if (bytes === undefined) return;
    const wanted = readErasureRequest(parseJsonBytes(bytes), config.maxNamed);
    if ('kind' in wanted) return answerJson(response, 400, { error: wanted.problem });
    if (!mayErase(request, wanted.subjects) || (isProver(request) && wanted.pseudonyms.length > 0)) {
      return answerJson(response, 403, { error: notOperator });
    }
    const outcome = await erase(wanted);
    if (outcome.kind === 'busy') {
      return answerJson(response, 409, { error: 'another call works on this erasure: ask again', named: null });
    }
    if (outcome.kind === 'out-of-order') {
      const error = `the next part of this erasure has "at": ${outcome.named}`;
      return answerJson(response, 409, { error, named: outcome.named });
    }
    if (outcome.kind === 'other-rows') {
      return answerJson(response, 400, { error: '"rows" is the same in every part of an erasure' });
    }
    const { erasure } = outcome;
    observer.log('INFO', 'erased', { erasure: erasure.id, named: wanted.named });
    answerJson(response, 200, await receipt(erasure));
  }

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (request.headers.origin !== undefined) return answerJson(response, 403, { error: 'no page may call this' });
    const [path = ''] = (request.url ?? '').split('?', 1);
    if (path === collection || path === objections) {
      if (request.method !== 'POST') return answer(response, 405, { headers: { allow: 'POST' } });
      return await (path === collection ? post : object)(request, response);
    }
    const [, heard] = /^\/v1\/erasures\/([\w-]{1,100})\/acknowledgements$/.exec(path) ?? [];
    if (heard !== undefined) {
      if (request.method !== 'POST') return answer(response, 405, { headers: { allow: 'POST' } });
      return await hear(heard, request, response);
    }
    const id = path.startsWith(`${collection}/`) ? path.slice(collection.length + 1) : '';
    if (!/^[\w-]{1,100}$/.test(id)) return answerJson(response, 404, { error: `there is ${collection}` });
    if (request.method !== 'GET') return answer(response, 405, { headers: { allow: 'GET' } });
    const stored = await erasures.find(id);
    if (stored === undefined) return answerJson(response, 404, { error: 'there is no such erasure' });
    answerJson(response, 200, await receipt(stored.erasure));
  }

  return async (request, response) => {
    try {
      await handle(request, response);
    } catch (error) {
      const { status, problem } = failureOf(error, observer, { failed: 'erasing failed', again: 'ask again' });
      answerJson(response, status, { error: problem });
    }
  };
}
