import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Unavailable } from '../../ports/unavailable.ts';

/**
 * Counts changes after which stored claims, `event_key`, pseudonyms or batches would no longer match new ones:
 * 1 one file a database, HMAC; 2 bus and claims in one file, SHA-512/256, the namespace in `event_key`; 3 batches with a
 * binary index.
 */
const dataFormat = 3;
const markerFile = 'data-format';
/** Of every data folder that has been used. */
const everUsed = ['warehouse.duckdb', 'pubsub.sqlite'];

/**
 * Makes the folder, and marks a new one. Throws `Unavailable` for one of another format: with old claims and new keys
 * every resend would count again, and a person would get a second pseudonym.
 */
export function openDataFolder(folder: string): void {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const marker = join(folder, markerFile);
  const used = everUsed.some((file) => existsSync(join(folder, file)));
  const found = readMarker(marker) ?? (used ? 1 : undefined);
  if (found === dataFormat) return;
  if (found !== undefined) {
    const age = found < dataFormat ? 'an older' : 'a newer';
    throw new Unavailable(
      'embedded storage',
      `${folder} holds data of ${age} version of this program (format ${found}, this one writes ${dataFormat}). ` +
        `Move it away (mv "${folder}" "${folder}.format-${found}") and start again, or start with --data and another ` +
        'folder. The version that wrote it still reads it.',
    );
  }
  // On the disk before anything else is: without it the folder would be taken for one of format 1.
  writeFileSync(marker, `${dataFormat}\n`, { mode: 0o600, flush: true });
}

/** Undefined where there is none, or an empty one: the machine lost power while it was made. */
function readMarker(path: string): number | undefined {
  const text = existsSync(path) ? readFileSync(path, 'utf8').trim() : '';
  return text === '' ? undefined : Number(text);
}
