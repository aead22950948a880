import type { WriteKeyAnswer, WriteKeys } from '../../ports/write-keys.ts';
import { type Gate, openGate } from './gate.ts';

/** Write keys from a map of key to answer; every other key is unknown. */
export function createMemoryWriteKeys(
  answers: ReadonlyMap<string, WriteKeyAnswer>,
  options: { gate?: Gate } = {},
): WriteKeys {
  const gate = options.gate ?? openGate;
  return {
    async find(writeKey) {
      await gate('find');
      return answers.get(writeKey) ?? { kind: 'unknown' };
    },
  };
}
