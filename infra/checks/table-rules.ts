import { type Column, columnTypes } from '../../shared/event-types/column.ts';
import type { TableSpec, Topology } from '../topology.ts';
import { columnNameRule, tableNameRule } from './names.ts';
import { expect, isBetween, repeated, type Violation } from './violation.ts';

/** "Partitioning by time-unit columns" (BigQuery). */
const partitionTypes: readonly Column['type'][] = ['TIMESTAMP', 'DATE'];
/** "Cluster column types" (BigQuery), of the types that we use. */
const clusterTypes: readonly Column['type'][] = ['STRING', 'INT64', 'BOOL', 'TIMESTAMP', 'DATE'];
const maxClusterColumns = 4;
/** BigQuery holds 10,000 partitions a table; ours are days. */
const maxRetentionDays = 3_650;

/** Tables that BigQuery would refuse, or that two things would share. */
export function tableFindings({ tables, typeViews }: Topology): Violation[] {
  const names = [
    ...tables.flatMap(({ dataset, table, exactView }) => [
      `${dataset}.${table}`,
      ...(exactView === undefined ? [] : [`${exactView.dataset}.${exactView.view}`]),
    ]),
    ...typeViews.map(({ dataset, view }) => `${dataset}.${view}`),
  ];
  return [
    ...names.flatMap((name) =>
      expect(
        tableNameRule.grammar.test(name.slice(name.indexOf('.') + 1)),
        'name of a table',
        name,
        tableNameRule.rule,
      ),
    ),
    ...repeated(names, (name) => name.toLowerCase()).map((name) => ({
      path: 'name of a table',
      value: name,
      rule: 'two event types would share it: rename one of them',
    })),
    ...tables.flatMap(layoutFindings),
    ...tables.flatMap(({ dataset, table, columns }) => columnFindings(columns, `table ${dataset}.${table}, column `)),
  ];
}

function layoutFindings({ dataset, table, columns, layout }: TableSpec): Violation[] {
  const at = `table ${dataset}.${table}`;
  const { partitionColumn, clusterColumns, retentionDays } = layout;
  const isOneOf = (name: string, types: readonly Column['type'][]) =>
    columns.some((column) => column.name === name && column.mode !== 'REPEATED' && types.includes(column.type));
  return [
    ...expect(
      isOneOf(partitionColumn, partitionTypes),
      `${at}, partitionColumn`,
      partitionColumn,
      `a column of its own of type ${partitionTypes.join(' or ')}, not repeated`,
    ),
    ...expect(
      clusterColumns.length <= maxClusterColumns && repeated(clusterColumns).length === 0,
      `${at}, clusterColumns`,
      clusterColumns,
      `up to ${maxClusterColumns} columns, each once`,
    ),
    ...clusterColumns.flatMap((name) =>
      expect(
        isOneOf(name, clusterTypes),
        `${at}, clusterColumns`,
        name,
        `a column of its own of type ${clusterTypes.join(', ')}, not repeated`,
      ),
    ),
    ...expect(
      retentionDays === undefined || isBetween(retentionDays, 1, maxRetentionDays),
      `${at}, retentionDays`,
      retentionDays,
      `whole days from 1 to ${maxRetentionDays}`,
    ),
  ];
}

function columnFindings(columns: readonly Column[], at: string): Violation[] {
  const names = columns.map(({ name }) => name);
  return [
    ...repeated(names, (name) => name.toLowerCase()).map((name) => ({
      path: `${at}${name}`,
      value: name,
      rule: 'there is another of this name, or it differs in upper and lower case alone',
    })),
    ...columns.flatMap(({ name, type, fields = [] }) => [
      ...expect(columnNameRule.grammar.test(name), `${at}${name}`, name, columnNameRule.rule),
      ...expect(columnTypes.includes(type), `${at}${name}`, type, `one of ${columnTypes.join(', ')}`),
      ...expect(
        (type === 'RECORD') === fields.length > 0,
        `${at}${name}`,
        type,
        'a RECORD has columns, others have none',
      ),
      ...columnFindings(fields, `${at}${name}.`),
    ]),
  ];
}
