import { sinkOf, sinkTable } from '../../shared/event-types/alpha.ts';
import type { SubscriptionTarget } from '../lines.ts';
import { archiveSubscription, datasets, eventTopic, topics } from '../naming.ts';
import { tableOf, topicsWithReaders } from '../topic-readers.ts';
import { makeTopology } from '../topology.ts';
import { typeViewName } from '../type-views.ts';
import type { Catalog, CatalogType } from './catalog.ts';
import { type Html, html } from './html.ts';
import { breakable, scrolledTable } from './layout.ts';
import type { CatalogMapping, MappedEvent } from './legacy-mapping.ts';
import { ownerText } from './owner-text.ts';
import { sdksPagePath } from './paths.ts';
import { bindingAnchor, keyKindText } from './sdks-page.ts';

/** Who sends a type and through what, the way of its events, and who reads them. */
export function lineageSection(catalog: Catalog, type: CatalogType): Html {
  const { edi } = type.schema;
  return html`<h3>Who sends it</h3>
<ul class="lineage">
${edi.sdks.map((sdk) => senderItem(catalog, sdk, edi.type))}</ul>
<h3>Its way</h3>
${wayList(type)}
<h3>Who reads the topic</h3>
${readersList(type)}`;
}

function senderItem(catalog: Catalog, sdk: string, type: string): Html {
  const binding = catalog.surroundings.bindings.get(sdk);
  if (binding === undefined)
    return html`<li><code>${sdk}</code>: no binding of this name is known here.</li>
`;
  const mapping = catalog.surroundings.mappings.find((one) => one.sdk === sdk);
  const how =
    mapping === undefined ? html`, as it is, with a ${binding.key} key: ${keyKindText[binding.key]}` : html`, as files`;
  return html`<li><a href="../${sdksPagePath}#${bindingAnchor(sdk)}"><code>${sdk}</code></a>${how}
<p>${binding.description}</p>
${mapping === undefined ? undefined : mappingText(catalog, mapping, type)}</li>
`;
}

function mappingText(catalog: Catalog, mapping: CatalogMapping, type: string): Html {
  const { name, title, owner, events } = mapping;
  return html`<p>Mapped by <code>legacy/${name}.json</code>${title === undefined ? undefined : html` (${title})`}${
    owner === undefined ? undefined : html`, of ${ownerText(catalog, owner, '../')}`
  }.</p>
${events.filter((event) => event.type === type).map((event) => mappedDetails(name, event))}`;
}

function mappedDetails(name: string, { when, parts }: MappedEvent): Html {
  const records = when === '' ? 'all others' : when;
  return html`<details>
<summary>How records of <code>${name}</code> are mapped: ${records}</summary>
${scrolledTable(
  `Mapping of ${name}`,
  ['part of the event', 'columns of the file'],
  parts.map(
    ({ part, from }) => html`<tr><th scope="row"><code>${breakable(part)}</code></th><td>${from}</td></tr>
`,
  ),
)}</details>
`;
}

function wayList({ schema: { edi } }: CatalogType): Html {
  const [sink, table] = [eventTopic(sinkOf(edi)), sinkTable(edi)];
  const exact = `${datasets.exact}.${table}`;
  const views = edi.stage === 'alpha' ? [exact] : [exact, `${datasets.exact}.${typeViewName(edi.type)}`];
  const steps: readonly (readonly [name: string, text: string])[] = [
    ['ingest', `checks it against this schema, and publishes it to the topic ${topics.received}`],
    ['dedup', `removes resends, and publishes it to ${topics.deduplicated}`],
    ['pseudonymize', `treats what is personal, and publishes the row to ${sink}`],
    [`${datasets.raw}.${table}`, 'the table, where a row may be twice'],
    [
      views.join(', '),
      `what is queried: each event once${views.length > 1 ? '; the second has all major versions' : ''}`,
    ],
  ];
  return html`<ol class="way">
${steps.map(
  ([name, text]) => html`<li><code>${breakable(name)}</code> ${text}</li>
`,
)}</ol>`;
}

/** What the topology has read the topic; subscriptions of others are not part of it. */
function readersList({ schema }: CatalogType): Html {
  const name = eventTopic(sinkOf(schema.edi));
  const topology = makeTopology([schema]);
  const topic = topicsWithReaders(topology).find((one) => one.name === name);
  const table = topic === undefined ? undefined : tableOf(topic, topology);
  const into = table === undefined ? 'its table' : `${table.dataset}.${table.table}`;
  const readers = (topic?.readers ?? []).flatMap(({ subscription, deadLetterReaders }) => [
    [subscription.name, `writes it into ${into}`] as const,
    ...deadLetterReaders.map((reader) => [reader.name, ofDeadLetters(reader.target)] as const),
  ]);
  return html`<ul class="lineage">
${readers.map(
  ([reader, text]) => html`<li><code>${breakable(reader)}</code> ${text}</li>
`,
)}<li><code>${breakable(archiveSubscription(name))}</code> keeps it as files, where an environment has an archive</li>
</ul>
<p>Whoever else reads <code>${breakable(name)}</code> has a subscription of their own, which no schema knows of. Google Cloud lists all: <code>gcloud pubsub topics list-subscriptions ${name}</code></p>`;
}

function ofDeadLetters(target: SubscriptionTarget): string {
  const keepsMessages = target.kind === 'table' && target.row === 'message';
  return keepsMessages
    ? `writes down in ${target.dataset}.${target.table} what the table did not take`
    : 'tries again what the table did not take';
}
