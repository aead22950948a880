import { domainOf } from '../../shared/event/event-type-name.ts';
import type { Catalog, CatalogType } from './catalog.ts';
import { fieldsOf, flattenFields } from './fields.ts';
import { type Html, html } from './html.ts';
import { breakable, pageText } from './layout.ts';
import { ownerText } from './owner-text.ts';
import { sdksPagePath, subjectsPagePath, typePagePath } from './paths.ts';
import { releaseStageBadge } from './release-stage.ts';
import { searchIndexPath } from './search-index.ts';

/** The first page: every type, by domain. Reads without a script, which adds search and filters. */
export function listPage(catalog: Catalog): string {
  const byDomain = new Map<string, CatalogType[]>();
  for (const type of catalog.types) {
    const domain = domainOf(type.schema.edi.type);
    byDomain.set(domain, [...(byDomain.get(domain) ?? []), type]);
  }
  const body = html`<header class="top"><div class="wide">
<h1>Event catalog</h1>
<p>${countOf(catalog.types.length, 'event type')} in ${countOf(byDomain.size, 'domain')}</p>
<nav aria-label="Other pages"><a href="${sdksPagePath}">SDK bindings</a> · <a href="${subjectsPagePath}">Data subjects</a></nav>
</div></header>
<main id="main" class="wide" tabindex="-1">
${searchForm(catalog)}
${catalog.liveCounts ? html`<p id="live-total" class="live" hidden></p>` : undefined}
${catalog.types.length === 0 ? html`<p>There is no event type yet.</p>` : undefined}
<p id="nothing" hidden>Nothing fits. Look for part of a type, a table, a field, an owner, a word of a description, or for “personal data of” somebody.</p>
${[...byDomain].map(
  ([domain, types]) => html`<section class="domain" aria-labelledby="domain-${domain}">
<h2 id="domain-${domain}">${domain}</h2>
<ul class="types">
${types.map((type) => typeItem(catalog, type))}</ul>
</section>
`,
)}</main>`;
  return pageText({
    title: 'Event catalog',
    root: '',
    scripts: [searchIndexPath, 'assets/list.js'],
    liveCounts: catalog.liveCounts,
    body,
  });
}

function typeItem(catalog: Catalog, { schema }: CatalogType): Html {
  const { edi } = schema;
  const fields = flattenFields(fieldsOf(schema)).length;
  return html`<li data-type="${edi.type}">
<h3><a href="${typePagePath(edi.type)}">${breakable(edi.type)}</a> ${releaseStageBadge(edi.stage)}</h3>
<p>${edi.description}</p>
<p class="meta">${ownerText(catalog, edi.owner, '')} · ${countOf(fields, 'field')} · from ${edi.sdks.join(', ')}</p>
</li>
`;
}

function searchForm({ types }: Catalog): Html {
  const edis = types.map(({ schema }) => schema.edi);
  return html`<form id="search" role="search" hidden>
<div class="query"><label for="q">Search types, tables, fields, owners, and whose personal data they hold</label>
<input id="q" type="search" autocomplete="off" spellcheck="false" aria-describedby="keys">
<p id="keys" class="hint"><kbd>/</kbd> search · <kbd>↑</kbd> <kbd>↓</kbd> move · <kbd>Enter</kbd> open · <kbd>Esc</kbd> clear</p></div>
<div class="filters">
${filter('domain', 'Domain', unique(edis.map(({ type }) => domainOf(type))))}
${filter('owner', 'Owner', unique(edis.map(({ owner }) => owner)))}
${filter('stage', 'Stage', unique(edis.map(({ stage }) => stage)))}
</div>
<p id="found" role="status"></p>
</form>`;
}

function filter(name: string, label: string, values: readonly string[]): Html {
  return html`<div><label for="${name}">${label}</label>
<select id="${name}"><option value="">all</option>${values.map((value) => html`<option>${value}</option>`)}</select></div>`;
}

function unique(values: readonly string[]): string[] {
  return [...new Set(values)].sort();
}

/** `1 field`, `1,204 fields`. */
function countOf(count: number, noun: string): string {
  return `${count.toLocaleString('en')} ${noun}${count === 1 ? '' : 's'}`;
}
