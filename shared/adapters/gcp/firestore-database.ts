import type { protos } from '@google-cloud/firestore-api';
import type { Dependency } from '../../outcome/outcome.ts';
import type { Clock } from '../../ports/clock.ts';

export type FirestoreValue = protos.google.firestore.v1.IValue;
export type FirestoreFields = Readonly<Record<string, FirestoreValue>>;

export interface FirestoreDocument {
  /** Below the root of the database: `collection/document`. */
  readonly path: string;
  readonly fields: FirestoreFields;
  /** The time of the last write, in full precision. */
  readonly version: string;
}

export interface FirestoreWrite {
  readonly path: string;
  /** The whole document. */
  readonly fields: FirestoreFields;
  /** Precondition: the version that was read, or `absent`. */
  readonly expected: string | 'absent';
}

/** The few requests of Firestore that the adapters need. All reject with `Unavailable`. */
export interface FirestoreDatabase {
  /** The documents that exist, by path. One BatchGetDocuments request up to `maxReadsPerRequest`. */
  read(paths: readonly string[]): Promise<ReadonlyMap<string, FirestoreDocument>>;
  /** One BatchWrite request (within its limits); each write by itself, answers in order. */
  writeEach(writes: readonly FirestoreWrite[]): Promise<('written' | 'conflict')[]>;
  /** One Commit request: all of the writes or none. At most `maxWritesPerRequest`. */
  commit(writes: readonly FirestoreWrite[]): Promise<'committed' | 'conflict'>;
  /** All documents of a collection, in the order of their ids. Throws a `RangeError` beyond `maxDocuments`. */
  list(collection: string, maxDocuments: number): Promise<FirestoreDocument[]>;
  /** Ids of the documents of a collection, which may stand below a document; at most `max`, in their order. */
  listIds(collection: string, max: number): Promise<string[]>;
  /** Removes documents, whether they are there or not. Within the limits of `writeEach`. */
  removeEach(paths: readonly string[]): Promise<void>;
  /** Closes the connection; later requests reject. */
  close(): Promise<void>;
}

export interface FirestoreSettings {
  /** Longest wait for the answer to one attempt. Default 5,000. */
  readonly rpcTimeoutMillis: number;
  /** Attempts of a request that Firestore turned away; one that timed out is not tried again. Default 3. */
  readonly maxAttempts: number;
  /** Wait before the second attempt; before the third it is twice that, and so on. Default 100. */
  readonly retryDelayMillis: number;
  /** BatchWrite's limit is 500 (firestore.proto, BatchWriteRequest), which the emulator does not enforce. */
  readonly maxWritesPerRequest: number;
  /** Default 9,000,000; Firestore takes 10 MiB (product documentation, "Usage and limits"). */
  readonly maxRequestBytes: number;
  /** Default 1,000: bounds what one answer holds. */
  readonly maxReadsPerRequest: number;
}

export const firestoreDefaults: FirestoreSettings = {
  rpcTimeoutMillis: 5_000,
  maxAttempts: 3,
  retryDelayMillis: 100,
  maxWritesPerRequest: 500,
  maxRequestBytes: 9_000_000,
  maxReadsPerRequest: 1_000,
};

/**
 * For whoever can wait: the command of a person, who has nobody to try again, and what talks to an emulator that has just
 * started on a busy machine. A function has the platform, and answers within its own time.
 */
export const patientFirestore = { rpcTimeoutMillis: 60_000 } as const;

export interface FirestoreOptions {
  /** Name in `Unavailable`. */
  readonly dependency: Dependency;
  readonly projectId: string;
  /** Firestore's IAM is per database, so claims, subject keys, write keys and registry have one each. */
  readonly databaseId: string;
  /** `host:port` of Google's emulator. */
  readonly emulatorHost?: string;
  readonly settings?: Partial<FirestoreSettings>;
  readonly clock?: Clock;
}
