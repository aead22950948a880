import { http } from '@google-cloud/functions-framework';
import { openAuthenticator } from '../../shared/adapters/gcp/openers/authenticator.ts';
import { openBase } from '../../shared/adapters/gcp/openers/base.ts';
import { openBucket } from '../../shared/adapters/gcp/openers/bucket.ts';
import { openDescribed } from '../../shared/adapters/gcp/openers/described.ts';
import { openPublishingRegistry } from '../../shared/adapters/gcp/openers/registry-write.ts';
import { makeLazyHandler } from '../../shared/http/lazy-handler.ts';
import { openPorts } from '../../shared/needs/open-ports.ts';
import { readSettings } from '../../shared/needs/settings.ts';
import { defaultPublishSchemaConfig } from './config.ts';
import { start } from './function.ts';
import { needs } from './needs.ts';

const base = openBase(process.env, needs);
const open = () =>
  openPorts(
    needs,
    {
      base: () => base,
      databases: { registry: openPublishingRegistry },
      bucket: openBucket,
      described: openDescribed,
      authenticator: openAuthenticator,
    },
    process.env,
  );

http(
  needs.name,
  makeLazyHandler(async () => start(open(), readSettings(defaultPublishSchemaConfig, process.env)), base.observer),
);
