import type { protos } from '@google-cloud/firestore-api';
import type { FirestoreClient } from '@google-cloud/firestore-api/client_v1';
import type { CallOptions } from 'google-gax';
import { systemClock } from '../system-clock.ts';
import { channelOptions } from './channel-options.ts';
import { inChunks } from './chunks.ts';
import { emulatorChannel } from './emulator-channel.ts';
import {
  type FirestoreDatabase,
  type FirestoreDocument,
  type FirestoreOptions,
  type FirestoreSettings,
  type FirestoreWrite,
  firestoreDefaults,
} from './firestore-database.ts';
import { fieldsBytes } from './firestore-values.ts';
import { errorCode, grpcStatus, toUnavailable } from './unavailable.ts';

export type { FirestoreDatabase } from './firestore-database.ts';

/** Turned away before anything was done, or after: writes carry preconditions, so doing them again is harmless. */
const retriedCodes = new Set<unknown>([
  grpcStatus.resourceExhausted,
  grpcStatus.aborted,
  grpcStatus.internal,
  grpcStatus.unavailable,
]);
/** NOT_FOUND: the document that was to be replaced is gone, deleted by its TTL. */
const conflictCodes = new Set<unknown>([
  grpcStatus.notFound,
  grpcStatus.alreadyExists,
  grpcStatus.failedPrecondition,
  grpcStatus.aborted,
]);
const documentsPerPage = 300;
/** What a write is counted with beside its fields. */
const maxPathBytes = 512;

/**
 * Opens a Firestore database; the client and its modules are loaded with the first request.
 *
 * This is Google's generated client for the API itself, not the Firestore class above it: that one offers no BatchWrite
 * but through its BulkWriter, which sends at most 20 writes a request and hides preconditions behind retries, and it
 * loads twice as much. One HTTP/2 connection carries some 100 requests at once, more than a function takes.
 */
export function openFirestore(options: FirestoreOptions): FirestoreDatabase {
  return new Database(options);
}

class Database implements FirestoreDatabase {
  readonly #options: FirestoreOptions;
  readonly #settings: FirestoreSettings;
  readonly #name: string;
  readonly #root: string;
  #client: Promise<FirestoreClient> | undefined;

  constructor(options: FirestoreOptions) {
    this.#options = options;
    this.#settings = { ...firestoreDefaults, ...options.settings };
    this.#name = `projects/${options.projectId}/databases/${options.databaseId}`;
    this.#root = `${this.#name}/documents`;
  }

