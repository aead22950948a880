import { decode, encode } from '@jridgewell/sourcemap-codec';
import { isJsonObject, type JsonObject, parseJson } from '../../shared/event/json.ts';

/**
 * A source map (ECMA-426) without the packages, of which it is two thirds: an archive is a third smaller. Stack traces
 * still name our own files and lines, and of packages the position in the bundle. Throws for what is no source map.
 */
export function leaveOutPackages(text: string): string {
  const map = parseJson(text);
  if (!isJsonObject(map) || typeof map['mappings'] !== 'string' || !Array.isArray(map['sources'])) {
    throw new TypeError('esbuild made no source map: see what its new version answers');
  }
  const sources = map['sources'].map(String);
  const kept = sources.filter((source) => !source.includes('node_modules/'));
  const placeOf = new Map(sources.map((source, at) => [at, kept.indexOf(source)]));
  const lines = decode(map['mappings']).map((segments) =>
    segments.flatMap((segment): typeof segments => {
      const [column, source, line, sourceColumn] = segment;
      const place = source === undefined ? -1 : (placeOf.get(source) ?? -1);
      // A segment of the column alone ends the one before it: what follows has no source.
      return place < 0 ? [[column]] : [[column, place, line ?? 0, sourceColumn ?? 0]];
    }),
  );
  const ends = lines.map((segments) =>
    segments.filter((segment, at) => segment.length > 1 || segments[at - 1]?.length !== 1),
  );
  const left: JsonObject = { version: 3, sources: kept, names: [], mappings: encode(ends) };
  return JSON.stringify(left);
}
