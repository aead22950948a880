import { http } from '@google-cloud/functions-framework';
import { openRuntime } from '../../shared/adapters/gcp/runtime.ts';
import { makeLazyHandler } from '../../shared/http/lazy-handler.ts';
import { readSettings } from '../../shared/needs/settings.ts';
import { defaultDedupConfig } from './config.ts';
import { makeDedupFunction } from './function.ts';

const runtime = openRuntime('dedup', process.env);

http(
  'dedup',
  makeLazyHandler(async () => {
    const ports = {
      ...runtime,
      authenticator: runtime.openPushAuthenticator(),
      eventTypes: await runtime.openEventTypes(),
      documents: runtime.openClaimDocuments(),
      deduplicatedTopic: runtime.variable('EDI_DEDUPLICATED_TOPIC'),
      claimsKey: runtime.hashKey('EDI_CLAIMS_KEY'),
    };
    return makeDedupFunction(ports, readSettings(defaultDedupConfig, process.env));
  }, runtime.observer),
);
