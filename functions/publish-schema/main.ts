import { http } from '@google-cloud/functions-framework';
import { openTransactionalFirestore } from '../../shared/adapters/gcp/firestore-transactions.ts';
import { createFirestorePublishingRegistry } from '../../shared/adapters/gcp/publishing-registry.ts';
import { openRuntime } from '../../shared/adapters/gcp/runtime.ts';
import { createBigQueryTableReader } from '../../shared/adapters/gcp/table-reader.ts';
import { makeLazyHandler } from '../../shared/http/lazy-handler.ts';
import { readSettings } from '../../shared/needs/settings.ts';
import { makeThreadedCheck } from './threaded-check.ts';
import { defaultPublishSchemaConfig } from './config.ts';
import { makePublishSchemaFunction } from './function.ts';

const runtime = openRuntime('publish-schema', process.env);
const emulatorHost = process.env['FIRESTORE_EMULATOR_HOST'];

http(
  'publish-schema',
  makeLazyHandler(async () => {
    const config = readSettings(defaultPublishSchemaConfig, process.env);
    const database = openTransactionalFirestore({
      dependency: 'registry',
      projectId: runtime.projectId,
      databaseId: runtime.variable('EDI_REGISTRY_DATABASE'),
      ...(emulatorHost ? { emulatorHost } : {}),
    });
    const ports = {
      ...runtime,
      authenticator: runtime.openPushAuthenticator(),
      registry: createFirestorePublishingRegistry({ database }),
      schemas: runtime.openBucket('EDI_SCHEMA_BUCKET'),
      schemaBucket: runtime.variable('EDI_SCHEMA_BUCKET'),
      snapshots: runtime.openBucket('EDI_SNAPSHOT_BUCKET'),
      tables: createBigQueryTableReader(runtime),
      dataset: runtime.variable('EDI_EVENT_DATASET'),
      checkSchema: makeThreadedCheck(config.maxCheckMillis),
    };
    return makePublishSchemaFunction(ports, config);
  }, runtime.observer),
);
