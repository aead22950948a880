import { createRequire } from 'node:module';
import { join } from 'node:path';
import { setting } from './lines.ts';

/** A package that is no dependency of the project, from where the kit has installed it. */
export function loadPackage<T>(name: string): Promise<T> {
  return Promise.resolve(createRequire(join(setting('PACKAGES'), 'package.json'))(name));
}
