import { isJsonObject, type JsonObject } from '../../shared/event/json.ts';

/** A package that is deployed. */
export interface DeployedPackage {
  readonly name: string;
  readonly version: string;
  /** An SPDX expression, as its package.json has it; absent where that says none. */
  readonly licence?: string;
}

/**
 * SPDX identifiers that ask for no more than a notice. The two of Creative Commons are those of lists of licence names,
 * which come with functions-framework. What is not here is for a person to decide about.
 */
export const allowedLicences: readonly string[] = [
  'Apache-2.0',
  'BSD-2-Clause',
  'BSD-3-Clause',
  'CC-BY-3.0',
  'CC0-1.0',
  'ISC',
  'MIT',
];

/**
 * The packages that functions are deployed with, by a package-lock.json (version 3): those of which something is in a
 * bundle (`sources`, files below the project), and what Cloud Build installs (`installed`) with all that it needs.
 * Throws for a package that the lock does not have.
 */
export function deployedPackages(
  lock: JsonObject,
  { sources, installed }: { readonly sources: readonly string[]; readonly installed: readonly string[] },
): DeployedPackage[] {
  const { packages } = lock;
  if (!isJsonObject(packages)) throw new TypeError('package-lock.json lists no packages');
  const bundled = sources.flatMap((file) => /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(file)?.[0] ?? []);
  const open = [...new Set([...bundled, ...installed.map((name) => `node_modules/${name}`)])];
  const whole = new Set(installed.map((name) => `node_modules/${name}`));
  const found = new Map<string, DeployedPackage>();
  for (let path = open.pop(); path !== undefined; path = open.pop()) {
    const entry = packages[path];
    if (!isJsonObject(entry)) throw new Error(`package-lock.json has no ${path}: run npm install`);
    found.set(path, describe(path, entry));
    if (!whole.has(path) || !isJsonObject(entry['dependencies'])) continue;
    for (const name of Object.keys(entry['dependencies'])) {
      const needed = resolveFrom(packages, path, name);
      if (whole.has(needed)) continue;
      whole.add(needed);
      open.push(needed);
    }
  }
  return [...found.values()].sort((a, b) => (`${a.name}@${a.version}` < `${b.name}@${b.version}` ? -1 : 1));
}

function describe(path: string, { name, version, license }: JsonObject): DeployedPackage {
  const ownName = typeof name === 'string' ? name : path.slice(path.lastIndexOf('node_modules/') + 13);
  return { name: ownName, version: String(version), ...(typeof license === 'string' ? { licence: license } : {}) };
}

/** Where Node finds a package from another: in the nearest folder upwards. */
function resolveFrom(packages: JsonObject, path: string, name: string): string {
  const parts = path.split('/node_modules/');
  for (let depth = parts.length; depth > 0; depth--) {
    const candidate = `${parts.slice(0, depth).join('/node_modules/')}/node_modules/${name}`;
    if (packages[candidate] !== undefined) return candidate;
  }
  if (packages[`node_modules/${name}`] !== undefined) return `node_modules/${name}`;
  throw new Error(`package-lock.json has no ${name}, which ${path} needs`);
}

/** Those that may not be deployed as they are. Of "A OR B" one has to be allowed, of "A AND B" both. */
export function refusedPackages(packages: readonly DeployedPackage[]): DeployedPackage[] {
  return packages.filter(({ licence }) => licence === undefined || !isAllowed(licence));
}

/** Expressions of one operator, in brackets or not, which is what packages have; any other is not allowed. */
function isAllowed(expression: string): boolean {
  const bare = expression.trim().replace(/^\(([^()]*)\)$/, '$1');
  if (bare.includes(' OR ')) return !bare.includes(' AND ') && bare.split(' OR ').some(isAllowed);
  if (bare.includes(' AND ')) return bare.split(' AND ').every(isAllowed);
  return allowedLicences.includes(bare);
}
