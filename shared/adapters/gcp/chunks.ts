export interface ChunkLimits<Item> {
  readonly maxItems: number;
  /** Together with `bytesOf`: what the items of a chunk may measure. An item that is larger is a chunk of its own. */
  readonly maxBytes?: number;
  readonly bytesOf?: (item: Item) => number;
}

/** The items in their order, in as few chunks as the limits allow. No items make no chunk. */
export function inChunks<Item>(items: readonly Item[], limits: ChunkLimits<Item>): Item[][] {
  const { maxItems, maxBytes = Number.POSITIVE_INFINITY, bytesOf = () => 0 } = limits;
  const chunks: Item[][] = [];
  let chunk: Item[] = [];
  let chunkBytes = 0;
  for (const item of items) {
    const bytes = bytesOf(item);
    if (chunk.length > 0 && (chunk.length >= maxItems || chunkBytes + bytes > maxBytes)) {
      chunks.push(chunk);
      chunk = [];
      chunkBytes = 0;
    }
    chunk.push(item);
    chunkBytes += bytes;
  }
  return chunk.length > 0 ? [...chunks, chunk] : chunks;
}
