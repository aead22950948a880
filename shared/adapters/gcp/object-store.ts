import { createHash } from 'node:crypto';
import type { Bucket, File } from '@google-cloud/storage';
import type { ObjectStore, ObjectStream, StoredObject } from '../../ports/object-store.ts';
import { assertObjectName } from '../object-name.ts';
import { errorCode, toUnavailable } from './unavailable.ts';

interface CloudObjectStoreSettings {
  /** Larger objects are neither read nor written. Default 64 MiB. */
  readonly maxObjectBytes: number;
  /** Longest wait for one answer. Default 30,000. */
  readonly requestTimeoutMillis: number;
  /** Attempts after the first; the client tries again what is safe to repeat. Default 3. */
  readonly maxRetries: number;
}

const cloudObjectStoreDefaults: CloudObjectStoreSettings = {
  maxObjectBytes: 64 * 1_048_576,
  requestTimeoutMillis: 30_000,
  maxRetries: 3,
};

export interface CloudObjectStoreOptions {
  readonly projectId: string;
  readonly bucket: string;
  /** Another server of Cloud Storage's JSON API, asked without credentials (tests). */
  readonly apiEndpoint?: string;
  readonly settings?: Partial<CloudObjectStoreSettings>;
}

const httpNotFound = 404;
const httpPreconditionFailed = 412;
/** The most that Cloud Storage answers at once. */
const namesInPage = 1_000;

/**
 * Objects in a bucket of Cloud Storage; the client is loaded with the first request. Preconditions are those of the
 * generation ("Request preconditions", product documentation). A conditional `put` whose answer got lost may answer
 * `conflict` although it was the one that wrote.
 */
export function createCloudObjectStore(options: CloudObjectStoreOptions): ObjectStore {
  const settings = { ...cloudObjectStoreDefaults, ...options.settings };
  let opened: Promise<Bucket> | undefined;
  const bucket = (): Promise<Bucket> => {
    opened ??= openBucket(options, settings);
    return opened;
  };
  const fileOf = async (name: string): Promise<File> => (await bucket()).file(name);

  return {
    async get(name) {
      assertObjectName(name);
      const { maxObjectBytes } = settings;
      const stored = await guarded(async () => download(await fileOf(name), maxObjectBytes));
      if (stored === 'too-large') throw new RangeError(tooLarge(maxObjectBytes + 1, maxObjectBytes));
      return stored;
    },
    async getBounded(name, maxBytes) {
      assertObjectName(name);
      return await guarded(async () => download(await fileOf(name), maxBytes));
    },
    async stream(name, fromByte) {
      assertObjectName(name);
      return await guarded(async () => streamed(await fileOf(name), fromByte));
    },
    async put(name, data, expectedGeneration) {
      assertObjectName(name);
      assertSize(data.byteLength, settings.maxObjectBytes);
      const copy = Buffer.from(data);
      const condition =
        expectedGeneration === undefined ? {} : { preconditionOpts: generationMatch(expectedGeneration) };
      return await guarded(async () => {
        const file = await fileOf(name);
        try {
          await file.save(copy, { ...checkedByServer(copy), ...condition });
          return 'written';
        } catch (error) {
          if (errorCode(error) === httpPreconditionFailed) return 'conflict';
          throw error;
        }
      });
    },
    async *list(prefix) {
      for (let pageToken: string | undefined; ; ) {
        const page = await guarded(async () => listed(await bucket(), prefix, pageToken));
        yield* page.names;
        if (page.next === undefined) return;
        pageToken = page.next;
      }
    },
    async remove(name) {
      assertObjectName(name);
      await guarded(async () => (await fileOf(name)).delete({ ignoreNotFound: true }));
    },
  };
}

/** A page of names, in their order ("Objects: list", REST reference). */
async function listed(bucket: Bucket, prefix: string, pageToken: string | undefined) {
  const more = pageToken === undefined ? {} : { pageToken };
  const [files, next] = await bucket.getFiles({ prefix, autoPaginate: false, maxResults: namesInPage, ...more });
  const following: unknown = next !== null && typeof next === 'object' && 'pageToken' in next ? next.pageToken : null;
  return { names: files.map(({ name }) => name), next: typeof following === 'string' ? following : undefined };
}

async function openBucket(options: CloudObjectStoreOptions, settings: CloudObjectStoreSettings): Promise<Bucket> {
  const { Storage } = await import('@google-cloud/storage');
  const { projectId, apiEndpoint, bucket } = options;
  const storage = new Storage({
    projectId,
    ...(apiEndpoint === undefined ? {} : { apiEndpoint }),
    timeout: settings.requestTimeoutMillis,
    retryOptions: { autoRetry: settings.maxRetries > 0, maxRetries: settings.maxRetries },
  });
  return storage.bucket(bucket);
}

/** One request: the answer's header says which generation its bytes are. */
function download(file: File, maxBytes: number): Promise<StoredObject | 'too-large' | undefined> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let bytes = 0;
    let generation = '';
    const stream = file.createReadStream({ decompress: false });
    stream
      .on('response', (response: { readonly headers: Readonly<Record<string, unknown>> }) => {
        generation = String(response.headers['x-goog-generation'] ?? '');
      })
      .on('data', (chunk: Buffer) => {
        bytes += chunk.byteLength;
        chunks.push(chunk);
        if (bytes <= maxBytes) return;
        stream.destroy();
        resolve('too-large');
      })
      .on('error', (error) => (errorCode(error) === httpNotFound ? resolve(undefined) : reject(error)))
      .on('end', () => resolve({ data: Buffer.concat(chunks), generation }));
  });
}

/** Answers with the first bytes, whose answer says the generation. */
function streamed(file: File, fromByte: number): Promise<ObjectStream | undefined> {
  return new Promise((resolve, reject) => {
    const range = fromByte === 0 ? {} : { start: fromByte, validation: false };
    const stream = file.createReadStream({ decompress: false, ...range });
    let generation = '';
    // The client asks once somebody reads.
    stream
      .on('response', (response: { readonly headers: Readonly<Record<string, unknown>> }) => {
        generation = String(response.headers['x-goog-generation'] ?? '');
      })
      .once('readable', () => resolve({ generation, bytes: reading(stream) }))
      .on('error', (error) => (errorCode(error) === httpNotFound ? resolve(undefined) : reject(error)));
  });
}

async function* reading(stream: AsyncIterable<unknown>): AsyncGenerator<Uint8Array> {
  try {
    for await (const piece of stream) if (piece instanceof Uint8Array) yield piece;
  } catch (error) {
    throw toUnavailable('object-store', 'Cloud Storage', error);
  }
}

/**
 * The server refuses an upload that does not have the hash it is sent with. The client's own check is off: it comes after
 * the object is stored, and deletes it by name, which can be what somebody else has put there meanwhile.
 */
function checkedByServer(data: Uint8Array) {
  const md5Hash = createHash('md5').update(data).digest('base64');
  return {
    resumable: false,
    validation: false,
    metadata: { contentType: 'application/octet-stream', md5Hash },
  } as const;
}

function generationMatch(expected: string | 'absent') {
  return { ifGenerationMatch: expected === 'absent' ? 0 : expected };
}

function assertSize(bytes: number, maxObjectBytes: number): void {
  if (bytes > maxObjectBytes) throw new RangeError(tooLarge(bytes, maxObjectBytes));
}

function tooLarge(bytes: number, maxObjectBytes: number): string {
  return `an object of ${bytes} bytes or more; this store takes ${maxObjectBytes}`;
}

async function guarded<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof RangeError) throw error;
    throw toUnavailable('object-store', 'Cloud Storage', error);
  }
}
