import { decompressed, type FileEnd } from './decompress.ts';
import { foreignBytes, foreignFile } from './foreign-file.ts';
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
  const plain = decompressed(source, (compression) => {
    compressed = compression !== 'none';
  });
  let isKnown = (options.from?.countFrom.offset ?? 0) > 0;
  const bytes = isKnown ? plain : withWholeBeginning(plain);
  let skip = options.skipBytes ?? 0;
  try {
    for (let next = await bytes.next(); ; next = await bytes.next()) {
      if (next.done) {
        if (next.value === 'broken') return { kind: 'broken' };
        break;
      }
      const foreign = isKnown ? undefined : foreignFile(next.value);
      if (foreign !== undefined) return { kind: 'unusable', reason: foreign, line: 1 };
      isKnown = true;
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

/** The same bytes, of which the first piece tells what the file is (`foreignFile`), unless there are no more. */
async function* withWholeBeginning(bytes: AsyncGenerator<Uint8Array, FileEnd>): AsyncGenerator<Uint8Array, FileEnd> {
  let start: Uint8Array = new Uint8Array();
  try {
    for (let next = await bytes.next(); ; next = await bytes.next()) {
      if (next.done) {
        if (start.length > 0) yield start;
        return next.value;
      }
      start = start.length === 0 ? next.value : Buffer.concat([start, next.value]);
      if (start.length >= foreignBytes) break;
    }
    yield start;
    return yield* bytes;
  } finally {
    await bytes.return('whole');
  }
}
