import { erasureBoundDays } from '../shared/erasure/bounds.ts';
import { erasedSubjectsColumns, quarantinedSubjectsColumns, sweepsColumns } from '../shared/erasure/erasure-columns.ts';
import { datasets, erasedSubjectsTable, quarantinedSubjectsTable, sweepsTable } from './naming.ts';
import { quarantineRetentionDays } from './operations.ts';
import type { TableSpec } from './table-spec.ts';

const dataset = datasets.erasure;
/** Past the last sweep of an erasure, which is on the day of its bound. */
const erasedRetentionDays = erasureBoundDays + 2;

/** Tables that nobody reads but the functions that erase. */
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
    layout: { partitionColumn: 'erased_time', retentionDays: erasedRetentionDays, clusterColumns: ['hash'] },
  },
  {
    dataset,
    table: sweepsTable,
    description: 'When everything that waited was deleted',
    columns: sweepsColumns,
    layout: { partitionColumn: 'swept_time', retentionDays: erasedRetentionDays + 1, clusterColumns: ['what'] },
  },
];
