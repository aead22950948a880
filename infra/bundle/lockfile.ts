import { isJsonObject, type JsonObject } from '../../shared/event/json.ts';

/** The packages of a lockfile by where they are installed (`packages` of package-lock.json, lockfileVersion 3). */
export type LockedPackages = JsonObject;

export interface ArchivePackage extends JsonObject {
  readonly name: string;
  readonly dependencies: JsonObject;
}

/**
 * The lockfile of an archive: its package, and of ours what that depends on, in the places and versions that were tested.
 * With it Cloud Build runs `npm ci`. Throws where ours does not hold a package.
 */
export function lockfileOf(archive: ArchivePackage, ours: LockedPackages): JsonObject {
  const needed = new Map<string, JsonObject>();
  const queue = Object.keys(archive.dependencies).map((name) => ({ name, from: '', isOptional: false }));
  for (const { name, from, isOptional } of queue) {
    const place = placeOf(name, from, ours);
    const locked = place === undefined ? undefined : ours[place];
    if (place === undefined || !isJsonObject(locked)) {
      if (isOptional) continue;
      throw new Error(`${name}, which ${from || 'an archive'} needs, is not in package-lock.json; run npm install`);
    }
    if (needed.has(place)) continue;
    needed.set(place, withoutMarks(locked));
    for (const [field, optional] of [
      ['dependencies', false],
      ['optionalDependencies', true],
    ] as const) {
      for (const dependency of namesOf(locked[field])) {
        queue.push({ name: dependency, from: place, isOptional: isOptional || optional });
      }
    }
    const peers = locked['peerDependenciesMeta'];
    for (const peer of namesOf(locked['peerDependencies'])) {
      const meta = isJsonObject(peers) ? peers[peer] : undefined;
      const optional = isJsonObject(meta) && meta['optional'] === true;
      if (!optional) queue.push({ name: peer, from: place, isOptional });
    }
  }
  const packages = [...needed].sort(([a], [b]) => (a < b ? -1 : 1));
  return {
    name: archive.name,
    lockfileVersion: 3,
    requires: true,
    packages: { '': { ...archive }, ...Object.fromEntries(packages) },
  };
}

/** Where Node finds a package from another: in its own folder, or in the nearest one above ("Loading from node_modules"). */
function placeOf(name: string, from: string, ours: LockedPackages): string | undefined {
  let folder = from;
  while (true) {
    const place = `${folder === '' ? '' : `${folder}/`}node_modules/${name}`;
    if (place in ours) return place;
    if (folder === '') return undefined;
    folder = folder.slice(0, Math.max(0, folder.lastIndexOf('/node_modules/')));
  }
}

/** Whose they are in our lockfile says nothing of the archive's. */
function withoutMarks(locked: JsonObject): JsonObject {
  const { dev: _, devOptional: __, peer: ___, ...rest } = locked;
  return rest;
}

function namesOf(value: JsonObject[string] | undefined): string[] {
  return isJsonObject(value) ? Object.keys(value) : [];
}
