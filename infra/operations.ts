import {
  deadLetterColumns,
  decryptionColumns,
  lossColumns,
  scrubColumns,
  unfitRowsColumns,
} from '../shared/operations/columns.ts';
import {
  quarantineColumns,
  quarantinePartitionColumn,
  replayedColumns,
} from '../shared/quarantine/quarantine-columns.ts';
import { quarantineViewQuery } from '../shared/quarantine/quarantine-sql.ts';
import {
  datasets,
  deadLetterRecordsTable,
  decryptionsTable,
  lossRecordsTable,
  quarantineTable,
  replayedTable,
  scrubsTable,
  topics,
  unfitRowsTable,
} from './naming.ts';
import type { TableSpec, ViewSpec } from './table-spec.ts';

/** How long quarantine waits for a replay. What expires unreplayed is counted as lost before it goes. */
export const quarantineRetentionDays = 20;
/** Longer than any line tries a message. */
const recordRetentionDays = 35;
/** Three years: as long as somebody may ask who read what is stored of them, or took it away. */
const ledgerRetentionDays = 1_096;

/** What was acknowledged and is gone, each once. */
export const lossesView = 'losses';
/** Refused events, each once. */
export const quarantineExactView = 'quarantine_exact';

const dataset = datasets.operations;

/** The tables of operators that a topic fills, by the topic. */
export const recordTables: Readonly<Record<string, string>> = {
  [topics.quarantine]: quarantineTable,
  [topics.replayed]: replayedTable,
  [topics.losses]: lossRecordsTable,
  [topics.deadLetters]: deadLetterRecordsTable,
  [topics.decryptions]: decryptionsTable,
};

export const operationsTables: readonly TableSpec[] = [
  {
    dataset,
    table: quarantineTable,
    description: 'Refused events: why in the clear, the payload encrypted',
    columns: quarantineColumns,
    layout: {
      partitionColumn: quarantinePartitionColumn,
      retentionDays: quarantineRetentionDays,
      clusterColumns: ['reason', 'type'],
    },
  },
  {
    dataset,
    table: replayedTable,
    description: 'Records of the quarantine that a replay has sent on',
    columns: replayedColumns,
    layout: {
      partitionColumn: 'replayed_time',
      retentionDays: recordRetentionDays,
      clusterColumns: ['record_key'],
    },
  },
  {
    dataset,
    table: lossRecordsTable,
    description: 'Acknowledged events that are gone; a row may be there twice, the view losses counts it once',
    columns: lossColumns,
    layout: { partitionColumn: 'recorded_time', clusterColumns: ['day', 'reason', 'type'] },
  },
  {
    dataset,
    table: deadLetterRecordsTable,
    description: 'Messages that failed in the second line, about once a day; the view dead_letters has a row a message',
    columns: deadLetterColumns,
    layout: { partitionColumn: 'seen_time', retentionDays: recordRetentionDays, clusterColumns: ['stage', 'reason'] },
  },
  {
    dataset,
    table: decryptionsTable,
    description: 'The ledger of decryptions: whose key was used, by whom and why; written before anything is answered',
    columns: decryptionColumns,
    layout: {
      partitionColumn: 'decrypted_time',
      retentionDays: ledgerRetentionDays,
      clusterColumns: ['record_id', 'caller'],
    },
  },
  {
    dataset,
    table: scrubsTable,
    description: 'The ledger of scrubs: what was taken out of tables, archive and quarantine, by whom and why',
    columns: scrubColumns,
    layout: {
      partitionColumn: 'scrubbed_time',
      retentionDays: ledgerRetentionDays,
      clusterColumns: ['scrub_id'],
    },
  },
  {
    dataset,
    table: unfitRowsTable,
    description: 'Rows that their table did not take, as messages; Google says why in an attribute',
    columns: unfitRowsColumns,
    layout: {
      partitionColumn: 'publish_time',
      filterRequired: true,
      retentionDays: recordRetentionDays,
      clusterColumns: ['subscription_name'],
    },
  },
];

export const operationsViews: readonly ViewSpec[] = [
  {
    dataset,
    view: quarantineExactView,
    description:
      'Refused events, each record once: how often it came, and whether a newer attempt at its event is there',
    query: (nameOf) => quarantineViewQuery(nameOf(dataset, quarantineTable)),
  },
  {
    dataset,
    view: lossesView,
    description: 'Acknowledged events that are gone, by day, stage, reason, type and SDK',
    query: (nameOf) => `SELECT day, stage, reason, type, sdk, CAST(SUM(events) AS BIGINT) AS events
FROM (
  SELECT loss_key, day, stage, reason, type, sdk, MAX(events) AS events
  FROM ${nameOf(dataset, lossRecordsTable)}
  GROUP BY loss_key, day, stage, reason, type, sdk
) AS records
GROUP BY day, stage, reason, type, sdk`,
  },
  {
    dataset,
    view: 'dead_letters',
    description: 'Messages that failed in the second line: where, why as of late, first and last seen',
    query: (nameOf) => `SELECT stage, message_id, MAX(seal) AS seal, MAX(sdk) AS sdk, MAX(events) AS events,
  MAX_BY(reason, seen_time) AS reason, MIN(seen_time) AS first_seen, MAX(seen_time) AS last_seen
FROM ${nameOf(dataset, deadLetterRecordsTable)}
GROUP BY stage, message_id`,
  },
];
