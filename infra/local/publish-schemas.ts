import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { defaultPublishSchemaConfig } from '../../functions/publish-schema/config.ts';
import { makePublishSchemaStage, type PublishSchemaPorts } from '../../functions/publish-schema/stage.ts';
import type { JsonValue } from '../../shared/event/json.ts';
import { type EventSchema, readEventSchema } from '../../shared/event-types/event-schema.ts';
import { readRegistry } from '../../shared/event-types/read-registry.ts';
import type { ObjectStore } from '../../shared/ports/object-store.ts';
import { wayOut } from '../../shared/publication/replacement.ts';
import { schemaObjectName, sdksObjectName } from '../../shared/publication/schema-object.ts';
import { readSchemaFolder, type SchemaFileProblem } from '../../shared/schema-language/schema-folder.ts';
import { uploadNotification } from './schema-uploads.ts';

export interface PublishOptions {
  readonly folder: string;
  readonly ports: PublishSchemaPorts;
}

/** A schema folder of which nothing can be served; the message lists every problem with file, pointer and what to do. */
export class SchemaFolderError extends Error {
  override readonly name = 'SchemaFolderError';

  constructor(folder: string, problems: readonly SchemaFileProblem[]) {
    super(`none of the schemas in ${folder} can be used:\n${problemLines(problems)}`);
  }
}

/** A line per problem: file, pointer, what is wrong. */
export function problemLines(problems: readonly SchemaFileProblem[]): string {
  return problems
    .map(({ file, pointer, message }) => `  ${file}${pointer === '' ? '' : ` at ${pointer}`}: ${message}`)
    .join('\n');
}

export interface PublishedSchemas {
  /** Of every active revision, also of types whose file is gone: their topics and tables stay. */
  readonly active: readonly EventSchema[];
  /** Why files of the folder are not active as they are now. What was active of those types before is served. */
  readonly waiting: readonly SchemaFileProblem[];
}

/**
 * Publishes the schema folder as a deployment of it would: uploads what differs from the stored objects and runs
 * publish-schema on each, by the same rules. A file that cannot be used keeps nobody else's from it. Rejects with
 * `SchemaFolderError` when there are problems and nothing is active at all.
 */
export async function publishSchemas({ folder, ports }: PublishOptions): Promise<PublishedSchemas> {
  // publish-schema compiles what is new, in a thread; to compile all of them here would keep every start waiting.
  const read = await readSchemaFolder(folder, { compile: false });
  const stage = makePublishSchemaStage(ports, defaultPublishSchemaConfig);
  const sdks = read.problems.some(({ file }) => file === sdksObjectName) ? [] : [sdksObjectName];
  const objects = [...sdks, ...read.schemas.map(({ edi }) => schemaObjectName(edi.type))];
  const generations = new Map<string, string>();
  for (const object of objects) {
    const generation = await uploadIfChanged(ports.schemas, object, await readFile(join(folder, object)));
    generations.set(object, generation);
    await stage(uploadNotification(ports.schemaBucket, object, generation, ports.clock.nowMillis()));
  }
  const attempts = await ports.registry.attempts();
  const refused = attempts
    .filter(({ object, generation }) => generations.get(object) === generation)
    .flatMap(({ object, reasons }) => reasons.map((reason) => ({ file: object, ...reason })));
  const { revisions } = await readRegistry(ports.registry);
  const active = revisions.map(({ type, schema }) => readActive(type, schema));
  const unreadable = active.flatMap((each) => ('file' in each ? [each] : []));
  const waiting = [...read.problems, ...refused, ...unreadable];
  if (revisions.length === 0 && waiting.length > 0) throw new SchemaFolderError(folder, waiting);
  return { active: active.flatMap((each) => ('file' in each ? [] : [each])), waiting };
}

/** Answers the generation that is stored. */
async function uploadIfChanged(objects: ObjectStore, name: string, data: Buffer): Promise<string> {
  const stored = await objects.get(name);
  if (stored !== undefined && data.equals(stored.data)) return stored.generation;
  await objects.put(name, data);
  return (await objects.get(name))?.generation ?? '0';
}

/** One that was published by another version of this, whose rules were others, is served by nobody. */
function readActive(type: string, document: JsonValue): EventSchema | SchemaFileProblem {
  const result = readEventSchema(document);
  if (result.kind === 'schema') return result.eventSchema;
  const why = result.problems.map(({ message }) => message).join('; ');
  const message = `what is active cannot be read any more, and is not served: ${why}; ${wayOut(type)}`;
  return { file: schemaObjectName(type), pointer: '', message };
}
