import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { http } from '@google-cloud/functions-framework';
import { getTestServer } from '@google-cloud/functions-framework/testing';
import { expect, onTestFinished, test } from 'vitest';
import { listenOnLoopback } from '../../../infra/local/function-servers.ts';
import { readBody, takeOverBodies } from '../../../shared/http/body.ts';
import { answerDirectly, takeOver } from '../../../shared/http/direct-answers.ts';
import { answer, type HttpHandler } from '../../../shared/http/http.ts';

/** Answers what it was given: the body, whether Express has had the request, and whether it runs in a domain. */
const tellRequest: HttpHandler = async (request, response) => {
  const body = await readBody(request, 1_000);
  const text = body.kind === 'body' ? body.bytes.toString() : body.kind;
  answer(response, 200, {
    body: JSON.stringify({ text, express: 'app' in request, domain: 'domain' in process && !!process.domain }),
  });
};

async function listen(server: Server): Promise<string> {
  onTestFinished(() => void server.close().closeAllConnections());
  return `http://127.0.0.1:${await listenOnLoopback(server, 0)}/any/path`;
}

const post = async (url: string) => (await fetch(url, { method: 'POST', body: '{"a":1}' })).json();

test('the first request already is answered without Express and domain, body and all', async () => {
  takeOverBodies();
  const own = createServer((_, response) => response.end('"own"'));
  const ownUrl = await listen(own);
  http('direct', (request: IncomingMessage, response: ServerResponse) => tellRequest(request, response));
  answerDirectly(tellRequest);
  expect(await post(ownUrl), 'a server of somebody else is left alone').toBe('own');
  const url = await listen(getTestServer('direct'));
  for (let call = 0; call < 2; call++)
    expect(await post(url)).toEqual({ text: '{"a":1}', express: false, domain: false });
  expect(await post(ownUrl)).toBe('own');
});

test('a handler that throws ends the connection, and the next request is answered', async () => {
  const server = createServer();
  let calls = 0;
  takeOver(server, async (request, response) => {
    if (calls++ === 0) throw new Error('a bug');
    await tellRequest(request, response);
  });
  const url = await listen(server);
  await expect(post(url)).rejects.toThrow('fetch failed');
  expect(await post(url)).toMatchObject({ text: '{"a":1}' });
});

test('without it the body reaches the function through Express, too', async () => {
  takeOverBodies();
  http('through-express', (request: IncomingMessage, response: ServerResponse) => tellRequest(request, response));
  expect(await post(await listen(getTestServer('through-express')))).toMatchObject({ text: '{"a":1}', express: true });
});
