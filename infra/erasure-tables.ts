import { rememberedDays } from '../shared/erasure/bounds.ts';
import {
  erasedPseudonymsColumns,
  erasedSubjectsColumns,
  quarantinedSubjectsColumns,
  sweepsColumns,
} from '../shared/erasure/erasure-columns.ts';
import {
  datasets,
  erasedPseudonymsTable,
  erasedSubjectsTable,
  quarantinedSubjectsTable,
  sweepsTable,
} from './naming.ts';
import { quarantineRetentionDays } from './operations.ts';
import type { TableSpec } from './table-spec.ts';

const dataset = datasets.erasure;
/** Tables that nobody reads but the functions that erase. finish-erasures forgets, too, where no storage drops partitions. */
export const erasureTables: readonly TableSpec[] = [
  {
    dataset,
    table: quarantinedSubjectsTable,
    description: 'Of whom records of the quarantine speak, as keyed hashes',
    columns: quarantinedSubjectsColumns,
    // Written beside its record, but maybe before midnight.
    layout: {
      partitionColumn: 'kept_time',
      retentionDays: quarantineRetentionDays + 1,
      clusterColumns: ['record_key'],
    },
  },
  {
    dataset,
    table: erasedSubjectsTable,
    description: 'Whom erasures named, as keyed hashes, until nothing of them can come any more',
    columns: erasedSubjectsColumns,
    layout: { partitionColumn: 'erased_time', retentionDays: rememberedDays, clusterColumns: ['hash'] },
  },
  {
    dataset,
    table: erasedPseudonymsTable,
    description: 'What stood in rows for those whose rows are unlinked or deleted, for as long',
    columns: erasedPseudonymsColumns,
    layout: { partitionColumn: 'erased_time', retentionDays: rememberedDays, clusterColumns: ['what'] },
  },
  {
    dataset,
    table: sweepsTable,
    description: 'When everything that waited was deleted',
    columns: sweepsColumns,
    // For good: receipts count on it, and a row is small.
    layout: { partitionColumn: 'swept_time', clusterColumns: ['what'] },
  },
];
