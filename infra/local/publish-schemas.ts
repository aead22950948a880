import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { defaultPublishSchemaConfig } from '../../functions/publish-schema/config.ts';
import { makePublishSchemaStage, type PublishSchemaPorts } from '../../functions/publish-schema/stage.ts';
import type { JsonValue } from '../../shared/event/json.ts';
import { type EventSchema, readEventSchema } from '../../shared/event-types/event-schema.ts';
import type { ObjectStore } from '../../shared/ports/object-store.ts';
import { schemaObjectName, sdksObjectName } from '../../shared/publication/schema-object.ts';
import { readSchemaFolder, type SchemaFileProblem } from '../../shared/schema-language/schema-folder.ts';
import { uploadNotification } from './schema-uploads.ts';

export interface PublishOptions {
  readonly folder: string;
  readonly ports: PublishSchemaPorts;
}

/** A schema folder that cannot be used; the message lists every problem with file, pointer and what to do. */
export class SchemaFolderError extends Error {
  override readonly name = 'SchemaFolderError';

  constructor(folder: string, problems: readonly SchemaFileProblem[], advice = '') {
    const lines = problems.map(
      ({ file, pointer, message }) => `  ${file}${pointer === '' ? '' : ` at ${pointer}`}: ${message}`,
    );
    super(`the schemas in ${folder} cannot be used:\n${lines.join('\n')}${advice}`);
  }
}

/**
 * Publishes the schema folder as a deployment of it would: uploads what differs from the stored objects and runs
 * publish-schema on each, by the same rules. Answers the schemas of every active revision, also of types whose file is
 * gone: their topics and tables stay. Rejects with `SchemaFolderError`: before anything is changed when a file by itself
 * has a problem.
 */
export async function publishSchemas({ folder, ports }: PublishOptions): Promise<readonly EventSchema[]> {
  const read = await readSchemaFolder(folder);
  if (read.problems.length > 0) throw new SchemaFolderError(folder, read.problems);
  const stage = makePublishSchemaStage(ports, defaultPublishSchemaConfig);
  const objects = [sdksObjectName, ...read.schemas.map(({ edi }) => schemaObjectName(edi.type))];
  const generations = new Map<string, string>();
  for (const object of objects) {
    const generation = await uploadIfChanged(ports.schemas, object, await readFile(join(folder, object)));
    generations.set(object, generation);
    await stage(uploadNotification(ports.schemaBucket, object, generation, ports.clock.nowMillis()));
  }
  const attempts = await ports.registry.attempts();
  const problems = attempts
    .filter(({ object, generation }) => generations.get(object) === generation)
    .flatMap(({ object, reasons }) => reasons.map((reason) => ({ file: object, ...reason })));
  if (problems.length > 0) {
    throw new SchemaFolderError(folder, problems, '\nStart with another --data or --ephemeral to begin anew.');
  }
  const state = await ports.registry.read();
  if (state === 'unchanged') throw new Error('a registry asked without a known version answers with its state');
  return state.revisions.map(({ schema }) => readActive(schema));
}

/** Answers the generation that is stored. */
async function uploadIfChanged(objects: ObjectStore, name: string, data: Buffer): Promise<string> {
  const stored = await objects.get(name);
  if (stored !== undefined && data.equals(stored.data)) return stored.generation;
  await objects.put(name, data);
  return (await objects.get(name))?.generation ?? '0';
}

function readActive(document: JsonValue): EventSchema {
  const result = readEventSchema(document);
  if (result.kind === 'schema') return result.eventSchema;
  throw new Error(
    `an active schema cannot be read any more: ${result.problems.map(({ message }) => message).join('; ')}`,
  );
}
