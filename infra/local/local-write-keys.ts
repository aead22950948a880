import { systemClock } from '../../shared/adapters/system-clock.ts';
import { systemRandom } from '../../shared/adapters/system-random.ts';
import { readRegistry } from '../../shared/event-types/read-registry.ts';
import type { Registry } from '../../shared/ports/registry.ts';
import type { WriteKeyRecords } from '../../shared/ports/write-key-records.ts';
import type { WriteKeys } from '../../shared/ports/write-keys.ts';
import { readSdkBindings } from '../../shared/sdks/sdk-bindings.ts';
import { type KeyAdmin, makeKeyAdmin } from '../../shared/write-keys/key-admin.ts';

/** The development key. It exists in this file only, which no deployed function imports. */
export const localDevKey = 'local-dev-key';
const prefix = `${localDevKey}:`;

/** The development key of one SDK. */
export function localDevKeyOf(sdk: string): string {
  return `${prefix}${sdk}`;
}

/**
 * Write keys of the local deployment: `local-dev-key:<sdk>` for a binding, `local-dev-key` for the first SDK that the
 * event's type allows, and those that were created and stored.
 */
export function makeLocalWriteKeys(stored: WriteKeys): WriteKeys {
  return {
    async find(writeKey) {
      if (writeKey === localDevKey) return { kind: 'first-allowed-sdk' };
      return writeKey.startsWith(prefix) ? { kind: 'sdk', sdk: writeKey.slice(prefix.length) } : stored.find(writeKey);
    },
  };
}

/**
 * Administers the stored keys of a deployment on this machine, for the SDK bindings that were published to its registry. The
 * name of the environment is in the keys that it creates: `edi_local_…`.
 */
export function makeLocalKeyAdmin(records: WriteKeyRecords, registry: Registry, environment = 'local'): KeyAdmin {
  const readSdks = () => publishedSdks(registry);
  return makeKeyAdmin({ records, readSdks, environment, clock: systemClock, random: systemRandom });
}

/** The names of the SDK bindings in a registry. */
export async function publishedSdks(registry: Registry): Promise<string[]> {
  const { sdks } = await readRegistry(registry);
  return [...readSdkBindings(sdks).bindings.keys()];
}
