import { type EventSchema, readEventSchema } from '../../../shared/event-types/event-schema.ts';
import type { ActiveRevision, RegistrySnapshot } from '../../../shared/ports/registry.ts';
import { loadCatalogTypes, type SchemaToShow } from '../../catalog/load-catalog.ts';
import { legacySharePath, typeStatePath } from '../../catalog/paths.ts';
import { type CatalogFile, renderCatalog } from '../../catalog/render.ts';
import { readSurroundings } from '../../catalog/surroundings.ts';
import { isLegacy } from '../../catalog/type-page.ts';
import { localDevKey } from '../local-write-keys.ts';
import type { StoredType } from './stored-type.ts';

/** The catalog of one version of the registry. */
export interface CatalogSite {
  /** Event types, sorted. */
  readonly types: readonly string[];
  readonly schemas: ReadonlyMap<string, EventSchema>;
  readonly files: ReadonlyMap<string, CatalogFile>;
  /** Of the types, those that come as legacy files, by the path of their shares. */
  readonly legacyTypes: ReadonlyMap<string, StoredType>;
  /** All of them, by the path of their state. */
  readonly statePaths: ReadonlyMap<string, StoredType>;
}

/** What the catalog is made of beside the registry. */
export interface CatalogSources {
  /** For examples and history; the schemas themselves are the registry's. */
  readonly schemaFolder: string;
  /** Asked when pages are made, since the port is known only when ingest listens. */
  readonly ingestUrl: () => string;
}

/** The catalog of what the registry says is active. */
export async function makeSite(
  { revisions, sdks }: Pick<RegistrySnapshot, 'revisions' | 'sdks'>,
  { schemaFolder, ingestUrl }: CatalogSources,
): Promise<CatalogSite> {
  const [types, surroundings] = await Promise.all([
    loadCatalogTypes(schemaFolder, revisions.flatMap(schemaToShow)),
    readSurroundings(schemaFolder, sdks),
  ]);
  const files = renderCatalog({
    types,
    surroundings,
    ingestUrl: ingestUrl(),
    exampleKey: localDevKey,
    liveCounts: true,
  });
  const schemas = new Map(types.map(({ schema }) => [schema.edi.type, schema]));
  const stored = types.map(({ schema: { edi } }) => ({ edi, type: edi.type, isAlpha: edi.stage === 'alpha' }));
  const byPath = (pathOf: (type: string) => string, all: typeof stored) =>
    new Map(all.map(({ type, isAlpha }): [string, StoredType] => [pathOf(type), { type, isAlpha }]));
  return {
    types: [...schemas.keys()],
    schemas,
    files,
    legacyTypes: byPath(
      legacySharePath,
      stored.filter(({ edi }) => isLegacy(edi)),
    ),
    statePaths: byPath(typeStatePath, stored),
  };
}

/** A revision that cannot be read is no type; the functions say so in the log. */
function schemaToShow({ schema, revision, activatedAtMillis }: ActiveRevision): SchemaToShow[] {
  const result = readEventSchema(schema);
  if (result.kind === 'bad') return [];
  return [{ schema: result.eventSchema, active: { revision, activatedAtMillis } }];
}
