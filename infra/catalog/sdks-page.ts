import { defaultRetryPolicy, type KeyKind } from '../../shared/sdks/sdk-bindings.ts';
import type { Catalog } from './catalog.ts';
import { type Html, html } from './html.ts';
import { breakable, pageText } from './layout.ts';
import { typePagePath } from './paths.ts';
import type { CatalogBinding } from './surroundings.ts';

/** Who knows the keys of a kind. */
export const keyKindText: Readonly<Record<KeyKind, string>> = {
  public: 'whoever has the page or the app has one',
  secret: 'only the servers of one operator have one',
};

/** The place of a binding in the page. */
export function bindingAnchor(sdk: string): string {
  return `sdk-${encodeURIComponent(sdk)}`;
}

/** The page of SDK bindings: who may send, and how. Keys themselves are in no page. */
export function sdksPage(catalog: Catalog): string {
  const bindings = [...catalog.surroundings.bindings.values()];
  const body = html`<header class="top"><div class="wide">
<nav aria-label="Breadcrumb"><a href="index.html">Event catalog</a></nav>
<h1>SDK bindings</h1>
<p>Who may send events. A write key belongs to one binding; each event type lists the bindings that may send it. Keys themselves are nowhere in these pages.</p>
</div></header>
<main id="main" class="wide" tabindex="-1">
${bindings.length === 0 ? html`<p>There is no binding yet.</p>` : undefined}
${bindings.map((binding) => bindingSection(catalog, binding))}</main>`;
  return pageText({ title: 'SDK bindings · Event catalog', root: '', liveCounts: false, body });
}

function bindingSection(catalog: Catalog, binding: CatalogBinding): Html {
  const { name, description, key } = binding;
  const anchor = bindingAnchor(name);
  return html`<section id="${anchor}" aria-labelledby="${anchor}-title">
<h2 id="${anchor}-title">${name} <span class="badge key-${key}">${key} key</span></h2>
${description === undefined ? undefined : html`<p>${description}</p>`}
<dl class="facts">
${factsOf(catalog, binding).map(
  ([term, text]) => html`<div><dt>${term}</dt><dd>${text}</dd></div>
`,
)}</dl>
</section>
`;
}

function factsOf(catalog: Catalog, binding: CatalogBinding): (readonly [string, Html])[] {
  const { name, key, origins, namespace, namespaceDescription, maxRequestSources, maxRequestSubjects } = binding;
  const { types, surroundings } = catalog;
  const sends = types.map(({ schema }) => schema.edi).filter(({ sdks }) => sdks.includes(name));
  const mapping = surroundings.mappings.find(({ sdk }) => sdk === name);
  const width = `buckets of ${durationText(namespace.bucketWidthMillis)}`;
  return [
    ['Keys', html`${key}: ${keyKindText[key]}`],
    [
      'Sends',
      sends.length === 0
        ? html`no type of this catalog`
        : html`${sends.map(
            ({ type }, at) => html`${at > 0 ? ', ' : ''}<a href="${typePagePath(type)}">${breakable(type)}</a>`,
          )}`,
    ],
    ['Resends', html`namespace <code>${namespace.name}</code>, ${width}. ${namespaceDescription}`],
    ['Gives up', html`after ${binding.retryPolicy.giveUpAfterDays} days${retryText(binding)}`],
    ...(origins.length === 0 ? [] : [['Web origins', html`${origins.join(', ')}`] as const]),
    ...boundFact('Sources', 'installation', maxRequestSources),
    ...boundFact('Subjects', 'data subject', maxRequestSubjects),
    ...(mapping === undefined
      ? []
      : [
          [
            'Files',
            html`mapped by <code>legacy/${mapping.name}.json</code>${mapping.title === undefined ? '' : `: ${mapping.title}`}`,
          ] as const,
        ]),
  ];
}

function boundFact(term: string, noun: string, bound: number | undefined): (readonly [string, Html])[] {
  return bound === undefined ? [] : [[term, html`at most ${bound} ${noun}${bound === 1 ? '' : 's'} in a request`]];
}

/** Where it is not what all others have. */
function retryText({ retryPolicy }: CatalogBinding): string {
  const { initialDelayMillis, maxDelayMillis } = retryPolicy;
  const isDefault =
    initialDelayMillis === defaultRetryPolicy.initialDelayMillis &&
    maxDelayMillis === defaultRetryPolicy.maxDelayMillis;
  return isDefault
    ? ''
    : `; it waits ${durationText(initialDelayMillis)} at first, ${durationText(maxDelayMillis)} at most`;
}

const units = [
  [86_400_000, 'day'],
  [3_600_000, 'hour'],
  [60_000, 'minute'],
  [1_000, 'second'],
] as const;

/** `1 day`, `25 ms`. */
function durationText(millis: number): string {
  const [size, noun] = units.find(([unit]) => millis % unit === 0) ?? [1, 'ms'];
  const count = millis / size;
  return `${count} ${noun}${count === 1 || noun === 'ms' ? '' : 's'}`;
}
