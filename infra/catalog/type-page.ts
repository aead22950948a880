import { domainOf, parseEventTypeName } from '../../shared/event/event-type-name.ts';
import { sinkOf, sinkTable } from '../../shared/event-types/alpha.ts';
import type { EdiBlock } from '../../shared/event-types/event-schema.ts';
import { isClosed } from '../../shared/event-types/mapping/properties.ts';
import { envelopeColumns } from '../../shared/event-types/table.ts';
import { typeScriptDeclarations, typeScriptName } from '../../shared/schema-language/code/typescript.ts';
import { legacySdkPrefix } from '../../shared/sdks/legacy.ts';
import { datasets, eventTopic } from '../naming.ts';
import { type Catalog, type CatalogType, shortestExample } from './catalog.ts';
import { exampleMessage } from './example-message.ts';
import { fieldList } from './field-list.ts';
import { payloadOf } from './fields.ts';
import { historySection } from './history-section.ts';
import { type Html, html } from './html.ts';
import { breakable, pageText, snippet } from './layout.ts';
import { lineageSection } from './lineage-section.ts';
import { ownerText } from './owner-text.ts';
import { legacySharePath, subjectsPagePath, typePagePath } from './paths.ts';
import { releaseStageBadge, releaseStageMeaning } from './release-stage.ts';
import { countPerDaySql, curlLine, legacySharePerWeekSql, newestEventsSql, type QueriedView } from './snippets.ts';
import { stateSection } from './state-section.ts';
import { realmAnchor } from './subjects-page.ts';

interface Section {
  readonly id: string;
  readonly title: string;
  readonly content: Html;
}

/** The page of one type. */
export function typePage(catalog: Catalog, type: CatalogType): string {
  const { edi, schema } = type.schema;
  const sections: readonly Section[] = [
    { id: 'query', title: 'Query', content: querySection(type) },
    { id: 'fields', title: 'Fields', content: fieldsSection(type) },
    { id: 'state', title: 'State', content: stateSection(catalog, type) },
    ...(isLegacy(edi) ? [{ id: 'legacy', title: 'Legacy files', content: legacySection(catalog, type) }] : []),
    { id: 'lineage', title: 'Lineage', content: lineageSection(catalog, type) },
    { id: 'send', title: 'Send', content: sendSection(catalog, type) },
    { id: 'typescript', title: 'TypeScript', content: typeScriptSection(type) },
    { id: 'messages', title: 'Messages', content: messagesSection(type) },
    { id: 'examples', title: 'Examples', content: examplesSection(type) },
    { id: 'history', title: 'History', content: historySection(type) },
  ];
  const { title } = schema;
  const body = html`<header class="top"><div class="wide">
<nav aria-label="Breadcrumb"><a href="../index.html">Event catalog</a> / <a href="../index.html?domain=${domainOf(edi.type)}">${domainOf(edi.type)}</a></nav>
<h1>${breakable(edi.type)} ${releaseStageBadge(edi.stage)}</h1>
<p>${typeof title === 'string' ? html`<strong>${title}.</strong> ` : undefined}${edi.description}</p>
</div></header>
<div class="wide columns">
<nav class="contents" aria-label="On this page"><ul>
${sections.map(
  ({ id, title }) => html`<li><a href="#${id}">${title}</a></li>
`,
)}</ul></nav>
<main id="main" tabindex="-1">
${catalog.liveCounts ? html`<p id="live" class="live" data-type="${edi.type}" hidden></p>` : undefined}
${facts(catalog, type)}
${sections.map(
  ({ id, title, content }) => html`<section id="${id}" aria-labelledby="${id}-title">
<h2 id="${id}-title">${title}</h2>
${content}
</section>
`,
)}</main>
</div>`;
  return pageText({
    title: `${edi.type} · Event catalog`,
    root: '../',
    scripts: ['assets/type.js'],
    liveCounts: catalog.liveCounts,
    body,
  });
}

function facts(catalog: Catalog, { schema, active }: CatalogType): Html {
  const { edi } = schema;
  const shared = edi.stage === 'alpha' ? ', shared' : '';
  const rows: (readonly [string, Html])[] = [
    ['Owner', ownerText(catalog, edi.owner, '../')],
    ['Stage', html`${[edi.stage, releaseStageMeaning(edi.stage)].filter((text) => text !== '').join(': ')}`],
    ['Sent by', html`<a href="#lineage">${edi.sdks.join(', ')}</a>`],
    ['Kept for', html`${edi.retentionDays} days`],
    ['Priority', html`${edi.priority}`],
    [
      'Data subject',
      html`<a href="../${subjectsPagePath}#${realmAnchor(edi.subjectRealm)}"><code>${edi.subjectRealm}</code></a>`,
    ],
    ['View', html`<code>${breakable(viewOf(edi))}</code>${shared}`],
    ['Table', html`<code>${breakable(`${datasets.raw}.${sinkTable(edi)}`)}</code>${shared}`],
    ['Topic', html`<code>${breakable(eventTopic(sinkOf(edi)))}</code>${shared}`],
  ];
  if (active !== undefined) {
    const time = new Date(active.activatedAtMillis).toISOString();
    const shown = `${time.slice(0, 16).replace('T', ' ')} UTC`;
    rows.push(['Revision', html`${active.revision}, active since <time datetime="${time}">${shown}</time>`]);
  }
  const others = otherVersions(catalog, edi.type);
  if (others.length > 0) {
    const links = others.map(
      (other, at) => html`${at > 0 ? ', ' : ''}<a href="../${typePagePath(other)}">${other}</a>`,
    );
    rows.push(['Other versions', html`${links}`]);
  }
  return html`<dl class="facts">
${rows.map(
  ([term, text]) => html`<div><dt>${term}</dt><dd>${text}</dd></div>
`,
)}</dl>`;
}

