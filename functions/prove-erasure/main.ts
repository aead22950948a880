import { fetchIdentityToken } from '../../shared/adapters/gcp/identity-token.ts';
import { openBase } from '../../shared/adapters/gcp/openers/base.ts';
import { openEventRows } from '../../shared/adapters/gcp/openers/event-rows.ts';
import { openHashKey, openWriteKey } from '../../shared/adapters/gcp/openers/keys.ts';
import { openSubjectKeys } from '../../shared/adapters/gcp/openers/subject-keys.ts';
import { register } from '../../shared/adapters/gcp/register.ts';
import { defaultProveErasureConfig } from './config.ts';
import { start } from './function.ts';
import { needs } from './needs.ts';

register(
  needs,
  {
    base: openBase,
    databases: { subjectKeys: openSubjectKeys },
    secrets: { hashKey: openHashKey, writeKey: openWriteKey },
    rows: { events: openEventRows },
  },
  (ports, config) => start({ ...ports, tokenFor: fetchIdentityToken }, config),
  defaultProveErasureConfig,
);
