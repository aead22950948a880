import { http } from '@google-cloud/functions-framework';
import { openBase } from '../../shared/adapters/gcp/openers/base.ts';
import { openBucket } from '../../shared/adapters/gcp/openers/bucket.ts';
import { openHashKey, openPublicKey } from '../../shared/adapters/gcp/openers/keys.ts';
import { openPublisher } from '../../shared/adapters/gcp/openers/publisher.ts';
import { openRegistry } from '../../shared/adapters/gcp/openers/registry-read.ts';
import { openTopic } from '../../shared/adapters/gcp/openers/topic.ts';
import { openWriteKeys } from '../../shared/adapters/gcp/openers/write-key-records.ts';
import { makeLazyHandler } from '../../shared/http/lazy-handler.ts';
import { openPorts } from '../../shared/needs/open-ports.ts';
import { readSettings } from '../../shared/needs/settings.ts';
import { defaultIngestConfig } from './config.ts';
import { start } from './function.ts';
import { needs } from './needs.ts';

const base = openBase(process.env, needs);
const open = () =>
  openPorts(
    needs,
    {
      base: () => base,
      publisher: openPublisher,
      topic: openTopic,
      databases: { registry: openRegistry, writeKeys: openWriteKeys },
      bucket: openBucket,
      secrets: { hashKey: openHashKey, publicKey: openPublicKey },
    },
    process.env,
  );

http(
  needs.name,
  makeLazyHandler(async () => start(open(), readSettings(defaultIngestConfig, process.env)), base.observer),
);
