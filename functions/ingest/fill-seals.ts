import type { IngestConfig } from './config.ts';

/** Which events go into one seal, as ranges: as many as it holds. A single event always fits (`checkIngestConfig`). */
export function fillSeals(
  texts: readonly string[],
  { maxSealBytes, maxSealEvents }: Pick<IngestConfig, 'maxSealBytes' | 'maxSealEvents'>,
): readonly (readonly [from: number, to: number])[] {
  const ranges: [number, number][] = [];
  let from = 0;
  let bytes = 2;
  for (const [at, text] of texts.entries()) {
    const eventBytes = Buffer.byteLength(text) + 1;
    if (at > from && (bytes + eventBytes > maxSealBytes || at - from >= maxSealEvents)) {
      ranges.push([from, at]);
      from = at;
      bytes = 2;
    }
    bytes += eventBytes;
  }
  return [...ranges, [from, texts.length]];
}
