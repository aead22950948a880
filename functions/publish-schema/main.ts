import { openAuthenticator } from '../../shared/adapters/gcp/openers/authenticator.ts';
import { openBase } from '../../shared/adapters/gcp/openers/base.ts';
import { openBucket } from '../../shared/adapters/gcp/openers/bucket.ts';
import { openDescribed } from '../../shared/adapters/gcp/openers/described.ts';
import { openPublisher } from '../../shared/adapters/gcp/openers/publisher.ts';
import { openPublishingRegistry } from '../../shared/adapters/gcp/openers/registry-write.ts';
import { openTopic } from '../../shared/adapters/gcp/openers/topic.ts';
import { register } from '../../shared/adapters/gcp/register.ts';
import { defaultPublishSchemaConfig } from './config.ts';
import { start } from './function.ts';
import { needs } from './needs.ts';

register(
  needs,
  {
    base: openBase,
    publisher: openPublisher,
    topic: openTopic,
    databases: { registry: openPublishingRegistry },
    bucket: openBucket,
    described: openDescribed,
    authenticator: openAuthenticator,
  },
  start,
  defaultPublishSchemaConfig,
);
