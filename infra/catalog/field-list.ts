import type { Column, Treatment } from '../../shared/event-types/column.ts';
import type { EventSchema } from '../../shared/event-types/event-schema.ts';
import { type Field, fieldAnchor, fieldsOf, flattenFields, pathText } from './fields.ts';
import { type Html, html } from './html.ts';
import { breakable } from './layout.ts';
import { type SubjectPlace, subjectOf, treatmentText } from './treatment-text.ts';
import { constraintTexts, typeText } from './type-text.ts';

interface Context {
  readonly subjectRealm: string;
  /** Of every field: a pointer may lead to what an open object does not declare. */
  readonly anchors: ReadonlySet<string>;
  /** What is inside a field is folded away. */
  readonly isLong: boolean;
}

/** With more fields than this, those inside others are folded until somebody wants them. */
const maxUnfolded = 60;
/** With fewer fields nobody needs a filter. */
const minFiltered = 12;

/** The fields of a type as nested lists; each is a place that a link can name. */
export function fieldList(schema: EventSchema): Html {
  const fields = fieldsOf(schema);
  if (fields.length === 0) return html`<p>The schema declares no property.</p>`;
  const anchors = new Set(flattenFields(fields).map(({ trail }) => fieldAnchor(trail)));
  const context = { subjectRealm: schema.edi.subjectRealm, anchors, isLong: anchors.size > maxUnfolded };
  return html`${anchors.size < minFiltered ? undefined : filterForm}
${nestedList(fields, context)}`;
}

/** Of the script, which shows it. */
const filterForm = html`<form id="field-filter" role="search" aria-label="Fields" hidden>
<div><label for="field-query">Filter fields by name, description or treatment</label>
<input id="field-query" type="search" autocomplete="off" spellcheck="false"></div>
<div class="buttons"><button id="unfold" type="button">Unfold all</button> <button id="fold" type="button">Fold all</button></div>
<p id="fields-found" role="status"></p>
</form>`;

function nestedList(fields: readonly Field[], context: Context): Html {
  return html`<ul class="fields">
${fields.map((field) => fieldItem(field, context))}</ul>`;
}

function fieldItem(field: Field, context: Context): Html {
  const anchor = fieldAnchor(field.trail);
  const facts = factsOf(field, context);
  return html`<li id="${anchor}" class="field">
<div class="field-head"><a class="name" href="#${anchor}"><code>${trailHtml(field.trail)}</code></a> <span class="type">${typeText(field.shape)}</span>${
    field.required ? html` <span class="badge plain">required</span>` : undefined
  }</div>
${field.description === undefined ? undefined : html`<p>${field.description}</p>`}
<dl>${facts.map(([term, text]) => html`<div><dt>${term}</dt><dd>${text}</dd></div>`)}</dl>
${field.fields.length === 0 ? undefined : insideField(field, context)}</li>
`;
}

function insideField({ fields, name }: Field, context: Context): Html {
  const count = flattenFields(fields).length;
  const open = context.isLong ? undefined : html` open`;
  return html`<details class="inside"${open}>
<summary>${count === 1 ? '1 field' : `${count} fields`} inside <code>${name}</code></summary>
${nestedList(fields, context)}</details>
`;
}

/** The whole path, its own name the last; it may break after a dot. */
function trailHtml(trail: readonly string[]): Html {
  const path = pathText(trail);
  const name = trail.at(-1) ?? '';
  const before = path.slice(0, path.length - name.length);
  const parts = before.split('.').slice(0, -1);
  return html`${parts.map((part) => html`<span class="trail">${part}.</span><wbr>`)}${name}`;
}

function factsOf(field: Field, context: Context): (readonly [string, Html])[] {
  const { shape, treatment, trail, column, notPersonal, keys } = field;
  const facts: (readonly [string, Html])[] = [];
  const constraints = constraintTexts(shape);
  if (constraints.length > 0) facts.push(['Accepts', html`${constraints.join('; ')}`]);
  if (treatment !== undefined) {
    const isArray = column?.mode === 'REPEATED';
    facts.push(['Treatment', html`<span class="treatment">${treatmentText(treatment)}</span>`]);
    facts.push(...subjectFacts('Data subject', treatment, isArray ? [...trail, '[]'] : trail, context));
  }
  if (notPersonal !== undefined) facts.push(['Not personal', html`${notPersonal}`]);
  for (const { inside, treatment: ofKeys, notPersonal: why } of keys) {
    const name = inside.length === 0 ? 'Keys' : `Keys of ${pathText([...trail, ...inside])}`;
    const clear = why === undefined ? 'undecided, in the clear' : `not personal: ${why}`;
    const text = ofKeys === undefined ? clear : treatmentText(ofKeys);
    facts.push([name, html`<span class="treatment">${text}</span>`]);
    if (ofKeys !== undefined)
      facts.push(...subjectFacts(`${name}, data subject`, ofKeys, [...trail, ...inside, '*'], context));
  }
  facts.push(['Column', columnHtml(field)]);
  return facts;
}

function subjectFacts(
  name: string,
  treatment: Treatment,
  trail: readonly string[],
  context: Context,
): (readonly [string, Html])[] {
  const subject = subjectOf(treatment, { trail, subjectRealm: context.subjectRealm, isArray: false });
  return subject === undefined
    ? []
    : [[name, html`<code>${subject.realm}</code>, ${placeHtml(subject.place, context)}`]];
}

function placeHtml(place: SubjectPlace, { anchors }: Context): Html {
  switch (place.kind) {
    case 'envelope':
      return html`the event's <code>subject</code>, or its <code>source</code> where it has none`;
    case 'itself':
      return html`this value itself`;
    case 'field': {
      const path = html`<code>${pathText(place.trail)}</code>`;
      const anchor = fieldAnchor(place.trail);
      return anchors.has(anchor) ? html`in <a href="#${anchor}">${path}</a>` : html`in ${path}, which is not declared`;
    }
  }
}

function columnHtml({ column, sqlPath, treatment }: Field): Html {
  if (column === undefined || sqlPath === undefined) {
    return treatment?.do === 'drop' ? html`none` : html`none: nothing inside it has one`;
  }
  return html`<code>${breakable(sqlPath)}</code> <span class="type">${columnTypeText(column)}</span>`;
}

function columnTypeText({ type, mode }: Column): string {
  return mode === 'NULLABLE' ? type : `${mode} ${type}`;
}
