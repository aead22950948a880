import type { protos } from '@google-cloud/firestore-api';
import type { Clock } from '../../ports/clock.ts';
import { emulatorChannel } from './emulator-channel.ts';
import type { FirestoreFields } from './firestore-database.ts';

export interface WatchOptions {
  readonly projectId: string;
  readonly databaseId: string;
  readonly emulatorHost: string;
  readonly collection: string;
  readonly clock: Clock;
  /** Sees every document of the collection, and again when it changes; undefined: it is gone. */
  readonly onDocument: (path: string, fields: FirestoreFields | undefined) => void;
}

const reconnectMillis = 500;

/** Follows a collection of Google's emulator from its first document on (Listen, firestore.proto). Connects again when it is lost. */
export async function watchCollection(options: WatchOptions): Promise<{ close(): Promise<void> }> {
  const { projectId, databaseId, emulatorHost, collection, clock, onDocument } = options;
  const { FirestoreClient: Client } = await import('@google-cloud/firestore-api/client_v1');
  const client = new Client({ projectId, ...(await emulatorChannel(emulatorHost)) });
  const database = `projects/${projectId}/databases/${databaseId}`;
  const root = `${database}/documents`;
  const pathOf = (name: string | null | undefined) => (name ?? '').slice(root.length + 1);
  let closed = false;
  let cancel = () => {};

  function connect(): { end(): void } {
    const stream = client.listen({ otherArgs: { headers: { authorization: 'Bearer owner' } } });
    let lost = false;
    const again = () => {
      if (closed || lost) return;
      lost = true;
      cancel = clock.after(reconnectMillis, () => {
        current = connect();
      });
    };
    stream.on(
      'data',
      ({ documentChange, documentDelete, documentRemove }: protos.google.firestore.v1.IListenResponse) => {
        if (documentChange?.document)
          onDocument(pathOf(documentChange.document.name), documentChange.document.fields ?? {});
        if (documentDelete) onDocument(pathOf(documentDelete.document), undefined);
        if (documentRemove) onDocument(pathOf(documentRemove.document), undefined);
      },
    );
    stream.on('error', again);
    stream.on('end', again);
    const query = { parent: root, structuredQuery: { from: [{ collectionId: collection }] } };
    stream.write({ database, addTarget: { query, targetId: 1 } });
    return stream;
  }

  let current = connect();
  return {
    async close() {
      closed = true;
      cancel();
      current.end();
      await client.close();
    },
  };
}
