import { http } from '@google-cloud/functions-framework';
import { openMasterKeyset } from '../../shared/adapters/gcp/open-master-keyset.ts';
import { openRuntime } from '../../shared/adapters/gcp/runtime.ts';
import { makeLazyHandler } from '../../shared/http/lazy-handler.ts';
import { readSettings } from '../../shared/needs/settings.ts';
import { makeEncryptedQuarantine } from '../../shared/quarantine/quarantine-record.ts';
import { defaultPseudonymizeConfig } from './config.ts';
import { makePseudonymizeFunction } from './function.ts';
import { makeSubjectKeys } from './subject-keys.ts';

const runtime = openRuntime('pseudonymize', process.env);

http(
  'pseudonymize',
  makeLazyHandler(async () => {
    const { publisher, random } = runtime;
    const config = readSettings(defaultPseudonymizeConfig, process.env);
    const records = runtime.openSubjectKeyRecords();
    const master = await openMasterKeyset(runtime, process.env);
    const publicKey = runtime.quarantinePublicKey();
    const topicPrefix = runtime.variable('EDI_EVENT_TOPIC_PREFIX');
    const ports = {
      ...runtime,
      authenticator: runtime.openPushAuthenticator(),
      eventTypes: await runtime.openEventTypes(),
      subjectKeys: makeSubjectKeys({
        ...runtime,
        records,
        master,
        lookupKey: runtime.hashKey('EDI_LOOKUP_KEY'),
        config,
      }),
      topicOf: (type: string) => `${topicPrefix}${type}`,
      quarantine: makeEncryptedQuarantine({
        publisher,
        topic: runtime.variable('EDI_QUARANTINE_TOPIC'),
        publicKey,
        random,
      }),
      identityKey: runtime.hashKey('EDI_IDENTITY_KEY'),
    };
    return makePseudonymizeFunction(ports, config);
  }, runtime.observer),
);
