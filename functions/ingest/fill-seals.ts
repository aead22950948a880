import type { IngestConfig } from './config.ts';

type SealLimits = Pick<IngestConfig, 'maxSealBytes' | 'maxSealEvents'>;

/** Which events go into one seal, as ranges: as many as it holds. A single event always fits (`checkIngestConfig`). */
export function fillSeals(
  texts: readonly string[],
  limits: SealLimits,
): readonly (readonly [from: number, to: number])[] {
  if (surelyFit(texts, limits)) return [[0, texts.length]];
  const { maxSealBytes, maxSealEvents } = limits;
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

/** Without measuring each: UTF-8 takes three bytes at most for each unit of a text. */
function surelyFit(texts: readonly string[], { maxSealBytes, maxSealEvents }: SealLimits): boolean {
  if (texts.length > maxSealEvents) return false;
  let maxBytes = 2;
  for (const text of texts) maxBytes += text.length * 3 + 1;
  return maxBytes <= maxSealBytes;
}
