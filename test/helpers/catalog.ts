import type { Catalog, CatalogType } from '../../infra/catalog/catalog.ts';
import { renderCatalog } from '../../infra/catalog/render.ts';
import type { Surroundings } from '../../infra/catalog/surroundings.ts';
import type { JsonObject } from '../../shared/event/json.ts';
import { eventSchema } from './schemas.ts';

/** A type of the catalog, with no examples and no history unless given. */
export function catalogType(document: JsonObject, parts: Partial<CatalogType> = {}): CatalogType {
  return { schema: eventSchema(document), examples: [], history: { kind: 'none', reason: 'this is a test' }, ...parts };
}

export const noSurroundings: Surroundings = {
  bindings: new Map(),
  realms: new Map(),
  mappings: [],
  contacts: new Map(),
};

export function catalogOf(types: readonly CatalogType[], parts: Partial<Catalog> = {}): Catalog {
  const address = { ingestUrl: 'http://127.0.0.1:8080', exampleKey: 'local-dev-key' };
  return { types, surroundings: noSurroundings, ...address, liveCounts: false, ...parts };
}

/** The text that a page shows of escaped HTML. */
export function unescapeHtml(text: string): string {
  return text
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&quot;', '"')
    .replaceAll('&#39;', "'")
    .replaceAll('&amp;', '&');
}

/** The texts to copy of a page, by label. */
export function snippetsOf(page: string): Map<string, string> {
  const found = page.matchAll(/<pre [^>]*aria-label="([^"]*)"[^>]*>\s*<code>([\s\S]*?)<\/code>/g);
  return new Map([...found].map(([, label = '', text = '']) => [unescapeHtml(label), unescapeHtml(text)]));
}

const voidElements = new Set(['meta', 'link', 'input', 'wbr']);
const tag = /<(\/?)([a-z][a-z0-9]*)((?:\s+[a-z-]+(?:="[^"<>]*")?)*)\s*>/y;

/**
 * What is wrong with the markup of a page: a `<` that begins no tag, an unquoted attribute, elements that are not closed
 * in order, an id that stands twice.
 */
export function markupProblems(page: string): string[] {
  const problems: string[] = [];
  const open: string[] = [];
  const ids = new Set<string>();
  const text = page.replace(/^<!doctype html>/, '');
  for (let at = text.indexOf('<'); at >= 0; at = text.indexOf('<', at + 1)) {
    tag.lastIndex = at;
    const [whole, slash, name = '', attributes = ''] = tag.exec(text) ?? [];
    if (whole === undefined) {
      problems.push(`no tag: ${text.slice(at, at + 40)}`);
      continue;
    }
    const id = / id="([^"]*)"/.exec(attributes)?.[1];
    if (id !== undefined && ids.has(id)) problems.push(`twice: ${id}`);
    if (id !== undefined) ids.add(id);
    if (slash === '/') {
      const expected = open.pop();
      if (expected !== name) problems.push(`</${name}> closes <${expected}>`);
    } else if (!voidElements.has(name)) open.push(name);
  }
  return [...problems, ...open.map((name) => `never closed: ${name}`)];
}

/** The pages of a catalog, by path. */
export function pagesOf(catalog: Catalog): Map<string, string> {
  const files = [...renderCatalog(catalog)].filter(([path]) => path.endsWith('.html'));
  return new Map(files.map(([path, { render }]) => [path, render()]));
}

type SearchField = string | [path: string, anchor: string, words?: number];
type SearchEntry = [type: string, words: string, stage: string, owner: string, subject: string, fields: SearchField[]];

/** What the script of the list reads. */
export function searchOf(catalog: Catalog): { readonly entries: SearchEntry[]; readonly words: string[] } {
  const text = renderCatalog(catalog).get('assets/search-index.js')?.render() ?? '';
  const [, words = '', entries = ''] =
    /^window\.ediSearchWords = (.*);\nwindow\.ediSearchIndex = (.*);\n$/s.exec(text) ?? [];
  return { entries: JSON.parse(entries), words: JSON.parse(words) };
}

/** Each `href` and `src` of a page. */
export function referencesOf(page: string): string[] {
  return [...page.matchAll(/ (?:href|src)="([^"]*)"/g)].map(([, url = '']) => unescapeHtml(url));
}
