import type { Column } from '../../shared/schema-language/column.ts';
import type { EventSchema } from '../../shared/schema-language/event-schema.ts';
import { type Field, fieldAnchor, fieldsOf, pathText } from './fields.ts';
import { type Html, html } from './html.ts';
import { breakable } from './layout.ts';
import { type SubjectPlace, subjectOf, treatmentText } from './treatment-text.ts';

/** The fields of a type as nested lists; each is a place that a link can name. */
export function fieldList(schema: EventSchema): Html {
  const fields = fieldsOf(schema);
  if (fields.length === 0) return html`<p>The schema declares no property.</p>`;
  return nestedList(fields, schema);
}

function nestedList(fields: readonly Field[], schema: EventSchema): Html {
  return html`<ul class="fields">
${fields.map((field) => fieldItem(field, schema))}</ul>`;
}

function fieldItem(field: Field, schema: EventSchema): Html {
  const anchor = fieldAnchor(field.trail);
  const facts = factsOf(field, schema);
  return html`<li id="${anchor}" class="field">
<div class="field-head"><a class="name" href="#${anchor}"><code>${trailHtml(field.trail)}</code></a> <span class="type">${field.typeText}</span>${
    field.required ? html` <span class="badge plain">required</span>` : undefined
  }</div>
${field.description === undefined ? undefined : html`<p>${field.description}</p>`}
${
  facts.length === 0
    ? undefined
    : html`<dl>${facts.map(([term, text]) => html`<div><dt>${term}</dt><dd>${text}</dd></div>`)}</dl>`
}
${field.fields.length === 0 ? undefined : nestedList(field.fields, schema)}</li>
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

function factsOf(field: Field, { edi }: EventSchema): (readonly [string, Html])[] {
  const facts: (readonly [string, Html])[] = [];
  if (field.constraints.length > 0) facts.push(['Accepts', html`${field.constraints.join('; ')}`]);
  if (field.treatment !== undefined) {
    const { treatment, trail, column } = field;
    facts.push(['Treatment', html`<span class="treatment">${treatmentText(treatment)}</span>`]);
    const isArray = column?.mode === 'REPEATED';
    const subject = subjectOf(treatment, { trail, subjectRealm: edi.subjectRealm, isArray });
    if (subject !== undefined)
      facts.push(['Data subject', html`<code>${subject.realm}</code>, ${placeHtml(subject.place)}`]);
  }
  if (field.notPersonal !== undefined) facts.push(['Not personal', html`${field.notPersonal}`]);
  facts.push(['Column', columnHtml(field)]);
  return facts;
}

function placeHtml(place: SubjectPlace): Html {
  if (place.kind === 'envelope')
    return html`the event's <code>subject</code>, or its <code>source</code> where it has none`;
  if (place.kind === 'itself') return html`this value itself`;
  return html`in <a href="#${fieldAnchor(place.trail)}"><code>${pathText(place.trail)}</code></a>`;
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
