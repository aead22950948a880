import type { Command } from 'commander';
import type { CommandIo } from './command-io.ts';
import { addDocsCommand } from './schema/docs.ts';

/** Adds `edi schema …`: each command has a file of its own in `schema/`. */
export function addSchemaCommand(program: Command, io: CommandIo): void {
  const schema = program.command('schema').description('work with the schemas of event types, without a network');
  addDocsCommand(schema, io);
}
