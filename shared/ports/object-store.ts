export interface StoredObject {
  readonly data: Uint8Array;
  /** Changes with every write of the name. */
  readonly generation: string;
}

/** Named blobs: Cloud Storage in the cloud, files locally. Names are `/`-separated, relative, without `..`. */
export interface ObjectStore {
  get(name: string): Promise<StoredObject | undefined>;
  /** The same for an object that a stranger may have made: holds no more than `maxBytes` of it. */
  getBounded(name: string, maxBytes: number): Promise<StoredObject | 'too-large' | undefined>;
  /**
   * Writes whole or not at all. With `expectedGeneration` (`absent`: the name is free) it answers `conflict` and leaves
   * the object alone when another writer was first.
   */
  put(name: string, data: Uint8Array, expectedGeneration?: string | 'absent'): Promise<'written' | 'conflict'>;
}
