import { openBase } from '../../shared/adapters/gcp/openers/base.ts';
import { openBucket } from '../../shared/adapters/gcp/openers/bucket.ts';
import { openRegistry } from '../../shared/adapters/gcp/openers/registry-read.ts';
import { openTableStatements } from '../../shared/adapters/gcp/openers/table-statements.ts';
import { register } from '../../shared/adapters/gcp/register.ts';
import { defaultScrubPropertyConfig } from './config.ts';
import { start } from './function.ts';
import { needs } from './needs.ts';

register(
  needs,
  { base: openBase, databases: { registry: openRegistry }, bucket: openBucket, statements: openTableStatements },
  start,
  defaultScrubPropertyConfig,
);
