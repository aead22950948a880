import { type Command, InvalidArgumentError, Option } from 'commander';
import { formatRows } from '../../shared/adapters/embedded/duckdb/format.ts';
import { Unavailable } from '../../shared/ports/unavailable.ts';
import { isKeyId, type KeyAdmin } from '../../shared/write-keys/key-admin.ts';
import { identifyWriteKey } from '../../shared/write-keys/write-key.ts';
import { CliError } from './cli-error.ts';
import type { CommandIo, Output } from './command-io.ts';
import { findTarget } from './find-deployment.ts';
import { type KeyTarget, openKeyAdmin } from './key-admins.ts';
import { jsonText } from './output-text.ts';
import { urlOption } from './url-option.ts';

interface KeyFlags {
  readonly url: string;
  readonly data?: string;
  readonly project?: string;
  readonly database?: string;
  readonly json: boolean;
}

/** What a command does with the keys that it was pointed at. */
type KeyWork = (keys: KeyAdmin) => Promise<void>;

const shownOnce = 'This key is not shown again: only its hash is stored.';

/** Adds `edi keys create | list | revoke`. Tests open keys of their own. */
export function addKeysCommand(program: Command, io: CommandIo, open = openKeyAdmin): void {
  const { out } = io;
  const keys = program
    .command('keys')
    .description('create, list and revoke the write keys with which SDKs send')
    .addHelpText('after', targetHelp);

  async function run(flags: KeyFlags, command: Command, work: KeyWork): Promise<void> {
    const target = targetOf(flags, command);
    if (target.kind === 'environment' && target.emulatorHost !== undefined) {
      await io.err.write(
        `edi: these are the keys of the emulator at ${target.emulatorHost} (FIRESTORE_EMULATOR_HOST)\n`,
      );
    }
    try {
      const opened = await open(target);
      try {
        await work(opened.keys);
      } finally {
        await opened.close();
      }
    } catch (error) {
      throw error instanceof Unavailable ? unreachable(error, target) : error;
    }
  }

  addTargetOptions(keys.command('create'))
    .description('create a key for an SDK and print it, this once')
    .requiredOption('--sdk <name>', 'binding that it sends as')
    .action((flags: KeyFlags & { readonly sdk: string }, command: Command) =>
      run(flags, command, (admin) => createKey(admin, flags, out)),
    );
  addTargetOptions(keys.command('list'))
    .description('list key ids, their SDKs, and when they were created and revoked')
    .action((flags: KeyFlags, command: Command) => run(flags, command, (admin) => listKeys(admin, flags, out)));
  addTargetOptions(keys.command('revoke'))
    .description('end a key for good')
    .argument('<key-id>', 'as `keys list` shows it')
    .action((keyId: string, flags: KeyFlags, command: Command) => {
      if (!isKeyId(keyId)) command.error(notAnId(keyId));
      return run(flags, command, (admin) => revokeKey(admin, { keyId, json: flags.json }, out));
    });
}

const targetHelp = `
Without options the keys are those of the deployment at --url, or of what a stopped one left in --data. With --project and
--database they are an environment's; credentials are found as Google's client libraries find them.
`;

function addTargetOptions(command: Command): Command {
  return command
    .addOption(urlOption())
    .addOption(
      new Option('--data <folder>', 'of the deployment in this data folder instead').default(undefined, '.edi'),
    )
    .addOption(new Option('--project <id>', "of this Google Cloud project's environment").argParser(readProject))
    .addOption(new Option('--database <id>', 'Firestore database of the write keys').argParser(readDatabase))
    .option('--json', 'print JSON', false);
}

function readProject(text: string): string {
  if (/^([a-z0-9.-]+:)?[a-z][a-z0-9-]{4,28}[a-z0-9]$/.test(text)) return text;
  throw new InvalidArgumentError('Give the id of a project.');
}

