import type {
  DocumentData,
  DocumentReference,
  DocumentSnapshot,
  Firestore,
  Transaction,
} from '@google-cloud/firestore';
import type { Dependency } from '../../outcome/outcome.ts';
import type { Clock } from '../../ports/clock.ts';
import { Unavailable } from '../../ports/unavailable.ts';
import { systemClock } from '../system-clock.ts';
import { channelOptions } from './channel-options.ts';
import { inChunks } from './chunks.ts';
import { emulatorChannel } from './emulator-channel.ts';
import type { DocumentReader, PlainFields } from './plain-documents.ts';
import { grpcStatus, toUnavailable } from './unavailable.ts';

/** What a transaction reads holds until it is committed. Reads come before writes. */
export interface DocumentTransaction extends DocumentReader {
  /** Writes a document that must not be there. */
  create(path: string, fields: PlainFields): void;
  /** Writes the whole document, whether it is there or not. */
  set(path: string, fields: PlainFields): void;
}

/** Documents that are changed by what they hold, off the path of events. All reject with `Unavailable`. */
export interface TransactionalDatabase extends DocumentReader {
  /**
   * Runs `work` and commits its writes, all or none; begins anew when another transaction came between. An error that
   * `work` itself throws ends it without a write and is passed on as it is. Transactions of one instance run one after
   * another: those that read the same document would only wait for each other's locks.
   */
  transact<T>(work: (transaction: DocumentTransaction) => Promise<T>): Promise<T>;
  /** All documents of a collection, in the order of their ids. Throws a `RangeError` beyond `maxDocuments`. */
  list(collection: string, maxDocuments: number): Promise<PlainFields[]>;
  /** Closes the connection, after what is on its way; waits `rpcTimeoutMillis` for that. Later requests reject. */
  close(): Promise<void>;
}

interface TransactionSettings {
  /** Longest wait for an answer to one of these requests, with its turn and all attempts. Default 15,000. */
  readonly timeoutMillis: number;
  /** Longest wait for the answer to one attempt. Default 5,000. */
  readonly rpcTimeoutMillis: number;
  /**
   * How often a transaction begins that others come before, or that Firestore turns away; the client waits a second
   * before the second attempt and half as long again before each further one. Default 8, which `timeoutMillis` cuts.
   */
  readonly maxAttempts: number;
  /** Default 1,000: bounds what one answer holds. */
  readonly maxReadsPerRequest: number;
}

const transactionDefaults: TransactionSettings = {
  timeoutMillis: 15_000,
  rpcTimeoutMillis: 5_000,
  maxAttempts: 8,
  maxReadsPerRequest: 1_000,
};

/** As `patientFirestore`: for commands of people, and for emulators. */
export const patientTransactions = { timeoutMillis: 120_000, rpcTimeoutMillis: 60_000 } as const;

export interface TransactionOptions {
  /** Name in `Unavailable`. */
  readonly dependency: Dependency;
  readonly projectId: string;
  readonly databaseId: string;
  /** `host:port` of Google's emulator. The client itself prefers the variable FIRESTORE_EMULATOR_HOST, if that is set. */
  readonly emulatorHost?: string;
  readonly settings?: Partial<TransactionSettings>;
  readonly clock?: Clock;
}

/** Opens a Firestore database for transactions; the client and its modules are loaded with the first request. */
export function openTransactionalFirestore(options: TransactionOptions): TransactionalDatabase {
  return new Database(options);
}

/** The client's, or the transaction's: both get documents in one request. */
interface Getter {
  getAll(...references: DocumentReference[]): Promise<DocumentSnapshot[]>;
}

class Database implements TransactionalDatabase {
  readonly #options: TransactionOptions;
  readonly #settings: TransactionSettings;
  readonly #running = new Set<Promise<unknown>>();
  #firestore: Promise<Firestore> | undefined;
  #closed = false;
  /** Ends with the last transaction that was asked for. */
  #turn: Promise<unknown> = Promise.resolve();

  constructor(options: TransactionOptions) {
    this.#options = options;
    this.#settings = { ...transactionDefaults, ...options.settings };
  }

