import type { IncomingMessage, ServerResponse } from 'node:http';
import { type DiscardLimits, discardBody } from './body.ts';

/** An HTTP function: what functions-framework calls. It answers every request itself and never rejects. */
export type HttpHandler = (request: IncomingMessage, response: ServerResponse) => Promise<void>;

interface AnswerParts {
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Buffer;
}

/** Answers with a whole body, 204 without one and its length (RFC 9110 section 8.6). Does nothing when the client is gone. */
export function answer(response: ServerResponse, status: number, parts: AnswerParts = {}): void {
  if (writeHead(response, status, parts)) response.end(status === 204 ? undefined : (parts.body ?? ''));
}

/**
 * Answers while the request's body is still on its way, and throws the rest of it away within the limits. The answer is
 * whole for the client at once, but ends here only with the body: where the connection is to close afterwards, it would
 * otherwise be reset under a client that sends before it reads.
 */
export function answerEarly(
  request: IncomingMessage,
  response: ServerResponse,
  { status, limits, ...parts }: AnswerParts & { readonly status: number; readonly limits: DiscardLimits },
): void {
  if (request.complete) {
    answer(response, status, parts);
    return;
  }
  if (!writeHead(response, status, parts)) return;
  response.write(parts.body ?? '');
  discardBody(request, limits, () => response.end());
}

function writeHead(response: ServerResponse, status: number, { headers = {}, body = '' }: AnswerParts): boolean {
  if (response.headersSent || response.destroyed) return false;
  const length = status === 204 ? {} : { 'content-length': String(Buffer.byteLength(body)) };
  response.writeHead(status, { ...headers, ...length });
  return true;
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
