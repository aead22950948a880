import type { Column } from '../../../event-types/column.ts';
import { castTypes, quoteIdentifier, quoteTable, quoteText, structureOf, type TableName } from './columns.ts';
import { withEmptyArrays } from './fitted-value.ts';

/**
 * One statement that inserts all rows of its one parameter, the text of a JSON array of row objects that have been checked:
 * `from_json` says NULL of a field that is not there, and of a value that is no JSON of its kind. What DuckDB could find
 * fault with all the same (JSON, times) is text to it, which the cast of INSERT refuses.
 */
export function insertStatement(name: TableName, columns: readonly Column[]): string {
  const names = columns.map((column) => quoteIdentifier(column.name));
  const values = columns.map((column) => withEmptyArrays(column, `r.${quoteIdentifier(column.name)}`));
  const structure = JSON.stringify([structureOf(columns, castTypes)]);
  return (
    `INSERT INTO ${quoteTable(name)} (${names.join(', ')}) SELECT ${values.join(', ')} ` +
    `FROM (SELECT unnest(from_json(?::VARCHAR, ${quoteText(structure)})) AS r)`
  );
}
