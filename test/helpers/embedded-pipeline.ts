import { join } from 'node:path';
import type { FunctionName } from '../../functions/index.ts';
import { busTopology } from '../../infra/local/bus-topology.ts';
import { type FunctionServer, serveFunction } from '../../infra/local/function-servers.ts';
import { makeLiveFeed } from '../../infra/local/live-feed.ts';
import { makeLiveTables } from '../../infra/local/live-tables.ts';
import { localFunctions, localPublishing, startLocalFunction } from '../../infra/local/local-functions.ts';
import { publishSchemas } from '../../infra/local/publish-schemas.ts';
import { type DeliverySettings, makeTopology } from '../../infra/topology.ts';
import { runReadOnlyQuery } from '../../shared/adapters/embedded/duckdb/query.ts';
import { openEmbeddedStorage } from '../../shared/adapters/embedded/storage.ts';
import type { JsonValue } from '../../shared/event/json.ts';
import { answer, type HttpHandler } from '../../shared/http/http.ts';
import { makeCountingObserver } from '../../shared/observe/json-observer.ts';
import { leakyWarehouse } from './leaky-warehouse.ts';
import { makeScratchFolder, projectFolder } from './local-process.ts';

export type EmbeddedPipeline = Awaited<ReturnType<typeof startEmbeddedPipeline>>;

/** The functions on the embedded storage, where stages and tables can be taken away, and delivery is as it is told. */
export async function startEmbeddedPipeline(delivery: DeliverySettings) {
  const scratch = makeScratchFolder();
  const storage = await openEmbeddedStorage(join(scratch.path, 'data'));
  const { bus } = storage;
  const observer = makeCountingObserver();
  const away = { stages: new Set<FunctionName>(), table: '' };
  const { warehouse } = storage;
  const leaky = leakyWarehouse(warehouse, (table) => table === away.table);
  const declare = (topology: Parameters<typeof bus.declare>[0]) => bus.declare(topology);
  const tables = makeLiveTables({ bus, declare, warehouse: leaky, observer, feed: makeLiveFeed(), delivery });
  const publishing = localPublishing(storage, observer, (schema, how) => tables.prepare(schema, how));
  const { active: schemas } = await publishSchemas({ folder: join(projectFolder, 'schemas'), ports: publishing });
  await tables.add(schemas);
  const servers = new Map<string, FunctionServer>();
  for (const needs of localFunctions) {
    const handler = await startLocalFunction(needs, {
      held: storage,
      observer,
      publishing,
      ingestUrl: () => servers.get('ingest')?.url ?? '',
    });
    const switched: HttpHandler = async (request, response) => {
      if (away.stages.has(needs.name)) return answer(response, 503);
      await handler(request, response);
    };
    servers.set(needs.name, await serveFunction(needs.name, switched, 0));
  }
  bus.declare(busTopology(makeTopology(schemas, delivery), (name) => servers.get(name)?.url));
  bus.start();
  return {
    url: servers.get('ingest')?.url ?? '',
    away,
    observer,
    storage,
    /** Messages that wait in a subscription. */
    backlog: (name: string) => bus.stats().find(({ subscription }) => subscription === name)?.backlogMessages,
    async rows(sql: string): Promise<readonly (readonly JsonValue[])[]> {
      const limits = { maxRows: 1_000, timeoutMillis: 20_000, maxResultBytes: 2 ** 24 };
      const result = await runReadOnlyQuery(warehouse, sql, limits);
      if (result.kind === 'refused') throw new Error(`the query was not answered: ${sql}`);
      return result.rows;
    },
    async stop() {
      await tables.stop();
      await bus.stop({ drainMillis: 1_000 });
      for (const server of servers.values()) await server.close();
      await storage.close();
      scratch.remove();
    },
  };
}
