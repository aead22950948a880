import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type JsonValue, readJson } from '../../shared/event/json.ts';
import type { EventSchema } from '../../shared/event-types/event-schema.ts';
import type { ActiveState, CatalogType, Example } from './catalog.ts';
import { readGitHistory } from './git-history.ts';

const exampleFile = /^([a-z0-9-]+)\/([a-z0-9-]+\.v\d+)\.([^/]+)\.(pass|fail)\.json$/;

/** A schema, with its place in the registry where one was asked. */
export interface SchemaToShow {
  readonly schema: EventSchema;
  readonly active?: ActiveState;
}

/**
 * Adds to schemas what a schema folder and its git history know of them, sorted by type. What the folder does not have
 * is left out, so that it may be missing altogether.
 */
export async function loadCatalogTypes(folder: string, schemas: readonly SchemaToShow[]): Promise<CatalogType[]> {
  const [examples, historyOf] = await Promise.all([readExamples(folder), readGitHistory(folder)]);
  return schemas
    .map(({ schema, active }) => ({
      schema,
      ...(active === undefined ? {} : { active }),
      examples: acceptedFirst(examples.get(schema.edi.type) ?? []),
      history: historyOf(schema.edi.type),
    }))
    .sort((a, b) => (a.schema.edi.type < b.schema.edi.type ? -1 : 1));
}

function acceptedFirst(examples: readonly Example[]): Example[] {
  return [...examples.filter(({ passes }) => passes), ...examples.filter(({ passes }) => !passes)];
}

/** The examples of a schema folder by type, in the order of their names. */
async function readExamples(folder: string): Promise<ReadonlyMap<string, Example[]>> {
  const byType = new Map<string, Example[]>();
  for (const file of await fileNames(folder)) {
    const [, domain, event, name, verdict] = exampleFile.exec(file) ?? [];
    if (domain === undefined || event === undefined || name === undefined) continue;
    const data = await readJsonFile(join(folder, file));
    if (data === undefined) continue;
    const examples = byType.get(`${domain}.${event}`) ?? [];
    examples.push({ name, passes: verdict === 'pass', data });
    byType.set(`${domain}.${event}`, examples);
  }
  return byType;
}

async function fileNames(folder: string): Promise<string[]> {
  try {
    return (await readdir(folder, { recursive: true })).map((name) => name.replaceAll('\\', '/')).sort();
  } catch {
    return [];
  }
}

/** Undefined for what is no JSON, which the check of the schemas finds. */
async function readJsonFile(path: string): Promise<JsonValue | undefined> {
  try {
    return readJson(await readFile(path, 'utf8'));
  } catch {
    return undefined;
  }
}
