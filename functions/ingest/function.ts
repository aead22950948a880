import type { IncomingMessage, ServerResponse } from 'node:http';
import { newUuidV7 } from '../../shared/event/uuid.ts';
import type { EventTypes } from '../../shared/event-types/event-types.ts';
import { openEventTypes } from '../../shared/event-types/open-event-types.ts';
import { takeOverBodies } from '../../shared/http/body.ts';
import { answer, type HttpHandler } from '../../shared/http/http.ts';
import type { PortsOf } from '../../shared/needs/ports.ts';
import { describeError } from '../../shared/observe/describe-error.ts';
import type { Observer } from '../../shared/observe/observer.ts';
import { traceFields } from '../../shared/observe/trace.ts';
import type { Clock } from '../../shared/ports/clock.ts';
import type { Publisher } from '../../shared/ports/publisher.ts';
import type { Quarantine } from '../../shared/ports/quarantine.ts';
import type { Random } from '../../shared/ports/random.ts';
import { Unavailable } from '../../shared/ports/unavailable.ts';
import type { WriteKeys } from '../../shared/ports/write-keys.ts';
import { makeEncryptedQuarantine } from '../../shared/quarantine/quarantine-record.ts';
import { fetchKeySet } from '../../shared/subject-tokens/fetch-key-set.ts';
import { makeStoredWriteKeys } from '../../shared/write-keys/stored-write-keys.ts';
import { checkIngestConfig, defaultIngestConfig, type IngestConfig } from './config.ts';
import { corsHeaders, preflightHeaders } from './cors.ts';
import { makeCreationBounds } from './creation-bounds.ts';
import type { needs } from './needs.ts';
import { policyOf } from './policy.ts';
import { type Answer, answerProblem, type Problem, problem } from './problem.ts';
import { makeReceiver } from './receive.ts';
import { isPath, methods } from './routes.ts';
import { makeSealer } from './sealer.ts';
import { makeIngestStage } from './stage.ts';
import { makeLazyVerifier, type TokenPorts } from './token-verifier.ts';
import { findKey } from './write-key.ts';

export interface IngestPorts extends TokenPorts {
  readonly eventTypes: EventTypes;
  readonly writeKeys: WriteKeys;
  readonly publisher: Publisher;
  readonly receivedTopic: string;
  readonly quarantine: Quarantine;
  readonly clock: Clock;
  readonly random: Random;
  readonly observer: Observer;
}

interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly url: URL;
}

/** Tells in every answer which version of the registry this instance works with, so that a publication can be watched. */
const registryVersionHeader = 'edi-registry-version';
/** Of the document of the API, which changes with a deployment only. */
const documentMaxAgeSeconds = 3_600;

/** Starts the function on what a deployment opens for it. */
export async function start(ports: PortsOf<typeof needs>, config = defaultIngestConfig): Promise<HttpHandler> {
  const { projectId } = ports;
  checkIngestConfig(config);
  return makeIngestFunction(await ingestPorts(ports), { ...config, ...(projectId ? { projectId } : {}) });
}

/** What it works with, of what a deployment opens: the view of the registry, stored write keys, encrypted quarantine. */
export async function ingestPorts(ports: PortsOf<typeof needs>): Promise<IngestPorts> {
  const { topics, databases, buckets, secrets, publisher, clock, random, observer } = ports;
  const { quarantinePublicKey: publicKey, quarantineRecordKey: recordKey, subjectTokenSecrets: tokenSecrets } = secrets;
  const { quarantineSubjectKey: subjectKey } = secrets;
  const eventTypes = await openEventTypes(ports);
  return {
    eventTypes,
    writeKeys: makeStoredWriteKeys({ records: databases.writeKeys, clock }),
    publisher,
    receivedTopic: topics.received,
    quarantine: makeEncryptedQuarantine({
      publisher,
      topic: topics.quarantine,
      publicKey,
      recordKey,
      subjects: { topic: topics.quarantineSubjects, subjectKey, eventTypes },
      clock,
      random,
    }),
    realmKeys: buckets.realmKeys,
    tokenSecrets,
    fetchKeySet,
    clock,
    random,
    observer,
  };
}

