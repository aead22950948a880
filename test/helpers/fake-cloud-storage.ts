import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';

export interface FakeCloudStorage {
  /** For the client's `apiEndpoint`. */
  readonly url: string;
  /** While set, every request is answered with this HTTP status. */
  failWith: number | undefined;
  close(): void;
}

interface Stored {
  readonly data: Buffer;
  readonly generation: string;
}

interface Upload {
  readonly metadata: { readonly md5Hash?: string };
  readonly data: Buffer;
}

/**
 * A server of the part of Cloud Storage's JSON API that the object store uses: multipart upload, download, delete and
 * list of objects, with generation preconditions ("Objects", REST reference). It is written from that reference and has
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
    const [path = '', name] = url.pathname.split('/o/');
    if (fake.failWith !== undefined) return sendJson(response, fake.failWith, errorOf(fake.failWith));
    if (request.method === 'POST' && path.startsWith('/upload/storage/v1/b/'))
      return upload(url, request, body, response);
    if (!path.startsWith('/storage/v1/b/')) return sendJson(response, 404, errorOf(404));
    if (name === undefined) return list(url, response);
    const stored = objects.get(decodeURIComponent(name));
    if (stored === undefined) return sendJson(response, 404, errorOf(404));
    if (request.method === 'DELETE') {
      objects.delete(decodeURIComponent(name));
      response.writeHead(204).end();
    } else response.writeHead(200, { 'x-goog-generation': stored.generation }).end(stored.data);
  }

  function upload(url: URL, request: IncomingMessage, body: Buffer, response: ServerResponse): void {
    const name = url.searchParams.get('name') ?? '';
    const expected = url.searchParams.get('ifGenerationMatch');
    if (expected !== null && expected !== (objects.get(name)?.generation ?? '0')) {
      return sendJson(response, 412, errorOf(412));
    }
    const { metadata, data } = parseMultipart(request, body);
    const md5Hash = createHash('md5').update(data).digest('base64');
    if (metadata.md5Hash !== undefined && metadata.md5Hash !== md5Hash) return sendJson(response, 400, errorOf(400));
    writes += 1;
    objects.set(name, { data, generation: String(1_700_000_000_000_000 + writes) });
    sendJson(response, 200, { name, md5Hash, generation: objects.get(name)?.generation });
  }

  /** Pages of three, so that a test of a few names turns pages. */
  function list(url: URL, response: ServerResponse): void {
    const names = [...objects.keys()].filter((name) => name.startsWith(url.searchParams.get('prefix') ?? '')).sort();
    const start = Number(url.searchParams.get('pageToken') ?? 0);
    const items = names.slice(start, start + 3).map((name) => ({ name }));
    const next = start + 3 < names.length ? { nextPageToken: String(start + 3) } : {};
    sendJson(response, 200, { kind: 'storage#objects', items, ...next });
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

function errorOf(code: number) {
  return { error: { code, message: `status ${code}` } };
}

function sendJson(response: ServerResponse, status: number, value: object): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(value));
}
