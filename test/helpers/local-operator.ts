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

/** `event_id` of every row of the exact view of `trackPlayed`; in parts, because an answer is bounded. */
export async function readEventIds(deployment: Operated): Promise<string[]> {
  const ids: string[] = [];
  for (const digit of '0123456789abcdef') {
    const part = `SELECT event_id FROM events.${trackPlayedTable} WHERE event_id LIKE '${digit}%'`;
    ids.push(...(await query(deployment, part)).map((row) => String(row['event_id'])));
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

/** Every table and view of the warehouse with all its rows, by qualified name. */
export async function exportWarehouse(deployment: Operated): Promise<Map<string, JsonObject[]>> {
  const tables = await query(deployment, 'SELECT table_schema, table_name FROM information_schema.tables ORDER BY ALL');
  const exported = new Map<string, JsonObject[]>();
  for (const { table_schema, table_name } of tables) {
    exported.set(`${table_schema}.${table_name}`, await query(deployment, `FROM "${table_schema}"."${table_name}"`));
  }
  return exported;
}
