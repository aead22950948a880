import { openBase } from '../../shared/adapters/gcp/openers/base.ts';
import { openRegistry } from '../../shared/adapters/gcp/openers/registry-read.ts';
import { openTableStatements } from '../../shared/adapters/gcp/openers/table-statements.ts';
import { register } from '../../shared/adapters/gcp/register.ts';
import { defaultFinishErasuresConfig } from './config.ts';
import { start } from './function.ts';
import { needs } from './needs.ts';

register(
  needs,
  { base: openBase, databases: { registry: openRegistry }, statements: openTableStatements },
  start,
  defaultFinishErasuresConfig,
);
