import { type Command, Option } from 'commander';
import { isJsonObject, type JsonObject, type JsonValue } from '../../shared/event/json.ts';
import { rejectReasons } from '../../shared/outcome/outcome.ts';
import { CliError } from './cli-error.ts';
import type { CommandIo, Output } from './command-io.ts';
import { schemaFolder } from './find-deployment.ts';
import {
  addFunctionTargetOptions,
  askOnce,
  type FunctionTarget,
  type FunctionTargetFlags,
  openFunctionTarget,
  otherVersionOf,
} from './function-target.ts';
import { jsonText, tableText } from './output-text.ts';
import { expectedIn } from './schema-types.ts';
import { typeOption } from './type-option.ts';

interface ListFlags extends FunctionTargetFlags {
  readonly reason?: string;
  readonly type?: string;
  readonly json: boolean;
}

/** Adds `edi quarantine list`. */
export function addQuarantineCommand(program: Command, io: CommandIo, open = openFunctionTarget('replay')): void {
  const quarantine = program.command('quarantine').description('list what was refused; `edi replay` sends it again');
  addFunctionTargetOptions(quarantine.command('list'))
    .description(
      'count the events in quarantine by reason and type, each once however often it was refused; with one of their faults',
    )
    .addOption(reasonOption())
    .addOption(typeOption())
    .option('--json', 'print JSON', false)
    .action(async (flags: ListFlags) => list(await open(flags), flags, io.out));
  quarantine
    .command('replay', { hidden: true })
    .allowUnknownOption()
    .allowExcessArguments()
    .action(() => {
      throw new CliError(
        '`edi quarantine replay` is now `edi replay`, with the same options: `edi replay --reason REASON`',
      );
    });
}

export function reasonOption(): Option {
  return new Option('--reason <reason>', 'why they were refused').choices(Object.keys(rejectReasons));
}

async function list(target: FunctionTarget, { reason, type, json }: ListFlags, out: Output): Promise<void> {
  const expectedAt = expectedIn(schemaFolder);
  const { groups } = await askOnce(target);
  if (!Array.isArray(groups)) throw otherVersionOf(target);
  const listed = groups
    .filter(isJsonObject)
    .filter((group) => (reason ?? group['reason']) === group['reason'] && (type ?? group['type']) === group['type'])
    .map((group) => ({
      reason: group['reason'] ?? null,
      type: group['type'] ?? null,
      events: Number(group['events']),
      occurrences: Number(group['occurrences']),
      oldest: timeText(group['oldestMillis']),
      newest: timeText(group['newestMillis']),
      replayed: Number(group['replayed']),
      fault: faultText(group),
      wanted: wantedText(group, expectedAt),
    }));
  if (json) return out.write(jsonText(listed));
  await out.write(
    tableText(listed, ['reason', 'type', 'events', 'occurrences', 'oldest', 'newest', 'replayed', 'fault', 'wanted']),
  );
}

/** Where one of the group is wrong, and by which rule; how many other such places there are. */
function faultText({ fault, faults }: JsonObject): string | null {
  if (!isJsonObject(fault)) return null;
  const others = Number(faults) - 1;
  return `${fault['path'] === '' ? '/' : fault['path']} ${fault['keyword']}${others > 0 ? ` and ${others} more` : ''}`;
}

/** What the schema of this checkout wants there, or the rule that was broken. */
function wantedText({ type, fault }: JsonObject, expectedAt: ReturnType<typeof expectedIn>): string | null {
  if (!isJsonObject(fault)) return null;
  return expectedAt(typeof type === 'string' ? type : '', String(fault['path']), String(fault['keyword'])) ?? null;
}

function timeText(millis: JsonValue | undefined): string {
  return new Date(Number(millis)).toISOString();
}
