import { FirestoreClient } from '@google-cloud/firestore-api/client_v1';
import type { FirestoreDatabase } from '../../shared/adapters/gcp/firestore-database.ts';
import { fieldsBytes } from '../../shared/adapters/gcp/firestore-values.ts';

/** What Firestore is asked for. All but `requests` is what it bills, or refuses. */
export interface RequestCounts {
  /** As Google's client sends them, its retries included. */
  readonly requests: number;
  /** Documents asked for; Firestore bills an absent one as one read, too. */
  readonly reads: number;
  /** Documents written or refused. */
  readonly writes: number;
  /** Writes refused, because the document had changed or was there already. */
  readonly conflicts: number;
  /** Documents that are new. Each is deleted once, by its TTL, which is billed too. */
  readonly documents: number;
  /** Fields of the documents that were read and written. */
  readonly bytes: number;
}

export interface CountedDatabase extends FirestoreDatabase {
  /** What was counted since the last call. */
  take(): RequestCounts;
}

let requestsSent = 0;

/** Counts the requests of every Firestore client in this process, where they leave our code for Google's. */
function countRequests(): void {
  for (const method of ['batchGetDocuments', 'batchWrite'] as const) {
    const send = FirestoreClient.prototype[method];
    Object.defineProperty(FirestoreClient.prototype, method, {
      value(this: FirestoreClient, ...args: unknown[]) {
        requestsSent++;
        return Reflect.apply(send, this, args);
      },
    });
  }
}
countRequests();

const nothing: RequestCounts = { requests: 0, reads: 0, writes: 0, conflicts: 0, documents: 0, bytes: 0 };

/** The database, counting. One of them works at a time, since requests are counted for the whole process. */
export function countDatabase(database: FirestoreDatabase): CountedDatabase {
  let sum = { ...nothing };
  let sentBefore = requestsSent;
  return {
    async read(paths) {
      const found = await database.read(paths);
      sum.reads += new Set(paths).size;
      for (const { fields } of found.values()) sum.bytes += fieldsBytes(fields);
      return found;
    },
    async writeEach(writes) {
      const results = await database.writeEach(writes);
      sum.writes += writes.length;
      for (const [at, { fields, expected }] of writes.entries()) {
        sum.bytes += fieldsBytes(fields);
        if (results[at] === 'conflict') sum.conflicts++;
        else if (expected === 'absent') sum.documents++;
      }
      return results;
    },
    commit: (writes) => database.commit(writes),
    list: (collection, maxDocuments) => database.list(collection, maxDocuments),
    listIds: (collection, max) => database.listIds(collection, max),
    removeEach: (paths) => database.removeEach(paths),
    close: () => database.close(),
    take() {
      const taken = { ...sum, requests: requestsSent - sentBefore };
      sum = { ...nothing };
      sentBefore = requestsSent;
      return taken;
    },
  };
}

/** The counts for a thousand of `events`. */
export function perThousand(counts: RequestCounts, events: number): RequestCounts {
  const scaled = Object.entries(counts).map(([name, count]) => [name, (count * 1_000) / events]);
  return { ...nothing, ...Object.fromEntries(scaled) };
}
