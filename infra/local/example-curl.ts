import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isJsonObject, type JsonValue } from '../../shared/event/json.ts';
import { localDevKey } from './local-write-keys.ts';

/**
 * A `curl` line that sends one event and works when pasted into a shell: the shortest passing example of the schema
 * folder. Undefined when there is none.
 */
export async function exampleCurl(schemaFolder: string, url: string, nowMillis: number): Promise<string | undefined> {
  const names = (await readdir(schemaFolder, { recursive: true })).filter((name) => name.endsWith('.pass.json'));
  const examples = await Promise.all(
    names.map(async (name) => {
      const data: JsonValue = JSON.parse(await readFile(join(schemaFolder, name), 'utf8'));
      const match = /([a-z0-9-]+)[/\\]([a-z0-9-]+\.v\d+)\.[^/\\]*\.pass\.json$/.exec(name);
      return { type: `${match?.[1]}.${match?.[2]}`, data, length: JSON.stringify(data).length };
    }),
  );
  const shortest = examples.filter(({ data }) => isJsonObject(data)).sort((a, b) => a.length - b.length)[0];
  if (shortest === undefined) return undefined;
  const event = {
    specversion: '1.0',
    id: crypto.randomUUID(),
    source: 'my-terminal',
    type: shortest.type,
    time: new Date(nowMillis).toISOString(),
    data: shortest.data,
  };
  // An apostrophe would end the shell's quoting; JSON can spell it differently.
  const body = JSON.stringify(event).replaceAll("'", '\\u0027');
  return `curl -s ${url}/v1/events -H 'authorization: Bearer ${localDevKey}' -H 'content-type: application/cloudevents+json' -d '${body}'`;
}
