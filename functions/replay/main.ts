import { openBase } from '../../shared/adapters/gcp/openers/base.ts';
import { openBucket } from '../../shared/adapters/gcp/openers/bucket.ts';
import { openPrivateKey } from '../../shared/adapters/gcp/openers/keys.ts';
import { openPublisher } from '../../shared/adapters/gcp/openers/publisher.ts';
import { openQuarantineTable } from '../../shared/adapters/gcp/openers/quarantine-table.ts';
import { openRegistry } from '../../shared/adapters/gcp/openers/registry-read.ts';
import { openReplays } from '../../shared/adapters/gcp/openers/replays.ts';
import { openTopic } from '../../shared/adapters/gcp/openers/topic.ts';
import { register } from '../../shared/adapters/gcp/register.ts';
import { defaultReplayConfig } from './config.ts';
import { start } from './function.ts';
import { needs } from './needs.ts';

register(
  needs,
  {
    base: openBase,
    publisher: openPublisher,
    topic: openTopic,
    databases: { registry: openRegistry, replays: openReplays },
    bucket: openBucket,
    secrets: { privateKey: openPrivateKey },
    rows: { quarantine: openQuarantineTable },
  },
  start,
  defaultReplayConfig,
);