/** The receiver API for SDKs: `POST /v1/events`, `GET /v1/policy`, `GET /v1/openapi.json`, `GET /health`. */
export function makeIngestFunction(ports: IngestPorts, config: IngestConfig): HttpHandler {
  takeOverBodies();
  const { eventTypes, clock, random, observer } = ports;
  const newSeal = () => newUuidV7(clock, random);
  const sealer = makeSealer({ ...ports, topic: ports.receivedTopic, newSeal, settings: config });
  const creations = makeCreationBounds(config, clock, random);
  const verify = makeLazyVerifier(ports, config);
  const ingest = makeIngestStage({ ...ports, sealer, newSeal, creations, verify, config });
  const receive = makeReceiver({ ...ports, config, ingest });

  async function route({ request, url }: Exchange): Promise<Answer> {
    if (url.pathname === '/v1/events') return receive(request, url);
    if (url.pathname === '/v1/policy') return answerPolicy(request, url);
    if (url.pathname === '/v1/openapi.json') return answerDocument();
    const ready = eventTypes.version > 0;
    return {
      kind: 'json',
      status: ready ? 200 : 503,
      body: JSON.stringify({ status: ready ? 'ok' : 'starting', registryVersion: eventTypes.version }),
    };
  }

  async function answerPolicy(request: IncomingMessage, url: URL): Promise<Answer> {
    const key = await findKey(request, url, ports.writeKeys);
    const binding = key.kind === 'sdk' ? eventTypes.sdks.get(key.sdk) : undefined;
    return { kind: 'json', status: 200, body: JSON.stringify(policyOf(config, binding)) };
  }

  /** Made of the settings of this instance, when it is asked for. */
  async function answerDocument(): Promise<Answer> {
    const { openApiDocument } = await import('./openapi/document.ts');
    const headers = { 'cache-control': `public, max-age=${documentMaxAgeSeconds}` };
    return { kind: 'json', status: 200, body: JSON.stringify(openApiDocument(config)), headers };
  }

  async function handle(exchange: Exchange): Promise<void> {
    const { request, response, url } = exchange;
    const allow = isPath(url.pathname) ? methods[url.pathname] : undefined;
    const cors = corsHeaders(request.headers.origin, { sdks: eventTypes.sdks, config });
    if (allow === undefined) {
      const detail = 'Events go to POST /v1/events; GET /v1/openapi.json says what else there is.';
      return refuse(exchange, problem(404, 'No such path', detail, cors));
    }
    if (request.method === 'OPTIONS' && allow.includes('OPTIONS')) {
      const asked = request.headers['access-control-request-headers'];
      const maxAgeSeconds = config.preflightMaxAgeSeconds;
      const preflight = preflightHeaders(cors, { methods: allow, maxAgeSeconds, ...(asked ? { asked } : {}) });
      return answer(response, 204, { headers: { allow, ...preflight } });
    }
    if (!allow.split(', ').includes(request.method ?? '')) {
      return refuse(exchange, problem(405, 'Method not allowed', `Use ${allow}.`, { allow, ...cors }));
    }
    const result = await route(exchange).catch((error: unknown) => unavailable(error, request));
    if (result.kind === 'json') {
      const readers = corsHeaders(request.headers.origin, { sdks: eventTypes.sdks, config, sdk: result.sdk });
      const headers = { 'content-type': 'application/json', ...result.headers, ...readers };
      return answer(response, result.status, { headers, body: result.body });
    }
    observer.count('refused-requests', 1, `${result.status}`);
    refuse(exchange, { ...result, headers: { ...cors, ...result.headers } });
  }

  function refuse({ request, response }: Exchange, refusal: Problem): void {
    answerProblem({ request, response, refusal, limits: config });
  }

  /** Lost infrastructure and bugs alike: nothing was acknowledged, so the client resends. */
  function unavailable(error: unknown, request: IncomingMessage): Problem {
    const lost = error instanceof Unavailable;
    observer.log(lost ? 'WARNING' : 'ERROR', lost ? 'dependency unavailable' : 'unexpected error', {
      ...describeError(error),
      ...traceFields(request.headers, config.projectId),
    });
    return problem(503, 'Not stored', 'Nothing of this request is acknowledged; send it again, all of it.', {
      'retry-after': String(config.retryAfterSeconds),
    });
  }

  return async (request, response) => {
    const url = URL.parse(request.url ?? '/', 'http://ingest') ?? new URL('http://ingest/');
    eventTypes.refreshIfStale();
    response.setHeader(registryVersionHeader, String(eventTypes.version));
    await handle({ request, response, url });
  };
}
