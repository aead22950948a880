import { Agent, type IncomingHttpHeaders, type OutgoingHttpHeaders, request } from 'node:http';
import { connect } from 'node:net';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { JsonValue } from '../../shared/event/json.ts';

export interface HttpCall {
  readonly url: string;
  /** Default POST with a body, else GET. */
  readonly method?: string;
  readonly headers?: OutgoingHttpHeaders;
  /** A stream is sent chunked unless the headers say `content-length`. */
  readonly body?: string | Buffer | Readable;
  /** Default: a connection of its own. */
  readonly agent?: Agent;
}

/**
 * A kept connection that its server closes after some idle seconds may be closed just as the next request goes out on it, of
 * which nobody knows then whether it was read.
 */
const unkept = new Agent({ keepAlive: false });

export interface HttpAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
}

/**
 * One request, its answer whole. Rejects when the connection ends without an answer; what happens to the connection
 * after an answer does not matter, since a server may refuse a body before it has read it.
 */
export function send({ url, method, headers = {}, body, agent = unkept }: HttpCall): Promise<HttpAnswer> {
  return new Promise((resolve, reject) => {
    const options = { method: method ?? (body === undefined ? 'GET' : 'POST'), headers, agent };
    const outgoing = request(url, options, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (part: string) => {
        text += part;
      });
      response.on('end', () => resolve({ status: response.statusCode ?? 0, headers: response.headers, text }));
      response.on('error', reject);
    });
    outgoing.on('error', reject);
    if (body === undefined || typeof body === 'string' || Buffer.isBuffer(body)) outgoing.end(body);
    else body.pipe(outgoing);
  });
}

export function parseJson(answer: HttpAnswer): JsonValue {
  return JSON.parse(answer.text);
}

/**
 * Sends a whole body whatever the server says, and reads the answer only then, as simple clients do. Answers the first
 * line of what the server said.
 */
export async function sendStubbornly(url: string, head: readonly string[], body: Iterable<Buffer>): Promise<string> {
  const { hostname, port, pathname } = new URL(url);
  const socket = connect(Number(port), hostname);
  socket.write([`POST ${pathname} HTTP/1.1`, `host: ${hostname}`, ...head, '', ''].join('\r\n'));
  await pipeline(Readable.from(body), socket, { end: false });
  return new Promise((resolve, reject) => {
    socket.on('error', reject);
    socket.once('data', (text: Buffer) => {
      socket.destroy();
      resolve(text.toString('latin1').split('\r\n')[0] ?? '');
    });
  });
}
