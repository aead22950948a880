import { isJsonObject, type JsonValue } from '../event/json.ts';
import type { ObjectStore } from '../ports/object-store.ts';
import type { ActiveRevision, RegistrySnapshot } from '../ports/registry.ts';

/** Where the active revisions are kept for functions that start while the registry cannot be reached. */
export const snapshotName = 'registry/active.json';

export async function writeSnapshot(objects: ObjectStore, snapshot: RegistrySnapshot): Promise<void> {
  await objects.put(snapshotName, Buffer.from(JSON.stringify(snapshot)));
}

/** The snapshot; undefined when there is none yet or it cannot be read, which a first refresh makes up for. */
export async function readSnapshot(objects: ObjectStore): Promise<RegistrySnapshot | undefined> {
  const stored = await objects.get(snapshotName);
  return stored === undefined ? undefined : parseSnapshot(Buffer.from(stored.data).toString('utf8'));
}

function parseSnapshot(text: string): RegistrySnapshot | undefined {
  let value: JsonValue;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (!isJsonObject(value)) return undefined;
  const { version, revisions, sdks } = value;
  if (typeof version !== 'number' || !Array.isArray(revisions) || !isJsonObject(sdks)) return undefined;
  const read = revisions.map(parseRevision).filter((revision) => revision !== undefined);
  return read.length === revisions.length ? { version, revisions: read, sdks } : undefined;
}

function parseRevision(value: JsonValue): ActiveRevision | undefined {
  if (!isJsonObject(value)) return undefined;
  const { type, revision, activatedAtMillis, contentHash, schema } = value;
  if (typeof type !== 'string' || typeof revision !== 'number' || typeof activatedAtMillis !== 'number')
    return undefined;
  if (typeof contentHash !== 'string' || !isJsonObject(schema)) return undefined;
  return { type, revision, activatedAtMillis, contentHash, schema };
}
