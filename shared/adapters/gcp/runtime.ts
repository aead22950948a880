import type { KeyObject } from 'node:crypto';
import { importHashKey } from '../../crypto/keyed-hash.ts';
import { importSealedBoxPublicKey } from '../../crypto/sealed-box.ts';
import { type EventTypes, makeEventTypes } from '../../event-types/event-types.ts';
import { readSnapshot } from '../../event-types/snapshot.ts';
import { requireVariable } from '../../needs/settings.ts';
import { makeJsonObserver } from '../../observe/json-observer.ts';
import type { Observer } from '../../observe/observer.ts';
import type { Dependency } from '../../outcome/outcome.ts';
import type { ClaimDocuments } from '../../ports/claim-documents.ts';
import type { Clock } from '../../ports/clock.ts';
import type { ObjectStore } from '../../ports/object-store.ts';
import type { Publisher } from '../../ports/publisher.ts';
import type { PushAuthenticator } from '../../ports/push-authenticator.ts';
import type { Random } from '../../ports/random.ts';
import type { SubjectKeyRecords } from '../../ports/subject-key-records.ts';
import type { WriteKeys } from '../../ports/write-keys.ts';
import { makeStoredWriteKeys } from '../../write-keys/stored-write-keys.ts';
import { systemClock } from '../system-clock.ts';
import { systemRandom } from '../system-random.ts';
import { createFirestoreClaimDocuments } from './claim-documents.ts';
import { type FirestoreDatabase, openFirestore } from './firestore-client.ts';
import { createCloudObjectStore } from './object-store.ts';
import { createPubSubPublisher } from './publisher.ts';
import { createPushAuthenticator } from './push-auth.ts';
import { createFirestoreRegistry } from './registry.ts';
import { createFirestoreSubjectKeyRecords } from './subject-key-records.ts';
import { createFirestoreWriteKeyRecords } from './write-keys.ts';

/** What every deployed function is made from. Opening costs nothing; connections are made with the first request. */
export interface GoogleCloudRuntime {
  readonly projectId: string;
  readonly clock: Clock;
  readonly random: Random;
  readonly observer: Observer;
  readonly publisher: Publisher;
  /** A variable that must be set. Throws `SettingError`. */
  variable(name: string): string;
  /** A secret of at least 32 bytes, base64. */
  hashKey(name: string): KeyObject;
  quarantinePublicKey(): KeyObject;
  /** The view of the registry, from the stored snapshot where there is one, refreshed once. */
  openEventTypes(): Promise<EventTypes>;
  /** The bucket that a variable names. */
  openBucket(variable: string): ObjectStore;
  openWriteKeys(): WriteKeys;
  openClaimDocuments(): ClaimDocuments;
  openSubjectKeyRecords(): SubjectKeyRecords;
  /** Checks who pushes; takes anybody beside the Pub/Sub emulator only. */
  openPushAuthenticator(): PushAuthenticator;
}

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * The Google Cloud ports of a function, from its environment: `GOOGLE_CLOUD_PROJECT`, a database id for each kind of
 * data (`EDI_REGISTRY_DATABASE`, …), and `PUBSUB_EMULATOR_HOST` and `FIRESTORE_EMULATOR_HOST` where emulators are used.
 */
export function openRuntime(component: string, environment: Environment): GoogleCloudRuntime {
  const clock = systemClock;
  const random = systemRandom;
  const writeLine = (line: string) => process.stdout.write(`${line}\n`);
  const countsIntervalMillis = Number(environment['EDI_COUNTS_INTERVAL_MILLIS'] ?? 10_000);
  const observer = makeJsonObserver({ component, clock, writeLine, countsIntervalMillis });
  const variable = (name: string) => requireVariable(environment, name);
  const projectId = variable('GOOGLE_CLOUD_PROJECT');
  const firestoreHost = environment['FIRESTORE_EMULATOR_HOST'];
  const pubsubHost = environment['PUBSUB_EMULATOR_HOST'];
  const databaseOf = (dependency: Dependency, name: string): FirestoreDatabase => {
    const databaseId = variable(name);
    return openFirestore({
      dependency,
      projectId,
      databaseId,
      ...(firestoreHost ? { emulatorHost: firestoreHost } : {}),
    });
  };
  return {
    projectId,
    clock,
    random,
    observer,
    publisher: createPubSubPublisher({ projectId, ...(pubsubHost ? { emulatorHost: pubsubHost } : {}) }),
    variable,
    hashKey: (name) => importHashKey(Buffer.from(variable(name), 'base64')),
    quarantinePublicKey: () => importSealedBoxPublicKey(Buffer.from(variable('EDI_QUARANTINE_PUBLIC_KEY'), 'base64')),
    async openEventTypes() {
      const registry = createFirestoreRegistry({ database: databaseOf('registry', 'EDI_REGISTRY_DATABASE') });
      const bucket = environment['EDI_SNAPSHOT_BUCKET'];
      const snapshot = bucket
        ? await readSnapshot(createCloudObjectStore({ projectId, bucket })).catch(() => undefined)
        : undefined;
      const onProblem = (type: string) => observer.log('ERROR', 'a published revision cannot be used', { type });
      const onVersion = (version: number) => observer.log('INFO', 'works with another registry version', { version });
      const eventTypes = makeEventTypes({ registry, clock, onProblem, onVersion, ...(snapshot ? { snapshot } : {}) });
      // With a snapshot the first request does not wait for the registry.
      if (snapshot === undefined) await eventTypes.refreshNow();
      return eventTypes;
    },
    openBucket: (name) => createCloudObjectStore({ projectId, bucket: variable(name) }),
    openWriteKeys() {
      const records = createFirestoreWriteKeyRecords({ database: databaseOf('write-keys', 'EDI_WRITE_KEYS_DATABASE') });
      return makeStoredWriteKeys({ records, clock });
    },
    openClaimDocuments: () => createFirestoreClaimDocuments({ database: databaseOf('claims', 'EDI_CLAIMS_DATABASE') }),
    openSubjectKeyRecords: () =>
      createFirestoreSubjectKeyRecords({ database: databaseOf('subject-keys', 'EDI_SUBJECT_KEYS_DATABASE') }),
    openPushAuthenticator: () =>
      createPushAuthenticator({
        clock,
        settings: pubsubHost
          ? { kind: 'off-for-emulator', pubsubEmulatorHost: pubsubHost }
          : {
              kind: 'oidc',
              audience: variable('EDI_PUSH_AUDIENCE'),
              serviceAccountEmail: variable('EDI_PUSH_SERVICE_ACCOUNT'),
            },
      }),
  };
}
