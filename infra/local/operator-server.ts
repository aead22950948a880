import { timingSafeEqual } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { isJsonObject, type JsonValue, parseJson } from '../../shared/event/json.ts';
import { readBody } from '../../shared/http/body.ts';
import { passedToken } from '../../shared/http/caller.ts';
import { answer, answerJson } from '../../shared/http/http.ts';
import { Unavailable } from '../../shared/ports/unavailable.ts';
import { closeServer, listenOnLoopback } from './function-servers.ts';
import { localCaller } from './local-caller.ts';
import type { LocalDeployment } from './local-deployment.ts';
import { answerHours, answerLoss } from './operator-completeness.ts';
import { answerCreateKey, answerListKeys, answerRevokeKey } from './operator-keys.ts';
import { answerLegacyState, answerLegacyStates, answerUploadLegacy } from './operator-legacy.ts';
import { answerSchemas, answerUploadSchema } from './operator-schemas.ts';
import { answerTail } from './operator-tail.ts';
import { defaultQueryBounds, type QueryBounds, queryBounds } from './query-process.ts';

export interface OperatorServer {
  readonly url: string;
  close(): Promise<void>;
}

const bounds = {
  maxBodyBytes: 1_048_576,
} as const;

const routes =
  'GET /status, POST /reset, POST /query, GET /tail[?last=N&type=TYPE&rejected=true], GET /keys, POST /keys, POST /keys/revoke, GET /schemas, POST /schemas, ' +
  'POST /legacy, GET /legacy, GET /legacy/<key>, POST /loss, POST /hours, GET /dead-letters and the functions that operators call, each below /functions/';

/**
 * What the command line asks of a running deployment: `GET /status`, `POST /reset`, `POST /query`, `GET /tail`,
 * `POST /loss`, `POST /hours`, and what there is below `/keys`, `/schemas` and `/functions`: the last are those whose callers are
 * operators, which IAM guards in the cloud. On 127.0.0.1, and only for who can read the token's file. A page in the user's
 * browser is kept out even if it guesses the port: it cannot
 * know the token, its `Origin` is refused, and so is a `Host` that a rebound name brings along.
 */
export async function serveOperator(deployment: LocalDeployment, token: string): Promise<OperatorServer> {
  const server = createServer((request, response) => {
    handle(request, response).catch((error: unknown) =>
      error instanceof Unavailable
        ? answerJson(response, 503, { error: error.message })
        : answerJson(response, 500, { error: 'the local deployment failed to answer' }),
    );
  });
  const port = await listenOnLoopback(server, 0);
  const hosts = new Set([`127.0.0.1:${port}`, `localhost:${port}`]);

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (!hosts.has(request.headers.host ?? '') || request.headers.origin !== undefined) {
      return answerJson(response, 403, { error: 'this endpoint is for the command line of this machine' });
    }
    if (!hasToken(request, token))
      return answerJson(response, 401, { error: 'the token of the running deployment is needed' });
    const route = `${request.method} ${request.url}`;
    if (route === 'GET /status') return answerJson(response, 200, deployment.status());
    if (route === 'POST /query') return answerQuery(deployment, request, response);
    if (/^GET \/tail(\?|$)/.test(route)) return answerTail(deployment, request, response);
    if (route === 'POST /reset') return answerReset(deployment, response);
    if (route === 'POST /keys') return answerCreateKey(deployment.keys, request, response);
    if (route === 'GET /keys') return answerListKeys(deployment.keys, response);
    if (route === 'POST /keys/revoke') return answerRevokeKey(deployment.keys, request, response);
    if (route === 'GET /dead-letters') return answerJson(response, 200, { waiting: deployment.secondLines() ?? null });
    if (route === 'POST /loss') return answerLoss(deployment.completeness, request, response);
    if (route === 'POST /hours') return answerHours(deployment.completeness, request, response);
    if (route === 'POST /schemas') return answerUploadSchema(deployment.schemas, request, response);
    if (route === 'POST /legacy') return answerUploadLegacy(deployment.legacy, request, response);
    if (route === 'GET /legacy') return answerLegacyStates(deployment.legacy, response);
    const exported = /^GET \/legacy\/([0-9a-f]{64})$/.exec(route)?.[1];
    if (exported !== undefined) return answerLegacyState(deployment.legacy, exported, response);
    if (route === 'GET /schemas') return answerSchemas(deployment.schemas, response);
    const [, name = '', path = ''] = /^\/functions\/([a-z-]+)(\/.*)?$/.exec(request.url ?? '') ?? [];
    const called = deployment.operatorFunctions.get(name);
    if (called !== undefined) {
      // As the function's own address has it.
      request.url = path || '/';
      // Whoever has the token is this user: who it was comes as from Cloud Run, whatever else was sent.
      delete request.headers['x-serverless-authorization'];
      request.headers.authorization = passedToken(localCaller());
      return called(request, response);
    }
    answerJson(response, 404, { error: `there are ${routes}` });
  }

  return {
    url: `http://127.0.0.1:${port}`,
    async close() {
      const closed = closeServer(server);
      server.closeAllConnections();
      await closed;
    },
  };
}

function hasToken(request: IncomingMessage, token: string): boolean {
  const given = Buffer.from(request.headers.authorization ?? '');
  const expected = Buffer.from(`Bearer ${token}`);
  return given.length === expected.length && timingSafeEqual(given, expected);
}

async function answerReset({ reset }: LocalDeployment, response: ServerResponse): Promise<void> {
  if (reset === undefined) {
    return answerJson(response, 409, { error: "Google's emulators keep nothing: start the deployment again" });
  }
  await reset();
  answerJson(response, 200, {});
}

async function answerQuery(
  deployment: LocalDeployment,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const body = await readBody(request, bounds.maxBodyBytes);
  const query = body.kind === 'body' ? readQuery(body.bytes) : undefined;
  if (query === undefined) {
    const error = 'send {"sql": "SELECT …"}, with "memoryMebibytes" and "seconds" within their bounds, or without';
    return answerJson(response, 400, { error });
  }
  const gone = new AbortController();
  response.once('close', () => gone.abort());
  const text = await deployment.queries.run(query.sql, query.bounds, gone.signal);
  answer(response, 200, { headers: { 'content-type': 'application/json' }, body: text });
}

function readQuery(bytes: Buffer): { readonly sql: string; readonly bounds: QueryBounds } | undefined {
  const value = parseJson(bytes.toString('utf8'));
  const { sql, ...wanted } = isJsonObject(value) ? value : {};
  const memoryMebibytes = readBound(wanted['memoryMebibytes'], 'memoryMebibytes');
  const seconds = readBound(wanted['seconds'], 'seconds');
  if (typeof sql !== 'string' || memoryMebibytes === undefined || seconds === undefined) return undefined;
  return { sql, bounds: { memoryMebibytes, seconds } };
}

function readBound(value: JsonValue | undefined, name: keyof QueryBounds): number | undefined {
  if (value === undefined) return defaultQueryBounds[name];
  const { minimum, maximum } = queryBounds[name];
  const isWithin = typeof value === 'number' && Number.isInteger(value) && value >= minimum && value <= maximum;
  return isWithin ? value : undefined;
}
