import type { Command } from 'commander';
import type { CommandIo } from './command-io.ts';
import { runningAt } from './find-deployment.ts';
import { askOperator } from './operator-client.ts';
import { urlOption } from './url-option.ts';

interface ResetFlags {
  readonly url: string;
  readonly yes: boolean;
}

const help = `
What was sent before is new afterwards: claims are forgotten, too. Schemas, write keys, the keys of people and their
erasures stay. The live page has a button for it.
`;

/** Adds `edi reset`: a local deployment begins anew, with the types that it has. */
export function addResetCommand(program: Command, { out }: CommandIo): void {
  program
    .command('reset')
    .description('empty every table and queue of a running local deployment; schemas and keys stay')
    .addOption(urlOption())
    .option('--yes', 'do it', false)
    .addHelpText('after', help)
    .action(async ({ url, yes }: ResetFlags, command: Command) => {
      const deployment = runningAt(url);
      if (!yes) {
        command.error(`error: this deletes every row and refused event of ${deployment.url}: say --yes`);
      }
      await askOperator(deployment, '/reset', {});
      await out.write(`${deployment.url} is empty; its schemas and keys stay\n`);
    });
}