  async read(paths: readonly string[]): Promise<ReadonlyMap<string, FirestoreDocument>> {
    const names = [...new Set(paths)].map((path) => this.#nameOf(path));
    const chunks = inChunks(names, { maxItems: this.#settings.maxReadsPerRequest });
    const found = await Promise.all(
      chunks.map((documents) =>
        this.#request((client, call) => readStream(client, { database: this.#name, documents }, call)),
      ),
    );
    return new Map(
      found
        .flat()
        .map((document) => this.#documentOf(document))
        .map((read) => [read.path, read]),
    );
  }

  async writeEach(writes: readonly FirestoreWrite[]): Promise<('written' | 'conflict')[]> {
    const { maxWritesPerRequest: maxItems, maxRequestBytes: maxBytes } = this.#settings;
    const chunks = inChunks(writes, {
      maxItems,
      maxBytes,
      bytesOf: ({ fields }) => fieldsBytes(fields) + maxPathBytes,
    });
    const outcomes = await Promise.all(chunks.map((chunk) => this.#writeChunk(chunk)));
    return outcomes.flat();
  }

  async #writeChunk(chunk: readonly FirestoreWrite[]): Promise<('written' | 'conflict')[]> {
    const request = { database: this.#name, writes: chunk.map((write) => this.#toProto(write)) };
    const [answer] = await this.#request((client, call) => client.batchWrite(request, call));
    const statuses = answer.status ?? [];
    // Which status is whose cannot be told then, of this chunk or of those behind it.
    if (statuses.length !== chunk.length) {
      const problem = new Error(`answered ${statuses.length} of ${chunk.length} writes`);
      throw toUnavailable(this.#options.dependency, 'Firestore', problem);
    }
    return statuses.map((status) => this.#outcome(status.code ?? 0));
  }

  async commit(writes: readonly FirestoreWrite[]): Promise<'committed' | 'conflict'> {
    const request = { database: this.#name, writes: writes.map((write) => this.#toProto(write)) };
    return await this.#request(async (client, call) => {
      try {
        await client.commit(request, call);
        return 'committed';
      } catch (error) {
        if (conflictCodes.has(errorCode(error))) return 'conflict';
        throw error;
      }
    });
  }

  async list(collection: string, maxDocuments: number): Promise<FirestoreDocument[]> {
    const request = { parent: this.#root, collectionId: collection, pageSize: documentsPerPage };
    const documents: FirestoreDocument[] = [];
    let pageToken = '';
    do {
      const [page, , answer] = await this.#request((client, call) =>
        client.listDocuments({ ...request, pageToken }, { ...call, autoPaginate: false }),
      );
      documents.push(...page.map((document) => this.#documentOf(document)));
      if (documents.length > maxDocuments) {
        throw new RangeError(`${collection} holds more than ${maxDocuments} documents, which one list cannot answer`);
      }
      pageToken = answer?.nextPageToken ?? '';
    } while (pageToken !== '');
    return documents;
  }

  async listIds(collection: string, max: number): Promise<string[]> {
    const [, above = '', collectionId = ''] = /^(?:(.*)\/)?([^/]+)$/.exec(collection) ?? [];
    const parent = above === '' ? this.#root : this.#nameOf(above);
    const ids: string[] = [];
    let pageToken = '';
    do {
      const pageSize = Math.min(documentsPerPage, max - ids.length);
      const request = { parent, collectionId, pageSize, pageToken, mask: { fieldPaths: [] } };
      const [page, , answer] = await this.#request((client, call) =>
        client.listDocuments(request, { ...call, autoPaginate: false }),
      );
      ids.push(...page.map(({ name }) => name?.slice(name.lastIndexOf('/') + 1) ?? ''));
      pageToken = answer?.nextPageToken ?? '';
    } while (pageToken !== '' && ids.length < max);
    return ids.slice(0, max);
  }

  async removeEach(paths: readonly string[]): Promise<void> {
    const { maxWritesPerRequest: maxItems } = this.#settings;
    for (const chunk of inChunks(paths, { maxItems })) {
      const request = { database: this.#name, writes: chunk.map((path) => ({ delete: this.#nameOf(path) })) };
      const [answer] = await this.#request((client, call) => client.batchWrite(request, call));
      for (const { code } of answer.status ?? []) this.#outcome(code ?? 0);
    }
  }

  async close(): Promise<void> {
    const client = await this.#client;
    await client?.close();
  }

  #open(): Promise<FirestoreClient> {
    this.#client ??= connect(this.#options);
    return this.#client;
  }

  async #request<T>(send: (client: FirestoreClient, call: CallOptions) => Promise<T>): Promise<T> {
    const { maxAttempts, retryDelayMillis } = this.#settings;
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await send(await this.#open(), this.#callOptions());
      } catch (error) {
        // A client that could not obtain credentials would answer with that error for ever.
        if (errorCode(error) === undefined) this.#client = undefined;
        if (attempt >= maxAttempts || !retriedCodes.has(errorCode(error))) {
          throw toUnavailable(this.#options.dependency, 'Firestore', error);
        }
        await this.#pause(retryDelayMillis * 2 ** (attempt - 1));
      }
    }
  }

  #pause(delayMillis: number): Promise<void> {
    const { clock = systemClock } = this.#options;
    return new Promise((resolve) => clock.after(delayMillis, resolve));
  }

  /** The retries of the client's own layers are off: they go on for minutes, and differ between calls and streams. */
  #callOptions(): CallOptions {
    return {
      timeout: this.#settings.rpcTimeoutMillis,
      retry: null,
      retryRequestOptions: { retries: 0, noResponseRetries: 0 },
      // The emulator takes BatchWrite from an administrator only; this is how its callers say that they are one.
      otherArgs: { headers: this.#options.emulatorHost === undefined ? {} : { authorization: 'Bearer owner' } },
    };
  }

  #nameOf(path: string): string {
    return `${this.#root}/${path}`;
  }

  #documentOf(document: protos.google.firestore.v1.IDocument): FirestoreDocument {
    return {
      path: (document.name ?? '').slice(this.#root.length + 1),
      fields: document.fields ?? {},
      version: versionOf(document.updateTime),
    };
  }

  #toProto({ path, fields, expected }: FirestoreWrite): protos.google.firestore.v1.IWrite {
    const currentDocument = expected === 'absent' ? { exists: false } : { updateTime: timestampOf(expected) };
    return { update: { name: this.#nameOf(path), fields }, currentDocument };
  }

  #outcome(code: number): 'written' | 'conflict' {
    if (code === grpcStatus.ok) return 'written';
    if (conflictCodes.has(code)) return 'conflict';
    throw toUnavailable(this.#options.dependency, 'Firestore', Object.assign(new Error('refused a write'), { code }));
  }
}

async function connect({ projectId, emulatorHost }: FirestoreOptions): Promise<FirestoreClient> {
  const [{ FirestoreClient: Client }, channel] = await Promise.all([
    import('@google-cloud/firestore-api/client_v1'),
    emulatorHost === undefined ? {} : emulatorChannel(emulatorHost),
  ]);
  const client = new Client({ projectId, ...channelOptions, ...channel });
  // Credentials are looked up now, where a failure is ours to answer; left to the client it is a rejection nobody awaits.
  await client.initialize();
  return client;
}

function readStream(
  client: FirestoreClient,
  request: { readonly database: string; readonly documents: string[] },
  call: CallOptions,
): Promise<protos.google.firestore.v1.IDocument[]> {
  return new Promise((resolve, reject) => {
    const found: protos.google.firestore.v1.IDocument[] = [];
    client
      .batchGetDocuments(request, call)
      .on('data', (answer: protos.google.firestore.v1.IBatchGetDocumentsResponse) => {
        if (answer.found) found.push(answer.found);
      })
      .on('error', reject)
      .on('end', () => resolve(found));
  });
}

/** Seconds and nanoseconds, which no number of JavaScript holds. */
function versionOf(time: protos.google.protobuf.ITimestamp | null | undefined): string {
  return `${String(time?.seconds ?? 0)}.${String(time?.nanos ?? 0).padStart(9, '0')}`;
}

function timestampOf(version: string): protos.google.protobuf.ITimestamp {
  const [seconds = '0', nanos = '0'] = version.split('.');
  return { seconds, nanos: Number(nanos) };
}
