import { type Command, InvalidArgumentError, Option } from 'commander';
import { patientFirestore } from '../../../shared/adapters/gcp/firestore-database.ts';
import { isJsonObject, type JsonObject } from '../../../shared/event/json.ts';
import { readRegistry } from '../../../shared/event-types/read-registry.ts';
import { kinds } from '../../../shared/needs/kinds.ts';
import type { PublicationAttempt } from '../../../shared/ports/publications.ts';
import type { ActiveRevision } from '../../../shared/ports/registry.ts';
import { readAttempt } from '../../../shared/publication/attempt.ts';
import { withStage } from '../../local/operator-schemas.ts';
import type { RunningDeployment } from '../../local/running.ts';
import { databases } from '../../naming.ts';
import { CliError } from '../cli-error.ts';
import { envOption } from '../env-option.ts';
import { runningAt } from '../find-deployment.ts';
import { askOperator, otherVersion } from '../operator-client.ts';
import { urlOption } from '../url-option.ts';

/** What the registry says of a type. */
type ActiveType = Omit<ActiveRevision, 'schema'> & {
  /** `retired` is accepted no more. */
  readonly stage: string;
};

export interface SchemaState {
  readonly version: number;
  readonly types: readonly ActiveType[];
  readonly attempts: readonly PublicationAttempt[];
}

/** Where schemas are published. All calls reject with `CliError` or `Unavailable`. */
export interface SchemaTarget {
  /** The name that people know it by. */
  readonly name: string;
  /** Stores the object; resolves with its generation. */
  upload(object: string, text: string): Promise<string>;
  state(): Promise<SchemaState>;
  /** Where ingest answers, where that is known. */
  readonly ingestUrl?: string;
  close(): Promise<void>;
}

export interface TargetFlags {
  readonly url: string;
  readonly env: string;
  readonly project?: string;
  readonly bucket?: string;
  readonly database?: string;
}

const targetHelp = `
Without options schemas are those of the deployment at --url that runs on this machine. With --env they are those of an
environment of infra/environments, and --url is its ingest; --project, --bucket and --database name one that is not there.
Credentials are found as Google's client libraries find them.
`;

export function addTargetOptions(command: Command): Command {
  return command
    .addOption(urlOption())
    .addOption(envOption('whose schemas'))
    .addOption(new Option('--project <id>', "of this Google Cloud project's environment").argParser(readName))
    .addOption(new Option('--bucket <name>', 'bucket of the schemas').argParser(readName))
    .addOption(new Option('--database <id>', 'Firestore database of the registry').argParser(readName))
    .addHelpText('after', targetHelp);
}

function readName(text: string): string {
  if (/^[a-z0-9][a-z0-9.:_-]{1,99}$/.test(text)) return text;
  throw new InvalidArgumentError('Give a name in small letters, digits and dashes.');
}

export type OpenTarget = (flags: TargetFlags, command: Command) => Promise<SchemaTarget>;

/** Opens what the flags name. Throws `CliError` when nothing runs there. */
export const openSchemaTarget: OpenTarget = async (flags, command) => {
  const { url, env, project, bucket, database } = flags;
  const named = [project, bucket, database].filter((name) => name !== undefined);
  const givenUrl = command.getOptionValueSource('url') === 'default' ? undefined : url;
  if (env !== 'local') {
    if (named.length > 0) return command.error('error: --env names project, bucket and database already');
    return openEnvironment({ ...(await namesOf(env)), ingestUrl: givenUrl });
  }
  if (named.length === 0) return localTarget(runningAt(url));
  if (project === undefined || bucket === undefined || database === undefined) {
    return command.error('error: an environment is named by --project, --bucket and --database');
  }
  return openEnvironment({ project, bucket, database, ingestUrl: givenUrl });
};

/** What the stacks call the things of an environment. */
async function namesOf(env: string): Promise<Omit<EnvironmentNames, 'ingestUrl'>> {
  const [{ knownEnvironment }, { cloudNames }] = await Promise.all([
    import('../../known-environments.ts'),
    import('../../cloud-names.ts'),
  ]);
  const environment = await knownEnvironment(env);
  const bucket = cloudNames(environment).bucket(kinds.buckets.schemas);
  return { project: environment.projectId, bucket, database: databases.registry };
}

function localTarget(deployment: RunningDeployment): SchemaTarget {
  return {
    name: deployment.url,
    ingestUrl: deployment.url,
    async upload(object, text) {
      const { generation } = await askOperator(deployment, '/schemas', { object, text });
      if (typeof generation !== 'string') throw otherVersion(deployment);
      return generation;
    },
    async state() {
      const state = readState(await askOperator(deployment, '/schemas'));
      if (state === undefined) throw otherVersion(deployment);
      return state;
    },
    close: async () => {},
  };
}

function readState({ version, types, attempts }: JsonObject): SchemaState | undefined {
  if (typeof version !== 'number' || !Array.isArray(types) || !Array.isArray(attempts)) return undefined;
  return {
    version,
    types: types.flatMap((value) => {
      const { type, revision, stage, activatedAtMillis, contentHash } = isJsonObject(value) ? value : {};
      if (typeof type !== 'string' || typeof revision !== 'number') return [];
      const active = { type, revision, activatedAtMillis: Number(activatedAtMillis), contentHash: String(contentHash) };
      return [{ ...active, stage: String(stage) }];
    }),
    attempts: attempts.map(readAttempt).filter((attempt) => attempt !== undefined),
  };
}

interface EnvironmentNames {
  readonly project: string;
  readonly bucket: string;
  readonly database: string;
  readonly ingestUrl: string | undefined;
}

/** Whoever publishes needs to write the bucket and read the registry; deployment does the same with Terraform. */
async function openEnvironment({ project, bucket, database, ingestUrl }: EnvironmentNames): Promise<SchemaTarget> {
  const [{ openFirestore }, { createFirestoreRegistry }, { createCloudObjectStore }] = await Promise.all([
    import('../../../shared/adapters/gcp/firestore-client.ts'),
    import('../../../shared/adapters/gcp/registry.ts'),
    import('../../../shared/adapters/gcp/object-store.ts'),
  ]);
  const emulatorHost = process.env['FIRESTORE_EMULATOR_HOST'];
  const opened = openFirestore({
    dependency: 'registry',
    projectId: project,
    databaseId: database,
    settings: patientFirestore,
    ...(emulatorHost ? { emulatorHost } : {}),
  });
  const registry = createFirestoreRegistry({ database: opened });
  const objects = createCloudObjectStore({ projectId: project, bucket });
  return {
    name: `project ${project}`,
    ...(ingestUrl === undefined ? {} : { ingestUrl }),
    async upload(object, text) {
      await objects.put(object, Buffer.from(text));
      const stored = await objects.get(object);
      if (stored === undefined) throw new CliError(`${object} was removed from ${bucket} as it was uploaded`);
      return stored.generation;
    },
    async state() {
      const [state, attempts] = [await readRegistry(registry), await registry.attempts()];
      return { version: state.version, types: state.revisions.map(withStage), attempts };
    },
    close: () => opened.close(),
  };
}
