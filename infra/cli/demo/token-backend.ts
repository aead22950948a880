import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { exportJWK, generateKeyPair, type JWK, type JWTPayload, SignJWT } from 'jose';
import { isJsonObject, parseJson } from '../../../shared/event/json.ts';

/** What subject tokens of this backend say of themselves. */
export interface TokenBackendSettings {
  readonly port: number;
  readonly audience: string;
  /** Short: a client asks for another one beside its events, and those that it kept offline need none. */
  readonly tokenSeconds: number;
}

export interface TokenBackend {
  /** Its address, which is its issuer, too. */
  readonly url: string;
  readonly jwksUri: string;
  close(): Promise<void>;
}

const keyId = 'example-1';
const maxLoginBytes = 1_024;

/**
 * An example of a backend whose users speak for themselves. It knows its users by a session; to a client of one it gives a
 * token with that user's id as `sub`, and never one for an id that a client names. It publishes its public key, and
 * keeps the private one to itself.
 *
 *     POST /login   {"user": "u-1"}: a session cookie; here stands whatever proves who somebody is
 *     GET /token    {"token", "expiresInSeconds"} for the session's user, which goes into x-edi-subject-token
 *     GET /.well-known/jwks.json
 */
export async function startTokenBackend({ port, audience, tokenSeconds }: TokenBackendSettings): Promise<TokenBackend> {
  const { publicKey, privateKey } = await generateKeyPair('ES256');
  const keys: JWK[] = [{ ...(await exportJWK(publicKey)), kid: keyId, alg: 'ES256', use: 'sig' }];
  const sessions = new Map<string, string>();
  let url = '';

  async function login(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const asked = parseJson(await readText(request));
    const user = isJsonObject(asked) ? asked['user'] : undefined;
    if (typeof user !== 'string' || user === '') return answer(response, 400, { error: 'send {"user": "<id>"}' });
    const session = randomUUID();
    sessions.set(session, user);
    response.setHeader('set-cookie', `session=${session}; HttpOnly; SameSite=Strict; Path=/`);
    answer(response, 200, { user });
  }

  async function token(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const session = /(?:^|; )session=([\w-]+)/.exec(request.headers.cookie ?? '')?.[1];
    const user = session === undefined ? undefined : sessions.get(session);
    if (user === undefined) return answer(response, 401, { error: 'log in first' });
    const claims: JWTPayload = { iss: url, aud: audience, sub: user, jti: randomUUID() };
    const signed = await new SignJWT(claims)
      .setProtectedHeader({ alg: 'ES256', kid: keyId })
      .setIssuedAt()
      .setExpirationTime(`${tokenSeconds} s`)
      .sign(privateKey);
    answer(response, 200, { token: signed, expiresInSeconds: tokenSeconds });
  }

  async function route(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const asked = `${request.method} ${request.url}`;
    if (asked === 'POST /login') return login(request, response);
    if (asked === 'GET /token') return token(request, response);
    if (asked === 'GET /.well-known/jwks.json') return answer(response, 200, { keys });
    answer(response, 404, { error: 'POST /login, GET /token, GET /.well-known/jwks.json' });
  }

  const server = createServer((request, response) => {
    route(request, response).catch(() => answer(response, 500, { error: 'this example failed' }));
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', resolve);
  });
  const address = server.address();
  url = `http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : port}`;
  return {
    url,
    jwksUri: `${url}/.well-known/jwks.json`,
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

async function readText(request: IncomingMessage): Promise<string> {
  let text = '';
  for await (const chunk of request) {
    text += String(chunk);
    if (text.length > maxLoginBytes) return '';
  }
  return text;
}

function answer(response: ServerResponse, status: number, body: object): void {
  if (response.headersSent) return;
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}
