import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { gzipSync } from 'node:zlib';
import type { Page } from 'playwright-core';
import type { CatalogType } from '../../infra/catalog/catalog.ts';
import { renderCatalog } from '../../infra/catalog/render.ts';
import { isJsonObject } from '../../shared/event/json.ts';
import { readSchemaFolder } from '../../shared/schema-language/schema-folder.ts';
import { findBrowser, launchBrowser } from '../helpers/browser.ts';
import { catalogOf, catalogType } from '../helpers/catalog.ts';
import { makeScratchFolder } from '../helpers/local-process.ts';

// The catalog of a thousand types, as large as those of this project: npm run bench -- catalog

const typeCount = 1_000;
const domains = 25;
const queries = ['p', 'push', 'display_name', 'sender login', 'nothing at all', ''];
const runs = 5;

async function makeTypes(): Promise<CatalogType[]> {
  const { schemas } = await readSchemaFolder(resolve(import.meta.dirname, '../../schemas'));
  const copies = Math.ceil(typeCount / schemas.length);
  const types = Array.from({ length: copies }, (_, copy) =>
    schemas.map(({ edi, schema }, at) => {
      const domain = `domain-${String((copy * schemas.length + at) % domains).padStart(2, '0')}`;
      const type = `${domain}.${edi.type.split('.')[1]}-${copy}.v1`;
      return catalogType({ ...schema, edi: { ...(isJsonObject(schema['edi']) ? schema['edi'] : {}), type } });
    }),
  );
  return types
    .flat()
    .slice(0, typeCount)
    .sort((a, b) => (a.schema.edi.type < b.schema.edi.type ? -1 : 1));
}

function median(values: readonly number[]): string {
  return (values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0).toFixed(0);
}

/** From a changed query to a list that is laid out. */
async function searchMillis(page: Page, query: string): Promise<number> {
  const change = `(() => {
    const began = performance.now();
    const field = document.getElementById('q');
    field.value = ${JSON.stringify(query)};
    field.dispatchEvent(new Event('input'));
    document.body.getBoundingClientRect();
    return performance.now() - began;
  })()`;
  return Number(await page.evaluate(change));
}

const types = await makeTypes();
const scratch = makeScratchFolder();
const millisOf = new Map<string, number>();
for (const [path, { render }] of renderCatalog(catalogOf(types))) {
  const began = performance.now();
  const text = render();
  const part = path.startsWith('types/') ? 'all pages of types' : path;
  millisOf.set(part, (millisOf.get(part) ?? 0) + performance.now() - began);
  mkdirSync(dirname(join(scratch.path, path)), { recursive: true });
  writeFileSync(join(scratch.path, path), text);
  const bytes = Buffer.byteLength(text);
  if (path.startsWith('index') || path.startsWith('assets')) {
    console.log(`${path}: ${(bytes / 1_000).toFixed(0)} kB, gzip ${(gzipSync(text).length / 1_000).toFixed(0)} kB`);
  }
}
for (const [part, millis] of millisOf) if (millis >= 1) console.log(`rendered ${part}: ${millis.toFixed(0)} ms`);

const executablePath = findBrowser();
if (executablePath === undefined) console.log('no browser is in PATH: the list is not measured');
else {
  const browser = await launchBrowser(executablePath);
  const page = await browser.newPage();
  await page.goto(pathToFileURL(join(scratch.path, 'index.html')).href);
  const loaded = await page.evaluate('performance.getEntriesByType("navigation")[0].loadEventEnd');
  console.log(`list loaded and searchable: ${Number(loaded).toFixed(0)} ms`);
  for (const query of queries) {
    const times: number[] = [];
    for (let run = 0; run < runs; run++) {
      await searchMillis(page, 'another query');
      times.push(await searchMillis(page, query));
    }
    console.log(`search for "${query}": ${median(times)} ms, the median of ${runs}`);
  }
  await browser.close();
}
scratch.remove();
