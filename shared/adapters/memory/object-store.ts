import type { ObjectStore, StoredObject } from '../../ports/object-store.ts';
import { assertObjectName, byBytes } from '../object-name.ts';
import { type Gate, openGate } from './gate.ts';

/** Objects in a map. */
export function createMemoryObjectStore(options: { gate?: Gate } = {}): ObjectStore {
  const objects = new Map<string, StoredObject>();
  const gate = options.gate ?? openGate;
  let writes = 0;

  async function get(name: string): Promise<StoredObject | undefined> {
    assertObjectName(name);
    await gate('get');
    const stored = objects.get(name);
    return stored === undefined ? undefined : { ...stored, data: Uint8Array.from(stored.data) };
  }

  return {
    get,
    async getBounded(name, maxBytes) {
      const stored = await get(name);
      return stored !== undefined && stored.data.byteLength > maxBytes ? 'too-large' : stored;
    },
    async stream(name, fromByte) {
      const stored = await get(name);
      return stored === undefined
        ? undefined
        : { generation: stored.generation, bytes: pieces(stored.data.subarray(fromByte)) };
    },
    async put(name, data, expectedGeneration) {
      assertObjectName(name);
      const copy = Uint8Array.from(data);
      await gate('put');
      const generation = objects.get(name)?.generation ?? 'absent';
      if (expectedGeneration !== undefined && expectedGeneration !== generation) return 'conflict';
      writes += 1;
      objects.set(name, { data: copy, generation: String(writes) });
      return 'written';
    },
    async *list(prefix) {
      await gate('list');
      yield* [...objects.keys()].filter((name) => name.startsWith(prefix)).sort(byBytes);
    },
    async remove(name) {
      assertObjectName(name);
      await gate('remove');
      objects.delete(name);
    },
  };
}

/** Small, so that what is read in pieces meets their ends in tests. */
const pieceBytes = 4_096;

async function* pieces(data: Uint8Array): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < data.length; at += pieceBytes) yield data.subarray(at, at + pieceBytes);
}
