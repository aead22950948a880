import type { SQLOutputValue } from 'node:sqlite';
import { asNumber } from './database.ts';

/** A row that is saved by whoever says which version it has read, which its column `version` counts. */
type VersionedRow = Readonly<Record<string, SQLOutputValue>>;

export function versionOf(row: VersionedRow): string {
  return String(asNumber(row['version']));
}

/**
 * Writes the row under its next version, and answers with that; `changed` where what is stored is not what was read. For an
 * open transaction.
 */
export function saveRow(
  stored: VersionedRow | undefined,
  version: string | undefined,
  write: (next: number) => void,
): string | 'changed' {
  if ((stored === undefined ? undefined : versionOf(stored)) !== version) return 'changed';
  const next = Number(version ?? 0) + 1;
  write(next);
  return String(next);
}
