import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { domainOf, ownDomain } from '../../shared/event/event-type-name.ts';
import { isJsonObject, readJson } from '../../shared/event/json.ts';
import { localDevKey } from './local-write-keys.ts';

export interface ExampleCurlOptions {
  readonly schemaFolder: string;
  readonly url: string;
  readonly nowMillis: number;
  /** By SDK; without, the development key is used. */
  readonly writeKeys?: Readonly<Record<string, string>> | undefined;
}

/**
 * A `curl` line that sends one event and works when pasted into a shell: the shortest passing example of the schema
 * folder, but for the system's own types. Undefined when there is none.
 */
export async function exampleCurl({
  schemaFolder,
  url,
  nowMillis,
  writeKeys,
}: ExampleCurlOptions): Promise<string | undefined> {
  const names = (await readdir(schemaFolder, { recursive: true })).filter((name) => name.endsWith('.pass.json'));
  const examples = await Promise.all(
    names.map(async (name) => {
      const data = readJson(await readFile(join(schemaFolder, name), 'utf8'));
      const [, domain = '', event = ''] = /([a-z0-9-]+)[/\\]([a-z0-9-]+\.v\d+)\.[^/\\]*\.pass\.json$/.exec(name) ?? [];
      const schemaPath = join(schemaFolder, domain, `${event}.json`);
      return { type: `${domain}.${event}`, schemaPath, data, length: JSON.stringify(data).length };
    }),
  );
  const ofTeams = examples.filter(({ type, data }) => isJsonObject(data) && domainOf(type) !== ownDomain);
  const shortest = ofTeams.sort((a, b) => a.length - b.length)[0];
  if (shortest === undefined) return undefined;
  const event = {
    specversion: '1.0',
    id: crypto.randomUUID(),
    source: 'my-terminal',
    type: shortest.type,
    time: new Date(nowMillis).toISOString(),
    data: shortest.data,
  };
  const key = writeKeys === undefined ? localDevKey : (writeKeys[await firstSdk(shortest.schemaPath)] ?? '');
  // An apostrophe would end the shell's quoting; JSON can spell it differently.
  const body = JSON.stringify(event).replaceAll("'", '\\u0027');
  return `curl -s ${url}/v1/events -H 'authorization: Bearer ${key}' -H 'content-type: application/cloudevents+json' -d '${body}'`;
}

async function firstSdk(schemaPath: string): Promise<string> {
  const schema = readJson(await readFile(schemaPath, 'utf8'));
  const edi = isJsonObject(schema) ? schema['edi'] : undefined;
  const sdks = isJsonObject(edi) ? edi['sdks'] : undefined;
  return Array.isArray(sdks) && typeof sdks[0] === 'string' ? sdks[0] : '';
}
