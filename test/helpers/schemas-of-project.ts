import { fileURLToPath } from 'node:url';
import type { EventSchema } from '../../shared/event-types/event-schema.ts';
import { readSchemaFolder } from '../../shared/schema-language/schema-folder.ts';

/** The event types of `schemas/`. */
export async function projectSchemas(): Promise<readonly EventSchema[]> {
  const { schemas, problems } = await readSchemaFolder(fileURLToPath(new URL('../../schemas/', import.meta.url)));
  if (problems.length > 0) throw new Error(JSON.stringify(problems));
  return schemas;
}
