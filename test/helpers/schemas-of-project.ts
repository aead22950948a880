import { fileURLToPath } from 'node:url';
import type { EventSchema } from '../../shared/event-types/event-schema.ts';
import { readSchemaFolder } from '../../shared/schema-language/schema-folder.ts';

let schemasRead: Promise<readonly EventSchema[]> | undefined;

/** The event types of `schemas/`, which are read once in a process: the same array for whoever asks. */
export function projectSchemas(): Promise<readonly EventSchema[]> {
  schemasRead ??= readProjectSchemas();
  return schemasRead;
}

async function readProjectSchemas(): Promise<readonly EventSchema[]> {
  const { schemas, problems } = await readSchemaFolder(fileURLToPath(new URL('../../schemas/', import.meta.url)));
  if (problems.length > 0) throw new Error(JSON.stringify(problems));
  return schemas;
}
