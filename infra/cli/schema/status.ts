import type { Command } from 'commander';
import { CliError } from '../cli-error.ts';
import type { CommandIo } from '../command-io.ts';
import { reasonLines } from './publication-text.ts';
import { addTargetOptions, openSchemaTarget, type SchemaState, type TargetFlags } from './schema-target.ts';

interface StatusFlags extends TargetFlags {
  readonly json: boolean;
}

/** Adds `edi schema status`. Tests open targets of their own. */
export function addStatusCommand(
  schema: Command,
  io: CommandIo,
  exit: (code: number) => void,
  open = openSchemaTarget,
): void {
  const command = schema
    .command('status')
    .description('show the active revisions, and why the last upload was refused')
    .argument('[type]', 'this type only, as <domain>.<event>.v<major>, or sdks.json')
    .option('--json', 'print JSON', false);
  addTargetOptions(command).action(async (type: string | undefined, flags: StatusFlags, self: Command) => {
    const target = await open(flags, self);
    try {
      const state = chosen(await target.state(), type);
      await io.out.write(flags.json ? `${JSON.stringify(state, null, 2)}\n` : statusText(state));
      const failed = state.attempts.some(({ outcome }) => outcome === 'refused' || outcome === 'waiting');
      exit(type !== undefined && failed ? 1 : 0);
    } finally {
      await target.close();
    }
  });
}

function chosen(state: SchemaState, type: string | undefined): SchemaState {
  if (type === undefined) return state;
  const types = state.types.filter((each) => each.type === type);
  const attempts = state.attempts.filter(({ subject }) => subject === type);
  if (types.length + attempts.length > 0) return { version: state.version, types, attempts };
  throw new CliError(`nothing is known of ${type}: neither is a revision active, nor was one uploaded`);
}

function statusText({ version, types, attempts }: SchemaState): string {
  const lines = [`registry version ${version}`];
  for (const { type, revision, stage, activatedAtMillis } of types) {
    const how = stage === 'retired' ? 'retired, accepted no more' : `${stage}, active`;
    lines.push(`${type}  revision ${revision}, ${how} since ${new Date(activatedAtMillis).toISOString()}`);
  }
  for (const attempt of attempts) {
    if (attempt.outcome !== 'refused' && attempt.outcome !== 'waiting') continue;
    const at = new Date(attempt.atMillis).toISOString();
    lines.push(`${attempt.subject}  upload of ${attempt.object} ${attempt.outcome}, ${at}`, ...reasonLines(attempt));
  }
  return `${lines.join('\n')}\n`;
}
