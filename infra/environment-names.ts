import { readdirSync } from 'node:fs';
import { join } from 'node:path';

export const environmentsFolder = join(import.meta.dirname, 'environments');
/** Says what an environment is; every other file of the folder is one. */
const description = 'environment.ts';

/** The names that environments are asked for by: a file each, so that a copied file is a new one. */
export function environmentNames(): string[] {
  return readdirSync(environmentsFolder)
    .filter((file) => file.endsWith('.ts') && file !== description)
    .map((file) => file.slice(0, -'.ts'.length))
    .sort();
}
