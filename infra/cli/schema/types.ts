import type { Command } from 'commander';
import type { CommandIo } from '../command-io.ts';
import { schemaFolder } from '../find-deployment.ts';

interface TypesFlags {
  readonly schemas: string;
  readonly out?: string;
  readonly json: boolean;
}

/** Adds `edi schema types`. */
export function addTypesCommand(schema: Command, io: CommandIo): void {
  schema
    .command('types')
    .description('write TypeScript types of the events that may be sent, and a typed signature for `track`')
    .option('--schemas <folder>', 'the event types', schemaFolder)
    .option('--out <file>', 'where to write them (default: standard output)')
    .option('--json', 'print one JSON object {"types","code"}', false)
    .action(async (flags: TypesFlags) => {
      const { runTypes } = await import('./run-types.ts');
      await runTypes(flags, io);
    });
}
