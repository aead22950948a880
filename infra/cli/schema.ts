import type { Command } from 'commander';
import type { CommandIo } from './command-io.ts';

/** Adds `edi schema …`: each command has a file of its own in `schema/`. */
export function addSchemaCommand(program: Command, _io: CommandIo): void {
  program.command('schema').description('work with the schemas of event types, without a network');
}
