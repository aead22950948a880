export interface StoredObject {
  readonly data: Uint8Array;
  /** Changes with every write of the name. */
  readonly generation: string;
}

/** An object that is read piece by piece. */
export interface ObjectStream {
  readonly generation: string;
  /** From the byte on that was asked for; rejects with `Unavailable` where reading breaks off. */
  readonly bytes: AsyncIterable<Uint8Array>;
}

/** Named blobs: Cloud Storage in the cloud, files locally. Names are `/`-separated, relative, without `..`. */
export interface ObjectStore {
  get(name: string): Promise<StoredObject | undefined>;
  /** The same for an object that a stranger may have made: holds no more than `maxBytes` of it. */
  getBounded(name: string, maxBytes: number): Promise<StoredObject | 'too-large' | undefined>;
  /** An object of any size, from a byte before its end on; undefined where there is none. */
  stream(name: string, fromByte: number): Promise<ObjectStream | undefined>;
  /**
   * Writes whole or not at all. With `expectedGeneration` (`absent`: the name is free) it answers `conflict` and leaves
   * the object alone when another writer was first.
   */
  put(name: string, data: Uint8Array, expectedGeneration?: string | 'absent'): Promise<'written' | 'conflict'>;
  /** Names that begin with the prefix, in order of their UTF-8 bytes; asked for as they are read. Rejects with `Unavailable`. */
  list(prefix: string): AsyncIterable<string>;
  /** Takes an object away, for good where its bucket keeps no versions. Nothing happens where there is none. */
  remove(name: string): Promise<void>;
}
