import type { Command } from 'commander';
import { datasets } from '../naming.ts';
import { lossesView } from '../operations.ts';
import type { Dialect } from '../sql-dialect.ts';
import type { CommandIo } from './command-io.ts';
import { addOperationsOptions, type OpenReader, type OperationsFlags, openOperations } from './operations-rows.ts';
import { jsonText, tableText } from './output-text.ts';

interface LossesFlags extends OperationsFlags {
  readonly json: boolean;
}

const columns = ['day', 'stage', 'reason', 'type', 'sdk', 'events'];
/** Of one answer; a row holds a day, however many were lost. */
const maxRows = 1_000;

/** Adds `edi losses`: what was acknowledged and is gone. Tests read an environment of their own. */
export function addLossesCommand(program: Command, io: CommandIo, openReader?: OpenReader): void {
  addOperationsOptions(program.command('losses'))
    .description('count the events that were acknowledged and are gone, by day, stage, reason, type and SDK')
    .option('--json', 'print JSON', false)
    .action(async ({ json, ...flags }: LossesFlags) => {
      const rows = await (await openOperations(flags, openReader)).rows(lossesQuery);
      if (json) return io.out.write(jsonText(rows));
      await io.out.write(rows.length === 0 ? 'nothing was lost\n' : tableText(rows, columns));
    });
}

/** The latest days first. */
function lossesQuery({ table }: Dialect): string {
  return `SELECT CAST(day AS STRING) AS day, stage, reason, type, sdk, events
FROM ${table(datasets.operations, lossesView)}
ORDER BY day DESC, stage, reason, type, sdk LIMIT ${maxRows}`;
}
