import { isJsonObject, type JsonObject, type JsonValue } from '../../shared/event/json.ts';
import type { LocalProcess } from './local-deployment.ts';
import { trackPlayedTable } from './local-events.ts';
import { parseJson, send } from './local-http.ts';
import { waitFor } from './local-process.ts';

type Operated = Pick<LocalProcess, 'operatorUrl' | 'token'>;

function ask({ operatorUrl, token }: Operated, path: string, body?: JsonObject) {
  return send({
    url: `${operatorUrl}${path}`,
    headers: { authorization: `Bearer ${token}` },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
}

/** The rows of a query as objects. Throws with the reason when it was refused, or cut. `bounds`: what it may take. */
export async function query(deployment: Operated, sql: string, bounds: JsonObject = {}): Promise<JsonObject[]> {
  const answer = parseJson(await ask(deployment, '/query', { ...bounds, sql }));
  const { kind, columns, rows, truncated, reason } = isJsonObject(answer) ? answer : {};
  if (kind !== 'rows' || !Array.isArray(columns) || !Array.isArray(rows) || truncated !== false) {
    throw new Error(`the query was not answered: ${JSON.stringify(reason ?? { kind, truncated })}`);
  }
  const names = columns.map((column) => (isJsonObject(column) ? String(column['name']) : ''));
  return rows.map((row) => {
    const values = Array.isArray(row) ? row : [];
    return Object.fromEntries(names.map((name, at): [string, JsonValue] => [name, values[at] ?? null]));
  });
}

/** How many ids one answer may hold: less than a query's rows. */
const idsOfAnswer = 50_000;

/** `event_id` of every row of the exact view of `trackPlayed`; in parts, because an answer is bounded. */
export async function readEventIds(deployment: Operated): Promise<string[]> {
  const view = `events.${trackPlayedTable}`;
  const [counted] = await query(deployment, `SELECT count(*)::INTEGER AS count FROM ${view}`);
  const parts = Math.max(1, Math.ceil(Number(counted?.['count']) / idsOfAnswer));
  const ids: string[] = [];
  for (let part = 0; part < parts; part++) {
    const sql = `SELECT event_id FROM ${view} WHERE hash(event_id) % ${parts} = ${part}`;
    ids.push(...(await query(deployment, sql)).map((row) => String(row['event_id'])));
  }
  return ids;
}

/** The numbers of `GET /status`. */
export async function readStatus(deployment: Operated): Promise<Record<string, number>> {
  const status = parseJson(await ask(deployment, '/status'));
  const counts = Object.entries(isJsonObject(status) ? status : {});
  return Object.fromEntries(counts.map(([name, count]) => [name, Number(count)]));
}

/** Waits until everything acknowledged has gone through the pipeline; answers the status then. */
export function waitUntilIdle(deployment: Operated, timeoutMillis = 120_000): Promise<Record<string, number>> {
  return waitFor(
    'an empty backlog',
    async () => {
      const status = await readStatus(deployment);
      return status['backlog'] === 0 ? status : undefined;
    },
    timeoutMillis,
  );
}

/** Uploads a legacy file of this machine, as `edi legacy export` does; answers the key of its state. */
export async function uploadLegacy(deployment: Operated, upload: { name: string; mapping: string; path: string }) {
  const answer = parseJson(await ask(deployment, '/legacy', upload));
  const key = isJsonObject(answer) ? answer['key'] : undefined;
  if (typeof key !== 'string') throw new Error(`the file was not taken: ${JSON.stringify(answer)}`);
  return key;
}

/** How far the export of a legacy file is; undefined before it was begun. */
export async function legacyState(deployment: Operated, key: string): Promise<JsonObject | undefined> {
  const answer = parseJson(await ask(deployment, `/legacy/${key}`));
  const state = isJsonObject(answer) ? answer['state'] : undefined;
  return isJsonObject(state) ? state : undefined;
}

/** How many tables one query reads: of all at once, with the columns of GitHub's events, it takes more than its memory. */
const tablesOfQuery = 8;

/**
 * Every table and view of the warehouse with all its rows, by qualified name. Some at once, as the columns of one row, since
 * each query is a process on a copy of the tables.
 */
export async function exportWarehouse(deployment: Operated): Promise<Map<string, JsonObject[]>> {
  const tables = await query(deployment, 'SELECT table_schema, table_name FROM information_schema.tables ORDER BY ALL');
  const exported = new Map<string, JsonObject[]>();
  for (let from = 0; from < tables.length; from += tablesOfQuery) {
    const lists = tables.slice(from, from + tablesOfQuery).map(({ table_schema, table_name }) => {
      return `(SELECT list(t) FROM "${table_schema}"."${table_name}" t) AS "${table_schema}.${table_name}"`;
    });
    const [some = {}] = await query(deployment, `SELECT ${lists.join(',\n')}`);
    for (const [name, rows] of Object.entries(some)) {
      exported.set(name, Array.isArray(rows) ? rows.filter(isJsonObject) : []);
    }
  }
  return exported;
}
