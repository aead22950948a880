import { openBase } from '../../shared/adapters/gcp/openers/base.ts';
import { openBucket } from '../../shared/adapters/gcp/openers/bucket.ts';
import { openHashKey, openNamedSecrets, openPublicKey } from '../../shared/adapters/gcp/openers/keys.ts';
import { openPublisher } from '../../shared/adapters/gcp/openers/publisher.ts';
import { openRegistry } from '../../shared/adapters/gcp/openers/registry-read.ts';
import { openTopic } from '../../shared/adapters/gcp/openers/topic.ts';
import { openWriteKeys } from '../../shared/adapters/gcp/openers/write-key-records.ts';
import { register } from '../../shared/adapters/gcp/register.ts';
import { defaultIngestConfig } from './config.ts';
import { start } from './function.ts';
import { needs } from './needs.ts';

register(
  needs,
  {
    base: openBase,
    publisher: openPublisher,
    topic: openTopic,
    databases: { registry: openRegistry, writeKeys: openWriteKeys },
    bucket: openBucket,
    secrets: { hashKey: openHashKey, publicKey: openPublicKey, namedSecrets: openNamedSecrets },
  },
  start,
  defaultIngestConfig,
);
