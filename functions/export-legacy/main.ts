import { openAuthenticator } from '../../shared/adapters/gcp/openers/authenticator.ts';
import { openBase } from '../../shared/adapters/gcp/openers/base.ts';
import { openBucket } from '../../shared/adapters/gcp/openers/bucket.ts';
import { openHashKey, openPublicKey } from '../../shared/adapters/gcp/openers/keys.ts';
import { openLegacyExports } from '../../shared/adapters/gcp/openers/legacy-exports.ts';
import { openPublisher } from '../../shared/adapters/gcp/openers/publisher.ts';
import { openRegistry } from '../../shared/adapters/gcp/openers/registry-read.ts';
import { openTopic } from '../../shared/adapters/gcp/openers/topic.ts';
import { register } from '../../shared/adapters/gcp/register.ts';
import { defaultExportLegacyConfig } from './config.ts';
import { start } from './function.ts';
import { needs } from './needs.ts';

register(
  needs,
  {
    base: openBase,
    publisher: openPublisher,
    topic: openTopic,
    databases: { registry: openRegistry, exports: openLegacyExports },
    bucket: openBucket,
    secrets: { publicKey: openPublicKey, hashKey: openHashKey },
    authenticator: openAuthenticator,
  },
  start,
  defaultExportLegacyConfig,
);