function readDatabase(text: string): string {
  if (text === '(default)' || /^[a-z][a-z0-9-]{2,61}[a-z0-9]$/.test(text)) return text;
  throw new InvalidArgumentError('Give the id of a Firestore database.');
}

function targetOf(flags: KeyFlags, command: Command): KeyTarget {
  const { project, database, data } = flags;
  if (project === undefined && database === undefined) return findTarget(flags, command);
  if (project === undefined || database === undefined) {
    return command.error('error: an environment is named by --project and --database');
  }
  // A URL in the environment variable is a habit, not a wish.
  if (data !== undefined || command.getOptionValueSource('url') === 'cli') {
    return command.error('error: --project and --database name an environment; --url and --data a local deployment');
  }
  const emulatorHost = process.env['FIRESTORE_EMULATOR_HOST'];
  return { kind: 'environment', projectId: project, databaseId: database, ...(emulatorHost ? { emulatorHost } : {}) };
}

/** Never what was given, which may be a key; who found one is told how to revoke it. */
function notAnId(text: string): string {
  const identity = identifyWriteKey(text);
  return identity === undefined
    ? 'error: a key id is 16 hex digits, as `edi keys list` shows them'
    : `error: that is a key and not its id, which is ${identity.keyId}`;
}

function unreachable(error: Unavailable, target: KeyTarget): CliError {
  if (target.kind !== 'environment') return new CliError(error.message);
  const { projectId, databaseId } = target;
  const advice = 'Are they right, and does `gcloud auth application-default login` or a service account give access?';
  return new CliError(`database ${databaseId} of project ${projectId}: ${error.message}. ${advice}`);
}

interface CreateFlags {
  readonly sdk: string;
  readonly json: boolean;
}

async function createKey(keys: KeyAdmin, { sdk, json }: CreateFlags, out: Output): Promise<void> {
  const outcome = await keys.create(sdk);
  if (outcome.kind === 'unknown-sdk') {
    throw new CliError(`there is no SDK "${sdk}" in sdks.json. There are: ${outcome.sdks.join(', ') || 'none'}.`);
  }
  const { keyId, writeKey } = outcome;
  await out.write(
    json
      ? jsonText({ keyId, sdk, writeKey, note: shownOnce })
      : `key id  ${keyId}\nkey     ${writeKey}\n\n${shownOnce}\n`,
  );
}

async function listKeys(keys: KeyAdmin, { json }: { readonly json: boolean }, out: Output): Promise<void> {
  const listed = (await keys.list()).map(({ keyId, sdk, createdAtMillis, revokedAtMillis }) => ({
    keyId,
    sdk,
    createdAt: timeText(createdAtMillis),
    revokedAt: revokedAtMillis === undefined ? null : timeText(revokedAtMillis),
  }));
  if (json) return out.write(jsonText(listed));
  const columns = ['key id', 'sdk', 'created', 'revoked'].map((name) => ({ name, type: 'VARCHAR' }));
  const rows = listed.map(({ keyId, sdk, createdAt, revokedAt }) => [keyId, sdk, createdAt, revokedAt ?? '-']);
  await out.write(formatRows({ kind: 'rows', columns, rows, truncated: false }, 'table'));
}

interface RevokeFlags {
  readonly keyId: string;
  readonly json: boolean;
}

async function revokeKey(keys: KeyAdmin, { keyId, json }: RevokeFlags, out: Output): Promise<void> {
  const { kind, refusedWithinSeconds } = await keys.revoke(keyId);
  if (kind === 'unknown') throw new CliError(`there is no key ${keyId}: \`edi keys list\` shows all`);
  const done = kind === 'revoked' ? 'is revoked' : 'was revoked before';
  await out.write(
    json
      ? jsonText({ keyId, outcome: kind, refusedWithinSeconds })
      : `Key ${keyId} ${done}. Ingest refuses it everywhere within ${refusedWithinSeconds} seconds.\n`,
  );
}

function timeText(millis: number): string {
  return new Date(millis).toISOString();
}
