import { deserialize, serialize } from 'node:v8';
import { openDocumentCopies } from '../../../shared/adapters/embedded/document-copies.ts';
import { storagePath } from '../../../shared/adapters/embedded/storage-paths.ts';
import { openFirestore } from '../../../shared/adapters/gcp/firestore-client.ts';
import { patientFirestore } from '../../../shared/adapters/gcp/firestore-database.ts';
import { watchCollection } from '../../../shared/adapters/gcp/watch-collection.ts';
import { systemClock } from '../../../shared/adapters/system-clock.ts';
import { kinds } from '../../../shared/needs/kinds.ts';
import { describeError } from '../../../shared/observe/describe-error.ts';
import type { Observer } from '../../../shared/observe/observer.ts';
import { emulatorProject } from './emulator-environment.ts';

const collection = 'subjectKeys';
const maxDocuments = 1_000_000;

/**
 * Keys of data subjects outlive the emulator, as the rows do that were made with them: without, one person would have
 * another pseudonym after each start. Puts back what the data folder has, then copies every change there. `stop` comes
 * after the functions have ended and before the emulator does.
 */
export async function keepSubjectKeys(
  dataFolder: string,
  emulatorHost: string,
  observer: Observer,
): Promise<{ stop(): Promise<void> }> {
  const { id } = kinds.databases.subjectKeys;
  const place = { projectId: emulatorProject, databaseId: id, emulatorHost };
  const database = openFirestore({ dependency: id, ...place, settings: patientFirestore });
  const copies = openDocumentCopies({ path: storagePath(dataFolder, 'emulatorSubjectKeys') });
  const kept = copies.all().map(({ path, document }) => ({ path, fields: deserialize(document), expected: 'absent' }));
  await database.writeEach(kept);
  const put = (path: string, fields: object) => copies.put(path, serialize(fields));
  const watching = await watchCollection({
    ...place,
    collection,
    clock: systemClock,
    onDocument(path, fields) {
      try {
        if (fields === undefined) copies.remove(path);
        else put(path, fields);
      } catch (error) {
        observer.log('ERROR', 'a key could not be copied to the data folder', describeError(error));
      }
    },
  });
  return {
    async stop() {
      await watching.close();
      for (const { path, fields } of await database.list(collection, maxDocuments)) put(path, fields);
      copies.close();
      await database.close();
    },
  };
}
