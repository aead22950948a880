import { datasets, unfitRowsTable } from './naming.ts';

/** How an engine writes a table's name, and the text at a path of JSON. */
export interface DeadLetterSpelling {
  table(dataset: string, table: string): string;
  textAt(json: string, path: string): string;
}

const times = (first: string, last: string) =>
  `CAST(MIN(${first}) AS STRING) AS first_seen, CAST(MAX(${last}) AS STRING) AS last_seen`;

/**
 * What failed in the second line since an instant (RFC 3339), a row a place and reason: `place`, `reason`, `messages`,
 * `events`, `first_seen`, `last_seen`. Stages note it once a day and message; of tables it is the rows that they did not
 * take. What was delivered since is among them: the backlog of the line says whether there is any.
 */
export function failuresQuery({ table, textAt }: DeadLetterSpelling, since: string): string {
  const reason = textAt('attributes', '$.CloudPubSubDeadLetterSourceDeliveryErrorMessage');
  return `SELECT stage AS place, reason, COUNT(*) AS messages, CAST(SUM(events) AS BIGINT) AS events,
  ${times('first_seen', 'last_seen')}
FROM ${table(datasets.operations, 'dead_letters')}
WHERE last_seen >= CAST('${since}' AS TIMESTAMP) GROUP BY stage, reason
UNION ALL
SELECT CONCAT('table of ', ${textAt('attributes', '$.type')}) AS place, COALESCE(${reason}, 'not told') AS reason,
  COUNT(DISTINCT message_id) AS messages, COUNT(DISTINCT message_id) AS events,
  ${times('publish_time', 'publish_time')}
FROM ${table(datasets.operations, unfitRowsTable)}
WHERE publish_time >= CAST('${since}' AS TIMESTAMP) GROUP BY 1, 2
ORDER BY place, reason`;
}

export function googleDeadLetters(projectId: string): DeadLetterSpelling {
  return {
    table: (dataset, name) => `\`${projectId}.${dataset}.${name}\``,
    textAt: (json, path) => `JSON_VALUE(${json}, '${path}')`,
  };
}

export const duckDbDeadLetters: DeadLetterSpelling = {
  table: (dataset, name) => `"${dataset}"."${name}"`,
  textAt: (json, path) => `json_extract_string(${json}, '${path}')`,
};
