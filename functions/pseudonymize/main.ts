import { openAuthenticator } from '../../shared/adapters/gcp/openers/authenticator.ts';
import { openBase } from '../../shared/adapters/gcp/openers/base.ts';
import { openBucket } from '../../shared/adapters/gcp/openers/bucket.ts';
import { openHashKey, openPublicKey } from '../../shared/adapters/gcp/openers/keys.ts';
import { openMasterKeyset } from '../../shared/adapters/gcp/openers/master-keyset.ts';
import { openPublisher } from '../../shared/adapters/gcp/openers/publisher.ts';
import { openRegistry } from '../../shared/adapters/gcp/openers/registry-read.ts';
import { openSubjectKeys } from '../../shared/adapters/gcp/openers/subject-keys.ts';
import { openSubjectSources } from '../../shared/adapters/gcp/openers/subject-sources.ts';
import { openSubjectUses } from '../../shared/adapters/gcp/openers/subject-uses.ts';
import { openTopic, openTopicFamily } from '../../shared/adapters/gcp/openers/topic.ts';
import { register } from '../../shared/adapters/gcp/register.ts';
import { defaultPseudonymizeConfig } from './config.ts';
import { start } from './function.ts';
import { needs } from './needs.ts';

register(
  needs,
  {
    base: openBase,
    publisher: openPublisher,
    topic: openTopic,
    topicFamily: openTopicFamily,
    databases: {
      registry: openRegistry,
      subjectKeys: openSubjectKeys,
      subjectSources: openSubjectSources,
      subjectUses: openSubjectUses,
    },
    bucket: openBucket,
    secrets: { hashKey: openHashKey, publicKey: openPublicKey, masterKeyset: openMasterKeyset },
    authenticator: openAuthenticator,
  },
  start,
  defaultPseudonymizeConfig,
);
