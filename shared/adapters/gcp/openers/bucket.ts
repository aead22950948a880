import type { BucketKind } from '../../../needs/kind.ts';
import type { Bucket } from '../../../needs/ports.ts';
import { requireVariable } from '../../../needs/settings.ts';
import type { ObjectStore } from '../../../ports/object-store.ts';
import { Unavailable } from '../../../ports/unavailable.ts';
import { createCloudObjectStore } from '../object-store.ts';
import { type Environment, isBesideEmulators, projectOf } from './environment.ts';

export function openBucket(environment: Environment, { variable }: Pick<BucketKind, 'variable'>): Bucket {
  const [projectId, name] = [projectOf(environment), requireVariable(environment, variable)];
  // Google has no emulator of Cloud Storage; the variable is the one that its client knows.
  const apiEndpoint = environment['STORAGE_EMULATOR_HOST'];
  if (!apiEndpoint && isBesideEmulators(environment)) return Object.assign(emptyStore(), { name });
  return Object.assign(createCloudObjectStore({ projectId, bucket: name, ...(apiEndpoint ? { apiEndpoint } : {}) }), {
    name,
  });
}

/** A bucket beside emulators, in which nobody has stored anything and nobody can. */
const emptyStore = (): ObjectStore => ({
  get: async () => undefined,
  getBounded: async () => undefined,
  stream: async () => undefined,
  async put() {
    throw new Unavailable('object-store', 'there is no emulator of Cloud Storage: set STORAGE_EMULATOR_HOST');
  },
  async *list() {},
  remove: async () => undefined,
});
