import { claimTables } from './claim-tables.ts';
import { type CommittedFile, openCommittedFile } from './committed-file.ts';
import { pubsubTables } from './pubsub-statements.ts';

export type BusFileOptions = Parameters<typeof openCommittedFile>[0];

/**
 * The bus and the claim index in one file, with one log: whatever a power failure takes is the end of what both did, so
 * claims are never ahead of the messages that they were made for. In files of their own, claims could outlive their
 * messages, and every resend of those would be dropped as a duplicate.
 */
export type BusFile = CommittedFile;

const tables = { schemaVersion: 2, sql: `${pubsubTables}; ${claimTables}` } as const;

/** Opens the file, or `:memory:`. */
export function openBusFile(options: BusFileOptions): BusFile {
  return openCommittedFile(options, tables, 'publisher');
}