  async read(paths: readonly string[]): Promise<ReadonlyMap<string, PlainFields>> {
    const chunks = inChunks([...new Set(paths)], { maxItems: this.#settings.maxReadsPerRequest });
    const found = await this.#request((firestore) =>
      Promise.all(chunks.map((chunk) => readDocuments(firestore, firestore, chunk))),
    );
    return plainDocuments(found.flat());
  }

  async transact<T>(work: (transaction: DocumentTransaction) => Promise<T>): Promise<T> {
    const before = this.#turn;
    const own = new Set<unknown>();
    const answer = this.#request(async (firestore, isLate) => {
      await before;
      const { maxAttempts } = this.#settings;
      const attempt = (inner: Transaction) => {
        // Nobody waits any more; an error without a code ends the attempts.
        if (isLate()) return Promise.reject(new Error('timed out'));
        return runWork(work, { firestore, inner, own });
      };
      return await firestore.runTransaction(attempt, { maxAttempts });
    }, own);
    this.#turn = answer.catch(() => undefined);
    return await answer;
  }

  async list(collection: string, maxDocuments: number): Promise<PlainFields[]> {
    // In a transaction a query is tried as often as other reads; by itself the client goes on for ten minutes.
    const { docs } = await this.#request((firestore) =>
      firestore.runTransaction((inner) => inner.get(firestore.collection(collection).limit(maxDocuments + 1)), {
        readOnly: true,
      }),
    );
    if (docs.length <= maxDocuments) return docs.map((document) => plainFields(document.data()));
    throw new RangeError(`${collection} holds more than ${maxDocuments} documents, which one list cannot answer`);
  }

  async close(): Promise<void> {
    this.#closed = true;
    const opened = this.#firestore;
    if (opened === undefined) return;
    const ended = async () => {
      // A client that is terminated while it waits to try again rejects where nobody can catch it.
      await Promise.allSettled(this.#running);
      await (await opened).terminate();
    };
    await this.#inTime(ended, this.#settings.rpcTimeoutMillis).catch(() => undefined);
  }

  async #request<T>(
    send: (firestore: Firestore, isLate: () => boolean) => Promise<T>,
    own: ReadonlySet<unknown> = new Set(),
  ): Promise<T> {
    const { dependency } = this.#options;
    if (this.#closed) throw new Unavailable(dependency, 'the connection to Firestore is closed');
    try {
      return await this.#inTime((isLate) => {
        const sent = this.#open().then((firestore) => send(firestore, isLate));
        this.#running.add(sent);
        return sent.finally(() => this.#running.delete(sent));
      }, this.#settings.timeoutMillis);
    } catch (error) {
      throw own.has(error) ? error : toUnavailable(dependency, 'Firestore', error);
    }
  }

  async #inTime<T>(work: (isLate: () => boolean) => Promise<T>, timeoutMillis: number): Promise<T> {
    const { clock = systemClock } = this.#options;
    const { promise: timeout, reject } = Promise.withResolvers<never>();
    let late = false;
    const cancel = clock.after(timeoutMillis, () => {
      late = true;
      reject(Object.assign(new Error('no answer in time'), { code: grpcStatus.deadlineExceeded }));
    });
    try {
      return await Promise.race([work(() => late), timeout]);
    } finally {
      cancel();
    }
  }

  #open(): Promise<Firestore> {
    this.#firestore ??= connect(this.#options, this.#settings).catch((error: unknown) => {
      // Without credentials now, maybe with them the next time.
      this.#firestore = undefined;
      throw error;
    });
    return this.#firestore;
  }
}

async function connect(options: TransactionOptions, { rpcTimeoutMillis }: TransactionSettings): Promise<Firestore> {
  const { projectId, databaseId, emulatorHost } = options;
  const { Firestore: Client } = await import('@google-cloud/firestore');
  return new Client({
    projectId,
    databaseId,
    ...(emulatorHost === undefined ? await credentials() : await emulatorSettings(emulatorHost)),
    grpcOptions: channelOptions,
    clientConfig: boundedCalls(rpcTimeoutMillis),
  });
}

/** Looked up now, where a failure is ours to answer; left to the client it is a rejection that nobody awaits. */
async function credentials() {
  const { googleAuthLibrary } = await import('google-gax');
  const auth = new googleAuthLibrary.GoogleAuth({ scopes: ['https://www.googleapis.com/auth/datastore'] });
  return { authClient: await auth.getClient() };
}

async function emulatorSettings(emulatorHost: string) {
  const { authClient } = await emulatorChannel(emulatorHost);
  return { host: emulatorHost, ssl: false, authClient };
}

/** The retries of the generated client below are off: they go on for ten minutes, and the class above retries too. */
function boundedCalls(timeoutMillis: number) {
  const call = { timeout_millis: timeoutMillis, retry_codes_name: 'none' };
  const methods = { BatchGetDocuments: call, BeginTransaction: call, Commit: call, Rollback: call, RunQuery: call };
  return { interfaces: { 'google.firestore.v1.Firestore': { retry_codes: { none: [] }, methods } } };
}

interface RunningTransaction {
  readonly firestore: Firestore;
  readonly inner: Transaction;
  /** Where the errors go that are not the client's. */
  readonly own: Set<unknown>;
}

async function runWork<T>(
  work: (transaction: DocumentTransaction) => Promise<T>,
  { firestore, inner, own }: RunningTransaction,
): Promise<T> {
  const ofClient = new Set<unknown>();
  const read = async (paths: readonly string[]) => {
    const documents = await readDocuments(firestore, inner, paths).catch((error: unknown) => {
      ofClient.add(error);
      throw error;
    });
    return plainDocuments(documents);
  };
  const create = (path: string, fields: PlainFields) => void inner.create(firestore.doc(path), fields);
  const set = (path: string, fields: PlainFields) => void inner.set(firestore.doc(path), fields);
  try {
    return await work({ read, create, set });
  } catch (error) {
    if (!ofClient.has(error)) own.add(error);
    throw error;
  }
}

async function readDocuments(
  firestore: Firestore,
  getter: Getter,
  paths: readonly string[],
): Promise<DocumentSnapshot[]> {
  return paths.length === 0 ? [] : await getter.getAll(...paths.map((path) => firestore.doc(path)));
}

function plainDocuments(snapshots: readonly DocumentSnapshot[]): ReadonlyMap<string, PlainFields> {
  const found = new Map<string, PlainFields>();
  for (const snapshot of snapshots) {
    const data = snapshot.data();
    if (data !== undefined) found.set(snapshot.ref.path, plainFields(data));
  }
  return found;
}

function plainFields(data: DocumentData): PlainFields {
  return Object.fromEntries(Object.entries(data).map(([name, value]: [string, unknown]) => [name, plainValue(value)]));
}

function plainValue(value: unknown): string | number | Date {
  if (typeof value === 'string' || typeof value === 'number') return value;
  if (typeof value === 'object' && value !== null && 'toDate' in value && typeof value.toDate === 'function') {
    const date: unknown = value.toDate();
    if (date instanceof Date) return date;
  }
  throw new TypeError('a Firestore document holds a value that is neither text nor a number nor a time');
}
