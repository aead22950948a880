import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { byBytes } from '../../shared/adapters/object-name.ts';

export interface FakeCloudStorage {
  /** For the client's `apiEndpoint`. */
  readonly url: string;
  /** While set, every request is answered with this HTTP status. */
  failWith: number | undefined;
  close(): void;
}

/** Fewer than anybody asks for, as the service may answer. */
const namesInPage = 3;

interface Stored {
  readonly data: Buffer;
  readonly generation: string;
}

interface Answer {
  readonly status: number;
  readonly value: object;
}

interface Upload {
  readonly metadata: { readonly md5Hash?: string };
  readonly data: Buffer;
}

/**
 * A server of the part of Cloud Storage's JSON API that the object store uses: multipart upload and download, with
 * generation preconditions, lists and deletes ("Objects", REST reference). It is written from that reference and has
 * not been compared with the real service: it shows that the client is used as it is meant, no more.
 */
export async function startFakeCloudStorage(): Promise<FakeCloudStorage> {
  const objects = new Map<string, Stored>();
  let writes = 0;
  const server = createServer((request, response) => {
    void answer(request, response);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the fake Cloud Storage has no port');

  const fake: FakeCloudStorage = {
    url: `http://127.0.0.1:${address.port}`,
    failWith: undefined,
    close() {
      server.closeAllConnections();
      server.close();
    },
  };

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await bodyOf(request);
    const url = new URL(request.url ?? '/', fake.url);
    const [path = '', name] = url.pathname.replace(/\/o$/, '').split('/o/');
    const stored = objects.get(decodeURIComponent(name ?? ''));
    if (fake.failWith !== undefined) sendJson(response, failure(fake.failWith));
    else if (path.startsWith('/upload/storage/v1/b/')) sendJson(response, upload(url, parseMultipart(request, body)));
    else if (!path.startsWith('/storage/v1/b/')) sendJson(response, failure(404));
    else if (name === undefined) sendJson(response, list(url));
    else if (stored === undefined) sendJson(response, failure(404));
    else if (request.method === 'DELETE') {
      objects.delete(decodeURIComponent(name));
      response.writeHead(204).end();
    } else sendData(response, stored, Number(/^bytes=(\d+)-/.exec(request.headers.range ?? '')?.[1] ?? 0));
  }

  /** A page token is the last name of the page before. */
  function list(url: URL): Answer {
    const [prefix, after] = [url.searchParams.get('prefix') ?? '', url.searchParams.get('pageToken') ?? ''];
    const names = [...objects.keys()].filter((name) => name.startsWith(prefix)).sort(byBytes);
    const rest = names.filter((name) => after === '' || byBytes(name, after) > 0);
    const page = rest.slice(0, namesInPage);
    const next = page.length < rest.length ? { nextPageToken: page.at(-1) ?? '' } : {};
    return { status: 200, value: { items: page.map((name) => ({ name })), ...next } };
  }

  function upload(url: URL, { metadata, data }: Upload): Answer {
    const name = url.searchParams.get('name') ?? '';
    const expected = url.searchParams.get('ifGenerationMatch');
    if (expected !== null && expected !== (objects.get(name)?.generation ?? '0')) return failure(412);
    const md5Hash = createHash('md5').update(data).digest('base64');
    if (metadata.md5Hash !== md5Hash) return failure(400);
    writes += 1;
    const generation = String(1_700_000_000_000_000 + writes);
    objects.set(name, { data, generation });
    return { status: 200, value: { name, md5Hash, generation } };
  }

  return fake;
}

async function bodyOf(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(Buffer.from(chunk));
  return Buffer.concat(chunks);
}

/** RFC 2387: a part with the metadata, a part with the data. */
function parseMultipart(request: IncomingMessage, body: Buffer): Upload {
  const boundary = /boundary=(.+)$/.exec(request.headers['content-type'] ?? '')?.[1] ?? '';
  const blank = Buffer.from('\r\n\r\n');
  const metadataStart = body.indexOf(blank) + blank.length;
  const metadataEnd = body.indexOf(`\r\n--${boundary}`, metadataStart);
  const dataStart = body.indexOf(blank, metadataEnd) + blank.length;
  const dataEnd = body.lastIndexOf(`\r\n--${boundary}--`);
  return {
    metadata: JSON.parse(body.toString('utf8', metadataStart, metadataEnd)),
    data: body.subarray(dataStart, dataEnd),
  };
}

/** From a byte on: RFC 9110 section 14.2. */
function sendData(response: ServerResponse, { data, generation }: Stored, from: number): void {
  response.writeHead(from > 0 ? 206 : 200, { 'x-goog-generation': generation }).end(data.subarray(from));
}

function failure(status: number): Answer {
  return { status, value: { error: { code: status, message: `status ${status}` } } };
}

function sendJson(response: ServerResponse, { status, value }: Answer): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(value));
}
