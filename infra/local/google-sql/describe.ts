/** DuckDB's names of column types as BigQuery spells them. */
const bigQueryType = `CASE
    WHEN data_type LIKE 'STRUCT(%' THEN 'RECORD' || CASE WHEN data_type LIKE '%[]' THEN ' REPEATED' ELSE '' END
    ELSE replace(replace(replace(replace(replace(replace(data_type,
      'TIMESTAMP WITH TIME ZONE', 'TIMESTAMP'), 'VARCHAR', 'STRING'), 'BIGINT', 'INT64'), 'DOUBLE', 'FLOAT64'), 'BOOLEAN', 'BOOL'),
      '[]', ' REPEATED')
    END`;

const tables = `SELECT schema_name AS dataset, table_name AS name, comment AS description FROM duckdb_tables() WHERE NOT internal
UNION ALL SELECT schema_name, view_name, comment FROM duckdb_views() WHERE NOT internal AND schema_name <> 'main' ORDER BY ALL`;

/**
 * Columns of a table or view, the fields of RECORDs after them: what the warehouse's comments say, a line each. A table
 * that is not there is DuckDB's error.
 */
function columnsOf(dataset: string, table: string): string {
  return `SELECT column_name || coalesce('.' || field.path, '') AS name,
  coalesce(field.type, ${bigQueryType}) AS type,
  coalesce(field.description, line) AS description
FROM (
  SELECT column_name, data_type, column_index, place, line,
    CASE WHEN place > 1 THEN regexp_extract(line, '^(\\S+) ([A-Z0-9 ]+): (.*)$', ['path', 'type', 'description']) END AS field
  FROM (
    SELECT *, unnest(string_split(coalesce(comment, ''), chr(10))) AS line,
      generate_subscripts(string_split(coalesce(comment, ''), chr(10)), 1) AS place
    FROM duckdb_columns() WHERE schema_name = '${dataset}' AND table_name = '${table}'
  )
)
WHERE NOT EXISTS (SELECT 1 FROM "${dataset}"."${table}" WHERE false)
ORDER BY column_index, place`;
}

/** `SHOW TABLES` and `DESCRIBE dataset.table` as SELECTs that show descriptions; undefined for any other statement. */
export function describe(sql: string): string | undefined {
  if (/^\s*show\s+tables\s*;?\s*$/i.test(sql)) return tables;
  const [, dataset, table] = /^\s*describe\s+`?(\w+)\.(\w+)`?\s*;?\s*$/i.exec(sql) ?? [];
  return dataset === undefined || table === undefined ? undefined : columnsOf(dataset, table);
}
