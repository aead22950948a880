import type { WriteKeys } from '../../shared/ports/write-keys.ts';

/** The development key. It exists in this file only, which no deployed function imports. */
export const localDevKey = 'local-dev-key';

/**
 * Write keys of the local deployment: `local-dev-key:<sdk>` for a binding, and `local-dev-key` for the first SDK that
 * the event's type allows.
 */
export function makeLocalWriteKeys(): WriteKeys {
  return {
    async find(writeKey) {
      if (writeKey === localDevKey) return { kind: 'first-allowed-sdk' };
      const prefix = `${localDevKey}:`;
      return writeKey.startsWith(prefix) ? { kind: 'sdk', sdk: writeKey.slice(prefix.length) } : { kind: 'unknown' };
    },
  };
}
