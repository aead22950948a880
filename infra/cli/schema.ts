import type { Command } from 'commander';
import type { CommandIo } from './command-io.ts';
import { addBigQueryCommand } from './schema/bigquery.ts';
import { addCheckCommand } from './schema/check.ts';
import { addCompatCommand } from './schema/compat.ts';
import { addDocsCommand } from './schema/docs.ts';
import { addFormatCommand } from './schema/format.ts';
import { addLockCommand } from './schema/lock.ts';
import { addNewCommand } from './schema/new.ts';
import { addPublishCommand } from './schema/publish.ts';
import { addStatusCommand } from './schema/status.ts';
import { addTypesCommand } from './schema/types.ts';

/**
 * Adds `edi schema …`: each command has a file of its own in `schema/`, and loads what it needs when it runs. `exit` sets
 * the exit code of a command that did its work and found something wrong.
 */
export function addSchemaCommand(program: Command, io: CommandIo, exit: (code: number) => void): void {
  const schema = program
    .command('schema')
    .description('work with the schemas of event types: locally, but for publish and status');
  addNewCommand(schema, io, exit);
  addCheckCommand(schema, io, exit);
  addCompatCommand(schema, io, exit);
  addBigQueryCommand(schema, io, exit);
  addTypesCommand(schema, io);
  addFormatCommand(schema, io, exit);
  addLockCommand(schema, io, exit);
  addPublishCommand(schema, io, exit);
  addStatusCommand(schema, io, exit);
  addDocsCommand(schema, io);
}
