import { decompressed } from './decompress.ts';
import type { LegacyMapping } from './mapping.ts';
import { LegacyReader, type ReaderOptions } from './reader.ts';
import type { BadRecord, Checkpoint, MappedRecord, RecordCounts, Unusable } from './records.ts';

/** Records of a file, and where reading goes on after them. */
export interface ReadStep {
  readonly records: readonly (MappedRecord | BadRecord)[];
  readonly checkpoint: Checkpoint;
  readonly counts: RecordCounts;
  /** The file is compressed: to go on, it is read from its beginning. */
  readonly compressed: boolean;
}

/** `broken`: a compressed file ended early or is damaged; its last record, cut in two, is none. */
export type ReadEnd = { readonly kind: 'read' } | { readonly kind: 'broken' } | Unusable;

/**
 * Reads a file from its first byte, or of a plain one from `from.countFrom.offset` on: `source` begins there. Of a
 * compressed one, `source` is the whole file, and what lies before is decompressed and passed over.
 */
export async function* readLegacyFile(
  source: AsyncIterable<Uint8Array>,
  mapping: LegacyMapping,
  options: ReaderOptions & { readonly skipBytes?: number },
): AsyncGenerator<ReadStep, ReadEnd> {
  const reader = new LegacyReader(mapping, options);
  let compressed = false;
  const bytes = decompressed(source, (compression) => {
    compressed = compression !== 'none';
  });
  let skip = options.skipBytes ?? 0;
  try {
    for (let next = await bytes.next(); ; next = await bytes.next()) {
      if (next.done) {
        if (next.value === 'broken') return { kind: 'broken' };
        break;
      }
      const piece = skip > 0 ? next.value.subarray(skip) : next.value;
      skip = Math.max(0, skip - next.value.length);
      yield { records: reader.push(piece), checkpoint: reader.checkpoint, counts: reader.counts, compressed };
      if (reader.unusable !== undefined) return reader.unusable;
    }
    yield { records: reader.end(), checkpoint: reader.checkpoint, counts: reader.counts, compressed };
    return reader.unusable ?? { kind: 'read' };
  } finally {
    reader.close();
    await bytes.return('whole');
  }
}
