import { openBase } from '../../shared/adapters/gcp/openers/base.ts';
import { openEventRows } from '../../shared/adapters/gcp/openers/event-rows.ts';
import { openHashKey } from '../../shared/adapters/gcp/openers/keys.ts';
import { openMasterKeyset } from '../../shared/adapters/gcp/openers/master-keyset.ts';
import { openPublisher } from '../../shared/adapters/gcp/openers/publisher.ts';
import { openRegistry } from '../../shared/adapters/gcp/openers/registry-read.ts';
import { openSubjectKeys } from '../../shared/adapters/gcp/openers/subject-keys.ts';
import { openTopic } from '../../shared/adapters/gcp/openers/topic.ts';
import { register } from '../../shared/adapters/gcp/register.ts';
import { defaultExportSubjectConfig } from './config.ts';
import { start } from './function.ts';
import { needs } from './needs.ts';

register(
  needs,
  {
    base: openBase,
    publisher: openPublisher,
    topic: openTopic,
    databases: { registry: openRegistry, subjectKeys: openSubjectKeys },
    secrets: { hashKey: openHashKey, masterKeyset: openMasterKeyset },
    rows: { events: openEventRows },
  },
  start,
  defaultExportSubjectConfig,
);
