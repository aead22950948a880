import type { JsonValue } from '../event/json.ts';
import type { SchemaProblem } from '../event/schema-problem.ts';
import type { Column } from '../event-types/column.ts';
import { type EventSchema, releaseStages } from '../event-types/event-schema.ts';
import { decisionsOf } from '../event-types/mapping/map-schema.ts';
import { type CompareAcceptance, compareAcceptance } from './acceptance.ts';
import { type ColumnChange, compareColumns } from './column-change.ts';
import { lockColumns } from './columns-lock.ts';
import { keepDaysChanges } from './keep-days-change.ts';
import { treatmentChanges } from './treatments.ts';

/** A revision that quarantines events of the last weeks would refuse resends: retention is not cut below the look-back. */
const minShortenedRetentionDays = 28;

/**
 * Why `next` may not replace `active` as the revision of its type; empty when it may. It must accept every event that the
 * active one accepts from every SDK, keep treatments and the meaning of the envelope's subject (a treatment may become
 * `drop`), only add nullable columns to the table, and go forward through the stages. Owner, description and priority are
 * free. Pointers lead into `next`.
 */
export function checkRevision(
  active: EventSchema,
  next: EventSchema,
  compare: CompareAcceptance = compareAcceptance,
): readonly SchemaProblem[] {
  const { type } = active.edi;
  if (next.edi.type !== type) return [{ pointer: '/edi/type', message: `this is no revision of ${type}` }];
  return [
    ...blockChanges(active, next),
    ...treatmentChanges(active.schema, next.schema),
    ...keepDaysChanges(active, next, minShortenedRetentionDays),
    ...tableChanges(active, next),
    ...acceptanceChanges(active, next, compare),
  ];
}

/** The same without what events are accepted: what is wrong with the change for the table and everything else of the type. */
export function checkRevisionBesideEvents(active: EventSchema, next: EventSchema): readonly SchemaProblem[] {
  return checkRevision(active, next, () => ({ compatible: true, changes: [] }));
}

function blockChanges({ edi: active }: EventSchema, { edi: next }: EventSchema): SchemaProblem[] {
  const problems: SchemaProblem[] = [];
  if (releaseStages.indexOf(next.stage) < releaseStages.indexOf(active.stage)) {
    const message = `the stage goes from ${active.stage} back to ${next.stage}; it only goes forward (${releaseStages.join(', ')})`;
    problems.push({ pointer: '/edi/stage', message });
  }
  const removed = active.sdks.filter((sdk) => !next.sdks.includes(sdk));
  if (removed.length > 0) {
    const message = `${removed.join(', ')} may send this type now, and what it sends and resends would be refused; keep it`;
    problems.push({ pointer: '/edi/sdks', message });
  }
  if (next.subjectRealm !== active.subjectRealm) {
    const message = `the envelope's subject was a ${active.subjectRealm}; pseudonyms of two realms cannot stand in one column`;
    problems.push({ pointer: '/edi/subjectRealm', message });
  }
  if (next.retentionDays < Math.min(active.retentionDays, minShortenedRetentionDays)) {
    const message = `resends of the last ${minShortenedRetentionDays} days must still be accepted; keep that many days at least`;
    problems.push({ pointer: '/edi/retentionDays', message });
  }
  return problems;
}

function tableChanges(active: EventSchema, next: EventSchema): SchemaProblem[] {
  // Of a type in alpha too: the view that comes with promotion reads all of its rows by the columns of then.
  const changes = compareColumns(lockColumns(active.columns), lockColumns(next.columns)).filter(
    ({ inPlace }) => !inPlace,
  );
  const told = [
    ...changes.map((change) => ({ path: change.path, message: tableMessage(change) })),
    ...otherProperties(active.columns, next.columns, ''),
  ];
  const decisions = told.length === 0 ? [] : [next, active].flatMap(({ schema }) => decisionsOf(schema));
  return told.map(({ path, message }) => {
    const within = decisions.find(({ column }) => `data.${column}.`.startsWith(`${path}.`));
    return { pointer: within?.pointer ?? '', message };
  });
}

/** Two properties can have one column name, as `userId` and `user_id` do. An open object goes on accepting the first. */
function otherProperties(active: readonly Column[], next: readonly Column[], parent: string): ColumnMessage[] {
  const before = new Map(active.map((column) => [column.name, column]));
  return next.flatMap(({ name, property, fields }) => {
    const old = before.get(name);
    if (old === undefined) return [];
    const path = parent + name;
    if (old.property === property) return otherProperties(old.fields ?? [], fields ?? [], `${path}.`);
    const message = `the column ${path} is of the property "${old.property}" and would be of "${property}": what is sent as "${old.property}" would reach no column; keep that name`;
    return [{ path, message }];
  });
}

interface ColumnMessage {
  readonly path: string;
  readonly message: string;
}

function tableMessage({ kind, path, before, after }: ColumnChange): string {
  if (kind === 'added') return `the new column ${path} is ${after}; only nullable and repeated columns can be added`;
  if (kind === 'lost') {
    const [type] = before?.split(' ') ?? [];
    const drop = `"treatment": {"do": "drop", "column": "${type}"}`;
    return `the table would lose the column ${path} (${before}); keep the property, or drop its values with ${drop}`;
  }
  return `the column ${path} is ${before} and would become ${after}; a table's column keeps its type and mode: add another property, or make a new major version`;
}

function acceptanceChanges(active: EventSchema, next: EventSchema, compare: CompareAcceptance): SchemaProblem[] {
  const { compatible, changes, witness } = compare(active.schema, next.schema);
  const example = witness === undefined ? '' : `; for example ${shown(witness)} is accepted now`;
  const breaking = changes.filter((change) => change.breaking);
  if (!compatible && breaking.length === 0) {
    return [{ pointer: '', message: `an event that was accepted until now would be refused${example}` }];
  }
  // One example for all: it breaks one of these rules at least.
  return breaking.map(({ pointer, rule, message }, at) => ({
    pointer,
    message: `${message} (${rule})${at === 0 ? example : ''}`,
  }));
}

const maxShownLength = 500;

function shown(witness: JsonValue): string {
  const text = JSON.stringify(witness);
  return text.length > maxShownLength ? `${text.slice(0, maxShownLength)}…` : text;
}
