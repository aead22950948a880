import { sourceRealm } from '../../shared/event/realm.ts';
import type { EdiBlock } from '../../shared/event-types/event-schema.ts';
import type { Catalog } from './catalog.ts';
import { fieldAnchor, pathText } from './fields.ts';
import { type Html, html } from './html.ts';
import { breakable, pageText, scrolledTable } from './layout.ts';
import { typePagePath } from './paths.ts';
import { type PersonalField, personalFieldsOf } from './personal-fields.ts';
import { treatmentText } from './treatment-text.ts';

/** A field of a type that holds something of a realm's people. */
interface Held extends PersonalField {
  readonly edi: EdiBlock;
}

/** The place of a realm in the page. */
export function realmAnchor(realm: string): string {
  return `realm-${encodeURIComponent(realm)}`;
}

/** The page of data subjects: whose data which types hold, what becomes of it, and for how long. */
export function subjectsPage(catalog: Catalog): string {
  const edis = catalog.types.map(({ schema }) => schema.edi);
  const held = catalog.types.flatMap(({ schema }): Held[] =>
    personalFieldsOf(schema).map((field) => ({ ...field, edi: schema.edi })),
  );
  const realms = new Set([
    ...catalog.surroundings.realms.keys(),
    ...edis.map(({ subjectRealm }) => subjectRealm),
    ...held.flatMap(({ realms: those }) => those),
  ]);
  realms.delete(sourceRealm);
  const dropped = held.filter(({ subject }) => subject === undefined);
  const body = html`<header class="top"><div class="wide">
<nav aria-label="Breadcrumb"><a href="index.html">Event catalog</a></nav>
<h1>Data subjects</h1>
<p>Whose data events hold. A realm is a numbering of people: the same number in two realms is two people. Every value below is treated before it reaches a topic or a table.</p>
</div></header>
<main id="main" class="wide" tabindex="-1">
${[...realms].sort().map((realm) => realmSection(catalog, realm, held))}
${installationsSection(catalog, held)}
${dropped.length === 0 ? undefined : droppedSection(dropped)}</main>`;
  return pageText({ title: 'Data subjects · Event catalog', root: '', liveCounts: false, body });
}

function realmSection(catalog: Catalog, realm: string, all: readonly Held[]): Html {
  const anchor = realmAnchor(realm);
  const told = catalog.surroundings.realms.get(realm);
  const about = catalog.types.map(({ schema }) => schema.edi).filter(({ subjectRealm }) => subjectRealm === realm);
  const held = all.filter(({ realms }) => realms.includes(realm));
  const { verified } = told ?? {};
  const badge =
    verified === undefined
      ? html`<span class="badge">not verified</span>`
      : html`<span class="badge accepted">verified</span>`;
  return html`<section id="${anchor}" aria-labelledby="${anchor}-title">
<h2 id="${anchor}-title">${realm} ${badge}</h2>
${told?.description === undefined ? undefined : html`<p>${told.description}</p>`}
<p>${
    verified === undefined
      ? html`Whoever has a write key may name its people.`
      : html`With a public key only who proves to speak for its people may name them, by a token of <code>${verified.issuer}</code> for <code>${verified.audience}</code>; with a secret key anybody may be named.`
  }</p>
<p>${about.length === 0 ? 'No type is about them.' : html`Types about them, whose <code>subject</code> is a pseudonym in the table: ${typeLinks(about)}`}</p>
${held.length === 0 ? html`<p>No field holds anything of them.</p>` : heldTable(`What fields hold of a ${realm}`, held)}
</section>
`;
}

function typeLinks(edis: readonly EdiBlock[]): Html {
  return html`${edis.map(
    ({ type, retentionDays }, at) =>
      html`${at > 0 ? ', ' : ''}<a href="${typePagePath(type)}">${breakable(type)}</a> (${retentionDays} days)`,
  )}`;
}

/** A row for what is alike in a type: fields that are treated in one way and kept for one time. */
function heldTable(label: string, held: readonly Held[]): Html {
  const alike = Map.groupBy(held, ({ edi, treatment }) =>
    JSON.stringify([edi.type, treatmentText(treatment), keptText(edi, treatment)]),
  );
  const rows = [...alike.values()].flatMap((fields) => (fields[0] === undefined ? [] : [heldRow(fields[0], fields)]));
  return scrolledTable(label, ['type', 'fields', 'treatment', 'kept for'], rows);
}

function heldRow({ edi, treatment }: Held, fields: readonly Held[]): Html {
  const page = typePagePath(edi.type);
  const places = fields.map(({ field, ofKeys }, at) => {
    const place = html`<a href="${page}#${fieldAnchor(field.trail)}"><code>${breakable(pathText(field.trail))}</code></a>`;
    return html`${at > 0 ? ', ' : ''}${ofKeys ? 'keys of ' : ''}${place}`;
  });
  return html`<tr><th scope="row"><a href="${page}">${breakable(edi.type)}</a></th><td>${places}</td><td>${treatmentText(treatment)}</td><td>${keptText(edi, treatment)}</td></tr>
`;
}

function keptText({ retentionDays }: EdiBlock, treatment: Held['treatment']): string {
  if (treatment.do === 'drop') return 'not kept';
  return `${Math.min(treatment.keepDays ?? retentionDays, retentionDays)} days`;
}

/** Every event names one, so no type is listed for it. */
function installationsSection({ types }: Catalog, all: readonly Held[]): Html {
  const held = all.filter(({ realms }) => realms.includes(sourceRealm));
  const days = types.map(({ schema }) => schema.edi.retentionDays);
  const kept =
    days.length === 0 ? '' : `, for ${Math.min(...days)} to ${Math.max(...days)} days, as long as its type keeps rows`;
  const anchor = realmAnchor(sourceRealm);
  return html`<section id="${anchor}" aria-labelledby="${anchor}-title">
<h2 id="${anchor}-title">${sourceRealm} <span class="badge">installations</span></h2>
<p>The installation that sent an event. Every row of every type has its pseudonym in <code>source</code>${kept}.</p>
${held.length === 0 ? undefined : heldTable('What fields hold of an installation', held)}
</section>
`;
}

function droppedSection(dropped: readonly Held[]): Html {
  return html`<section id="dropped" aria-labelledby="dropped-title">
<h2 id="dropped-title">Dropped</h2>
<p>Personal fields that are sent and reach no topic and no table.</p>
${heldTable('Fields that are dropped', dropped)}
</section>
`;
}
