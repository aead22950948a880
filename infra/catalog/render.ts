import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Catalog } from './catalog.ts';
import { listPage } from './list-page.ts';
import { sdksPagePath, subjectsPagePath, typePagePath } from './paths.ts';
import { sdksPage } from './sdks-page.ts';
import { searchIndexPath, searchIndexText } from './search-index.ts';
import { subjectsPage } from './subjects-page.ts';
import { typePage } from './type-page.ts';

/** A file of the site. */
export interface CatalogFile {
  readonly contentType: string;
  /** Makes the content; pages of a thousand types are made one by one, when they are asked for. */
  readonly render: () => string;
}

const contentTypes = {
  html: 'text/html; charset=utf-8',
  css: 'text/css; charset=utf-8',
  js: 'text/javascript; charset=utf-8',
  svg: 'image/svg+xml',
} as const;

/** The site: its files by path below its root. The same catalog makes the same bytes. */
export function renderCatalog(catalog: Catalog): ReadonlyMap<string, CatalogFile> {
  const files = new Map<string, CatalogFile>();
  files.set('index.html', { contentType: contentTypes.html, render: once(() => listPage(catalog)) });
  files.set(searchIndexPath, { contentType: contentTypes.js, render: once(() => searchIndexText(catalog)) });
  files.set(sdksPagePath, { contentType: contentTypes.html, render: once(() => sdksPage(catalog)) });
  files.set(subjectsPagePath, { contentType: contentTypes.html, render: once(() => subjectsPage(catalog)) });
  for (const [name, contentType] of [
    ['catalog.css', contentTypes.css],
    ['pages.css', contentTypes.css],
    ['catalog.js', contentTypes.js],
    ['list.js', contentTypes.js],
    ['type.js', contentTypes.js],
    ['icon.svg', contentTypes.svg],
  ] as const) {
    files.set(`assets/${name}`, { contentType, render: () => readAsset(name) });
  }
  for (const type of catalog.types) {
    const path = typePagePath(type.schema.edi.type);
    files.set(path, { contentType: contentTypes.html, render: () => typePage(catalog, type) });
  }
  return files;
}

/** For the files that look at every type. */
function once(render: () => string): () => string {
  let text: string | undefined;
  return () => {
    text ??= render();
    return text;
  };
}

function readAsset(name: string): string {
  return readFileSync(join(import.meta.dirname, 'assets', name), 'utf8');
}
