import type { IncomingMessage, ServerResponse } from 'node:http';

/** An HTTP function: what functions-framework calls. It answers every request itself and never rejects. */
export type HttpHandler = (request: IncomingMessage, response: ServerResponse) => Promise<void>;

/** Answers with a whole body, 204 without one and its length (RFC 9110 section 8.6). Does nothing when the client is gone. */
export function answer(
  response: ServerResponse,
  status: number,
  {
    headers = {},
    body = '',
  }: { readonly headers?: Readonly<Record<string, string>>; readonly body?: string | Buffer } = {},
): void {
  if (response.headersSent || response.destroyed) return;
  if (status === 204) {
    response.writeHead(status, headers).end();
    return;
  }
  response.writeHead(status, { ...headers, 'content-length': String(Buffer.byteLength(body)) });
  response.end(body);
}

export function answerJson(
  response: ServerResponse,
  status: number,
  value: object,
  headers: Readonly<Record<string, string>> = {},
): void {
  answer(response, status, {
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(value),
  });
}
