import { http } from '@google-cloud/functions-framework';
import { openRuntime } from '../../shared/adapters/gcp/runtime.ts';
import { makeLazyHandler } from '../../shared/http/lazy-handler.ts';
import { readSettings } from '../../shared/needs/settings.ts';
import { makeEncryptedQuarantine } from '../../shared/quarantine/quarantine-record.ts';
import { defaultIngestConfig } from './config.ts';
import { makeIngestFunction } from './function.ts';

const runtime = openRuntime('ingest', process.env);

http(
  'ingest',
  makeLazyHandler(async () => {
    const { publisher, random } = runtime;
    const publicKey = runtime.quarantinePublicKey();
    const topic = runtime.variable('EDI_QUARANTINE_TOPIC');
    const ports = {
      ...runtime,
      eventTypes: await runtime.openEventTypes(),
      writeKeys: runtime.openWriteKeys(),
      receivedTopic: runtime.variable('EDI_RECEIVED_TOPIC'),
      quarantine: makeEncryptedQuarantine({ publisher, topic, publicKey, random }),
    };
    const config = readSettings(defaultIngestConfig, process.env);
    return makeIngestFunction(ports, { ...config, projectId: runtime.projectId });
  }, runtime.observer),
);
