import { isJsonObject, type JsonValue, parseJson } from '../event/json.ts';
import type { ObjectStore } from '../ports/object-store.ts';
import type { ActiveRevision, Registry, RegistrySnapshot } from '../ports/registry.ts';
import { Unavailable } from '../ports/unavailable.ts';

/** Where the active revisions are kept for functions that start while the registry cannot be reached. */
const snapshotName = 'registry/active.json';

/** Writers of one snapshot that meet; a loser finds what the winner wrote. */
const maxRounds = 10;

/**
 * Makes a writer of the snapshot: what it leaves is as new as the registry was when it was called, and never older than
 * what another wrote. Calls that come while one is written share the next, so a thousand activations are not a thousand
 * reads of a thousand types. Rejects with `Unavailable`.
 */
export function makeSnapshotWriter(registry: Registry, objects: ObjectStore): () => Promise<void> {
  let writing: Promise<void> | undefined;
  let next: Promise<void> | undefined;

  function begin(): Promise<void> {
    next = undefined;
    writing = updateSnapshot(registry, objects);
    return writing;
  }

  return () => {
    next ??= (writing ?? Promise.resolve()).then(begin, begin);
    return next;
  };
}

async function updateSnapshot(registry: Registry, objects: ObjectStore): Promise<void> {
  for (let round = 0; round < maxRounds; round += 1) {
    const stored = await objects.get(snapshotName);
    const state = await registry.read(parseSnapshot(stored)?.version);
    if (state === 'unchanged') return;
    const data = Buffer.from(JSON.stringify(state));
    if ((await objects.put(snapshotName, data, stored?.generation ?? 'absent')) === 'written') return;
  }
  throw new Unavailable('object-store', `others kept writing the snapshot, ${maxRounds} times in a row`);
}

/** The snapshot; undefined when there is none yet or it cannot be read, which a first refresh makes up for. */
export async function readSnapshot(objects: ObjectStore): Promise<RegistrySnapshot | undefined> {
  return parseSnapshot(await objects.get(snapshotName));
}

function parseSnapshot(stored: { readonly data: Uint8Array } | undefined): RegistrySnapshot | undefined {
  const value = stored && parseJson(Buffer.from(stored.data).toString('utf8'));
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
