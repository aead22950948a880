import { mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { type Command, InvalidArgumentError, Option } from 'commander';
import { parseEventTypeName } from '../../../shared/event/event-type-name.ts';
import { readSchemaFolder } from '../../../shared/schema-language/schema-folder.ts';
import { loadCatalogTypes } from '../../catalog/load-catalog.ts';
import { type CatalogFile, renderCatalog } from '../../catalog/render.ts';
import { readSurroundings } from '../../catalog/surroundings.ts';
import { localDevKey } from '../../local/local-write-keys.ts';
import { CliError } from '../cli-error.ts';
import type { CommandIo } from '../command-io.ts';
import { schemaFolder } from '../find-deployment.ts';

interface DocsFlags {
  readonly out: string;
  readonly schemas: string;
  readonly ingestUrl: string;
}

/** Adds `edi schema docs`. */
export function addDocsCommand(schema: Command, io: CommandIo): void {
  schema
    .command('docs')
    .description('write the catalog of event types as a static site')
    .option('--out <folder>', 'where to', 'dist/catalog')
    .addOption(new Option('--schemas <folder>', 'the event types').default(schemaFolder, 'schemas'))
    .addOption(
      new Option('--ingest-url <url>', 'where the curl lines send to')
        .default('http://127.0.0.1:8080')
        .argParser(readOrigin),
    )
    .action(async ({ out, schemas, ingestUrl }: DocsFlags) => {
      const types = await loadCatalogTypes(resolve(schemas), await readSchemas(schemas));
      const surroundings = await readSurroundings(resolve(schemas));
      const files = renderCatalog({ types, surroundings, ingestUrl, exampleKey: localDevKey, liveCounts: false });
      await writeSite(resolve(out), files);
      await io.out.write(`${types.length} event types: open ${join(resolve(out), 'index.html')}\n`);
      const history = types[0]?.history;
      if (history?.kind === 'none') await io.err.write(`edi: the pages have no history: ${history.reason}\n`);
    });
}

/** It stands in a line for a shell, so it may be no more than scheme, host and port. */
function readOrigin(text: string): string {
  const url = URL.parse(text);
  if (url === null || !/^https?:$/.test(url.protocol)) throw new InvalidArgumentError('Give an http or https URL.');
  return url.origin;
}

async function readSchemas(folder: string) {
  let read: Awaited<ReturnType<typeof readSchemaFolder>>;
  try {
    read = await readSchemaFolder(resolve(folder));
  } catch (error) {
    throw new CliError(`${folder} cannot be read: ${error instanceof Error ? error.message : String(error)}`);
  }
  if (read.problems.length > 0) {
    const lines = read.problems.map(
      ({ file, pointer, message }) => `  ${file}${pointer === '' ? '' : ` at ${pointer}`}: ${message}`,
    );
    throw new CliError(`the schemas in ${folder} have problems:\n${lines.join('\n')}`);
  }
  return read.schemas.map((schema) => ({ schema }));
}

/** Writes the files, and removes the pages that an earlier run wrote of types that are gone. */
async function writeSite(folder: string, files: ReadonlyMap<string, CatalogFile>): Promise<void> {
  try {
    for (const [path, { render }] of files) {
      const target = join(folder, path);
      await mkdir(dirname(target), { recursive: true });
      await writeFile(target, render());
    }
    for (const name of await readdir(join(folder, 'types')).catch(() => [])) {
      const isPage = name.endsWith('.html') && parseEventTypeName(name.slice(0, -'.html'.length)) !== undefined;
      if (isPage && !files.has(`types/${name}`)) await rm(join(folder, 'types', name));
    }
  } catch (error) {
    throw new CliError(`${folder} cannot be written: ${error instanceof Error ? error.message : String(error)}`);
  }
}
