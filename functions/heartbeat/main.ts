import { openBase } from '../../shared/adapters/gcp/openers/base.ts';
import { openWriteKey } from '../../shared/adapters/gcp/openers/keys.ts';
import { openRegistry } from '../../shared/adapters/gcp/openers/registry-read.ts';
import { register } from '../../shared/adapters/gcp/register.ts';
import { defaultHeartbeatConfig } from './config.ts';
import { start } from './function.ts';
import { needs } from './needs.ts';

register(
  needs,
  { base: openBase, databases: { registry: openRegistry }, secrets: { writeKey: openWriteKey } },
  start,
  defaultHeartbeatConfig,
);
