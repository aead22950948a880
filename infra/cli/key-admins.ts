import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { patientFirestore } from '../../shared/adapters/gcp/firestore-database.ts';
import { systemClock } from '../../shared/adapters/system-clock.ts';
import { systemRandom } from '../../shared/adapters/system-random.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '../../shared/event/json.ts';
import { readSdkBindings } from '../../shared/sdks/sdk-bindings.ts';
import {
  type CreateKeyOutcome,
  type KeyAdmin,
  type ListedKey,
  makeKeyAdmin,
  type RevokeKeyOutcome,
} from '../../shared/write-keys/key-admin.ts';
import type { RunningDeployment } from '../local/running.ts';
import { CliError } from './cli-error.ts';
import { type DeploymentTarget, schemaFolder } from './find-deployment.ts';
import { askOperator, otherVersion } from './operator-client.ts';

/** The Firestore database of an environment's write keys. */
interface EnvironmentTarget {
  readonly kind: 'environment';
  readonly projectId: string;
  readonly databaseId: string;
  /** Of an emulator that stands for it. */
  readonly emulatorHost?: string;
}

/** Whose write keys: a local deployment's, or an environment's. */
export type KeyTarget = DeploymentTarget | EnvironmentTarget;

export interface OpenedKeyAdmin {
  readonly keys: KeyAdmin;
  close(): Promise<void>;
}

/** Opens the write keys; what only one target needs is loaded for that one. Rejects with `CliError` and `Unavailable`. */
export async function openKeyAdmin(target: KeyTarget): Promise<OpenedKeyAdmin> {
  switch (target.kind) {
    case 'running':
      return { keys: askForKeys(target.deployment), close: async () => {} };
    case 'stopped':
      return openDataFolder(target.dataFolder);
    case 'environment':
      return openEnvironment(target);
  }
}

async function openDataFolder(dataFolder: string): Promise<OpenedKeyAdmin> {
  const [{ storagePath }, { makeLocalKeyAdmin }, { openEmbeddedRegistry }, { openEmbeddedWriteKeyRecords }] =
    await Promise.all([
      import('../../shared/adapters/embedded/storage-paths.ts'),
      import('../local/local-write-keys.ts'),
      import('../../shared/adapters/embedded/registry.ts'),
      import('../../shared/adapters/embedded/write-key-records.ts'),
    ]);
  const registryPath = storagePath(dataFolder, 'registry');
  if (!existsSync(registryPath)) {
    throw new CliError(
      `there is no registry in ${dataFolder}, and no deployment runs there. Start one with \`npm start\`.`,
    );
  }
  const registry = openEmbeddedRegistry({ path: registryPath });
  try {
    const records = openEmbeddedWriteKeyRecords({ path: storagePath(dataFolder, 'writeKeys') });
    return {
      keys: makeLocalKeyAdmin(records, registry),
      async close() {
        records.close();
        registry.close();
      },
    };
  } catch (error) {
    registry.close();
    throw error;
  }
}

/** The SDK bindings are those of this checkout's `sdks.json`, so that nobody needs access to the registry for this. */
async function openEnvironment({ kind: _, ...options }: EnvironmentTarget): Promise<OpenedKeyAdmin> {
  const [{ openFirestore }, { createFirestoreWriteKeyRecords }] = await Promise.all([
    import('../../shared/adapters/gcp/firestore-client.ts'),
    import('../../shared/adapters/gcp/write-key-records.ts'),
  ]);
  const database = openFirestore({ dependency: 'write-keys', ...options, settings: patientFirestore });
  const keys = makeKeyAdmin({
    records: createFirestoreWriteKeyRecords({ database }),
    readSdks: readSdksFile,
    // A project may be in a domain: `example.com:project`.
    environment: options.projectId.replace(/^.*:/, ''),
    clock: systemClock,
    random: systemRandom,
  });
  return { keys, close: () => database.close() };
}

async function readSdksFile(): Promise<string[]> {
  const path = join(schemaFolder, 'sdks.json');
  let document: JsonValue;
  try {
    document = JSON.parse(await readFile(path, 'utf8'));
  } catch (error) {
    throw new CliError(`${path} cannot be read: ${error instanceof Error ? error.message : String(error)}`);
  }
  const { bindings, problems } = readSdkBindings(document);
  const [problem] = problems;
  if (problem !== undefined) throw new CliError(`${path} at ${problem.pointer}: ${problem.message}`);
  return [...bindings.keys()];
}

/** The keys of a running deployment, which alone has their storage open. */
function askForKeys(deployment: RunningDeployment): KeyAdmin {
  const understood = <T>(outcome: T | undefined): T => {
    if (outcome === undefined) throw otherVersion(deployment);
    return outcome;
  };
  return {
    create: async (sdk) => understood(readCreated(await askOperator(deployment, '/keys', { sdk }))),
    list: async () => understood(readListed(await askOperator(deployment, '/keys'))),
    revoke: async (keyId) => understood(readRevoked(await askOperator(deployment, '/keys/revoke', { keyId }))),
  };
}

function readCreated({ kind, keyId, sdk, writeKey, sdks }: JsonObject): CreateKeyOutcome | undefined {
  if (kind === 'unknown-sdk' && Array.isArray(sdks)) return { kind, sdks: sdks.map(String) };
  if (kind !== 'created') return undefined;
  if (typeof keyId !== 'string' || typeof sdk !== 'string' || typeof writeKey !== 'string') return undefined;
  return { kind, keyId, sdk, writeKey };
}

function readListed({ keys }: JsonObject): ListedKey[] | undefined {
  if (!Array.isArray(keys)) return undefined;
  const listed: ListedKey[] = [];
  for (const key of keys) {
    const { keyId, sdk, createdAtMillis, revokedAtMillis } = isJsonObject(key) ? key : {};
    if (typeof keyId !== 'string' || typeof sdk !== 'string' || typeof createdAtMillis !== 'number') return undefined;
    listed.push({ keyId, sdk, createdAtMillis, ...(typeof revokedAtMillis === 'number' ? { revokedAtMillis } : {}) });
  }
  return listed;
}

function readRevoked({ kind, refusedWithinSeconds }: JsonObject): RevokeKeyOutcome | undefined {
  if (kind !== 'revoked' && kind !== 'already-revoked' && kind !== 'unknown') return undefined;
  return typeof refusedWithinSeconds === 'number' ? { kind, refusedWithinSeconds } : undefined;
}
