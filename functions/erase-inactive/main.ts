import { openBase } from '../../shared/adapters/gcp/openers/base.ts';
import { openErasures } from '../../shared/adapters/gcp/openers/erasures.ts';
import { openHashKey } from '../../shared/adapters/gcp/openers/keys.ts';
import { openPublisher } from '../../shared/adapters/gcp/openers/publisher.ts';
import { openSubjectKeyErasures } from '../../shared/adapters/gcp/openers/subject-key-erasures.ts';
import { openSubjectSources } from '../../shared/adapters/gcp/openers/subject-sources.ts';
import { openSubjectUses } from '../../shared/adapters/gcp/openers/subject-uses.ts';
import { openTopic } from '../../shared/adapters/gcp/openers/topic.ts';
import { register } from '../../shared/adapters/gcp/register.ts';
import { defaultEraseInactiveConfig } from './config.ts';
import { start } from './function.ts';
import { needs } from './needs.ts';

register(
  needs,
  {
    base: openBase,
    publisher: openPublisher,
    topic: openTopic,
    databases: {
      subjectKeys: openSubjectKeyErasures,
      subjectSources: openSubjectSources,
      subjectUses: openSubjectUses,
      erasures: openErasures,
    },
    secrets: { hashKey: openHashKey },
  },
  start,
  defaultEraseInactiveConfig,
);
