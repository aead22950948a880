import type { JsonValue } from '../../shared/event/json.ts';
import type { Clock } from '../../shared/ports/clock.ts';
import type { ObjectStore } from '../../shared/ports/object-store.ts';
import type { Registry } from '../../shared/ports/registry.ts';
import { type EventSchema, readEventSchema } from '../../shared/schema-language/event-schema.ts';
import { readSchemaFolder } from '../../shared/schema-language/schema-folder.ts';
import { writeSnapshot } from '../../shared/schema-language/snapshot.ts';

export interface PublishedSchemas {
  /** Of every active revision, also of types whose file is gone: their topics and tables stay. */
  readonly schemas: readonly EventSchema[];
}

export interface PublishOptions {
  readonly folder: string;
  readonly registry: Registry;
  readonly objects: ObjectStore;
  readonly clock: Clock;
  /** Makes the schemas' tables, or adds new columns. A revision becomes active only after its table has them. */
  readonly ensureTables: (schemas: readonly EventSchema[]) => Promise<void>;
}

/** A schema folder that cannot be used; the message lists every problem with file, pointer and what to do. */
export class SchemaFolderError extends Error {
  override readonly name = 'SchemaFolderError';
}

/**
 * Publishes the schema folder to the local registry: table, then activation, then the snapshot for functions that start.
 * Rejects with `SchemaFolderError` before anything is changed when a file has a problem.
 */
export async function publishSchemas(options: PublishOptions): Promise<PublishedSchemas> {
  const { registry, objects, clock } = options;
  const read = await readSchemaFolder(options.folder);
  if (read.problems.length > 0) {
    const lines = read.problems.map(
      ({ file, pointer, message }) => `  ${file}${pointer === '' ? '' : ` at ${pointer}`}: ${message}`,
    );
    throw new SchemaFolderError(`the schemas in ${options.folder} cannot be used:\n${lines.join('\n')}`);
  }
  await options.ensureTables(read.schemas);
  await registry.publishSdks(read.sdks);
  for (const { edi, schema } of read.schemas) await registry.activate(edi.type, schema, clock.nowMillis());
  const snapshot = await registry.read();
  if (snapshot === 'unchanged') throw new Error('a registry asked without a known version answers with its state');
  await writeSnapshot(objects, snapshot);
  return { schemas: snapshot.revisions.map((revision) => readActive(revision.schema)) };
}

function readActive(document: JsonValue): EventSchema {
  const result = readEventSchema(document);
  if (result.kind === 'schema') return result.eventSchema;
  throw new Error(
    `an active schema cannot be read any more: ${result.problems.map(({ message }) => message).join('; ')}`,
  );
}