function viewOf(edi: EdiBlock): string {
  return `${datasets.exact}.${sinkTable(edi)}`;
}

function otherVersions({ types }: Catalog, type: string): string[] {
  const name = parseEventTypeName(type);
  return types
    .map(({ schema }) => schema.edi.type)
    .filter((other) => {
      const { domain, event } = parseEventTypeName(other) ?? {};
      return other !== type && domain === name?.domain && event === name?.event;
    });
}

function typeScriptSection({ schema }: CatalogType): Html {
  const name = typeScriptName(schema.edi.type);
  const code = typeScriptDeclarations(schema);
  return html`<p>What <code>data</code> is to a client. <code>edi schema types</code> writes this for all event types, with a typed <code>track</code>.</p>
${snippet(`TypeScript: ${name}`, code)}`;
}

function fieldsSection(type: CatalogType): Html {
  const isOpen = !isClosed(payloadOf(type.schema).shape.object);
  const undeclared = isOpen
    ? 'Properties that are not declared pass, but reach no topic and no table.'
    : 'An event with a property that is not declared is rejected.';
  return html`<p>What an event holds in <code>data</code>. ${undeclared}</p>
${fieldList(type.schema)}
<details>
<summary>Columns that every table begins with</summary>
<ul class="fields">
${envelopeColumns.map(
  ({
    name,
    type: columnType,
    description = '',
  }) => html`<li class="field"><div class="field-head"><code class="name">${name}</code> <span class="type">${columnType}</span></div>
<p>${description}</p></li>
`,
)}</ul>
</details>`;
}

function querySection({ schema: { edi, payload } }: CatalogType): Html {
  const view = queriedView(edi);
  const shared = view.type
    ? html`Types in alpha share it: <code>type</code> says whose an event is, and <code>data</code> is JSON of these columns. Promotion to beta makes a view with columns of its own, which shows these events too. `
    : undefined;
  return html`<p>The view has every event once. ${shared}The same SQL runs in BigQuery, and locally with <code>edi query</code>.</p>
${snippet('SQL: the newest events', newestEventsSql(view, payload.columns))}
${snippet('SQL: events a day', countPerDaySql(view))}`;
}

function queriedView(edi: EdiBlock): QueriedView {
  return { view: viewOf(edi), ...(edi.stage === 'alpha' ? { type: edi.type } : {}) };
}

/** Whether some of its events come as files of clients that never upgrade. */
export function isLegacy({ sdks }: EdiBlock): boolean {
  return sdks.some((sdk) => sdk.startsWith(legacySdkPrefix));
}

function legacySection({ liveCounts }: Catalog, { schema: { edi } }: CatalogType): Html {
  const plot = liveCounts
    ? html`<figure id="legacy-share" class="plot" data-shares="../${legacySharePath(edi.type)}" hidden></figure>
`
    : undefined;
  return html`${plot}<p>Clients that never upgrade send it as files. This is the share that still comes so, by week: the number that should go to zero. <code>edi legacy report</code> draws it for all types.</p>
${snippet('SQL: legacy share a week', legacySharePerWeekSql(queriedView(edi)))}`;
}

function sendSection({ ingestUrl, exampleKey }: Catalog, { schema: { edi }, examples }: CatalogType): Html {
  if (edi.stage === 'retired') return html`<p>Retired: events of this type are rejected.</p>`;
  const data = shortestExample(examples);
  if (data === undefined) {
    return html`<p>There is no example that passes. Add <code>${edi.type.replace('.', '/')}.case.pass.json</code> beside the schema.</p>`;
  }
  const line = curlLine({ ingestUrl, type: edi.type, data, exampleKey });
  return html`<p>Sends one event, with the write key in <code>EDI_KEY</code> or the key of a local deployment.</p>
${snippet('curl: send one event', line, 'line')}`;
}

function messagesSection(type: CatalogType): Html {
  const { edi } = type.schema;
  return html`<p>One message of the topic <code>${breakable(eventTopic(sinkOf(edi)))}</code> is one row, as JSON. Messages arrive at least once: deduplicate by <code>event_key</code>. A value that an event does not have is left out.</p>
${snippet('JSON: one message', JSON.stringify(exampleMessage(type), null, 2))}`;
}

function examplesSection({ examples }: CatalogType): Html {
  if (examples.length === 0) return html`<p>There are none beside the schema.</p>`;
  return html`<p>Each is the <code>data</code> of an event.</p>
${examples.map(({ name, passes, data }) => {
  const verdict = passes ? 'accepted' : 'rejected';
  return html`<details>
<summary><code>${name}</code> <span class="badge ${verdict}">${verdict}</span></summary>
${snippet(`JSON: ${name}, ${verdict}`, JSON.stringify(data, null, 2))}
</details>
`;
})}`;
}
