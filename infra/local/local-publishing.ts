import { makeThreadedCheck } from '../../functions/publish-schema/threaded-check.ts';
import { defaultPublishSchemaConfig } from '../../functions/publish-schema/config.ts';
import type { PublishSchemaPorts } from '../../functions/publish-schema/stage.ts';
import type { Warehouse } from '../../shared/adapters/embedded/duckdb/tables.ts';
import { systemClock } from '../../shared/adapters/system-clock.ts';
import { datasets } from '../naming.ts';
import { localSchemaBucket } from './schema-uploads.ts';

type Parts = Pick<PublishSchemaPorts, 'registry' | 'schemas' | 'snapshots' | 'prepare' | 'observer'>;

/** The ports of publish-schema where tables are DuckDB's, and made as a type is published. */
export function localPublishing(parts: Parts & { readonly warehouse: Warehouse }): PublishSchemaPorts {
  const { warehouse, registry, schemas, snapshots, prepare, observer } = parts;
  return {
    registry,
    schemas,
    snapshots,
    observer,
    ...(prepare ? { prepare } : {}),
    schemaBucket: localSchemaBucket,
    tables: { columns: (schema, table) => warehouse.columns({ schema, table }) },
    dataset: datasets.raw,
    checkSchema: makeThreadedCheck(defaultPublishSchemaConfig.maxCheckMillis),
    clock: systemClock,
  };
}
