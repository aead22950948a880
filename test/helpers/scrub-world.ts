import { defaultScrubPropertyConfig, type ScrubPropertyConfig } from '../../functions/scrub-property/config.ts';
import { start } from '../../functions/scrub-property/function.ts';
import { needs } from '../../functions/scrub-property/needs.ts';
import { ensureTables } from '../../infra/local/tables.ts';
import { makeTopology } from '../../infra/topology.ts';
import { runReadOnlyQuery } from '../../shared/adapters/embedded/duckdb/query.ts';
import { createMemoryPorts } from '../../shared/adapters/memory/held-ports.ts';
import { createManualClock } from '../../shared/adapters/memory/manual-clock.ts';
import type { JsonObject, JsonValue } from '../../shared/event/json.ts';
import { passedToken } from '../../shared/http/caller.ts';
import { pickPorts } from '../../shared/needs/held-ports.ts';
import { startMillis } from './batches.ts';
import { serveHandler } from './handler-server.ts';
import { send } from './local-http.ts';
import { recordingObserver } from './recording-observer.ts';
import { activate, eventSchema } from './schemas.ts';

interface ScrubWorldOptions {
  /** What is active now. */
  readonly schemas: readonly JsonObject[];
  /** Whose tables there are. Default: those. */
  readonly tables?: readonly JsonObject[];
  readonly config?: Partial<ScrubPropertyConfig>;
}

/** The function scrub-property over memory, whose tables are DuckDB's. */
export async function scrubWorld({ schemas, tables = schemas, config }: ScrubWorldOptions) {
  const clock = createManualClock(startMillis);
  const failing: { next?: (operation: string) => void } = {};
  const gate = (operation: string) => failing.next?.(operation);
  const memory = createMemoryPorts({ clock, gates: { statements: gate, buckets: gate } });
  const warehouse = await memory.statements.warehouse();
  const topology = makeTopology(tables.map(eventSchema));
  await ensureTables(warehouse, topology);
  for (const schema of schemas) await activate(memory.databases.registry, schema);
  const observer = recordingObserver();
  const handler = await start(pickPorts(needs, memory, observer), { ...defaultScrubPropertyConfig, ...config });
  const { url, close } = await serveHandler(handler);
  const caller = { authorization: passedToken('privacy@example.com') };
  const texts: Readonly<Record<string, unknown>> = { STRING: 'x', INT64: 1, BOOL: false };

  const world = {
    memory,
    clock,
    failing,
    observer,
    url,
    close,
    files: memory.buckets.rawArchive,
    call: (body: JsonObject | string, headers: Readonly<Record<string, string>> = caller) =>
      send({ url: `${url}v1/scrubs`, headers, body: typeof body === 'string' ? body : JSON.stringify(body) }),
    /** A row with these columns, and something in those that it cannot be without. */
    async append(schema: string, name: string, row: Readonly<Record<string, unknown>>): Promise<void> {
      const spec = topology.tables.find(({ dataset, table }) => dataset === schema && table === name);
      const filled = (spec?.columns ?? []).filter(({ mode }) => mode === 'REQUIRED');
      const required = filled.map(({ name: column, type }) => [column, texts[type] ?? '2026-01-01T00:00:00Z']);
      const line = JSON.stringify({ ...Object.fromEntries(required), ...row });
      const [answer] = await warehouse.append({ schema, table: name }, [line]);
      if (answer?.kind !== 'inserted') throw new Error(JSON.stringify(answer));
    },
    async rows(sql: string): Promise<JsonValue[]> {
      const found = await runReadOnlyQuery(warehouse, sql, { maxRows: 100, timeoutMillis: 10_000 });
      if (found.kind !== 'rows') throw new Error(found.reason);
      return found.rows.map(([value]) => {
        const text = String(value);
        return /^[[{]|^null$/.test(text) ? JSON.parse(text) : text;
      });
    },
  };
  return world;
}
