import { http } from '@google-cloud/functions-framework';
import { openRuntime } from '../../shared/adapters/gcp/runtime.ts';
import { createBigQueryTableReader } from '../../shared/adapters/gcp/table-reader.ts';
import { makeLazyHandler } from '../../shared/http/lazy-handler.ts';
import { readSettings } from '../../shared/needs/settings.ts';
import { defaultPublishSchemaConfig } from './config.ts';
import { makePublishSchemaFunction } from './function.ts';

const runtime = openRuntime('publish-schema', process.env);

http(
  'publish-schema',
  makeLazyHandler(async () => {
    const ports = {
      ...runtime,
      authenticator: runtime.openPushAuthenticator(),
      registry: runtime.openPublishingRegistry(),
      schemas: runtime.openBucket('EDI_SCHEMA_BUCKET'),
      schemaBucket: runtime.variable('EDI_SCHEMA_BUCKET'),
      snapshots: runtime.openBucket('EDI_SNAPSHOT_BUCKET'),
      tables: createBigQueryTableReader(runtime),
      dataset: runtime.variable('EDI_EVENT_DATASET'),
    };
    return makePublishSchemaFunction(ports, readSettings(defaultPublishSchemaConfig, process.env));
  }, runtime.observer),
);
