import type { JsonObject } from '../event/json.ts';
import type { SchemaProblem } from '../event/schema-problem.ts';
import type { Treatment } from '../event-types/column.ts';
import { decisionsOf } from '../event-types/mapping/map-schema.ts';
import type { Decision } from '../event-types/mapping/mapping-run.ts';

/**
 * What happens to values, by the path of their column below `data`: a treatment in words, or `inTheClear`. What is
 * dropped counts with the column that it would have.
 */
export type Treatments = ReadonlyMap<string, string>;

export const inTheClear = '';

/** A treatment in words that are equal for what is the same: `pseudonymize github-user 1/id`. */
function treatmentWords(treatment: Treatment | undefined): string {
  if (treatment === undefined) return inTheClear;
  if (treatment.do === 'drop') return 'drop';
  const how = howWords(treatment);
  const whose = treatment.subject === undefined ? [] : [treatment.subject.realm, treatment.subject.pointer];
  return [treatment.do, ...how, ...whose].join(' ');
}

function howWords(treatment: Exclude<Treatment, { readonly do: 'drop' }>): readonly (string | number)[] {
  if (treatment.do === 'pseudonymize') return treatment.padBytes === undefined ? [] : ['pad', treatment.padBytes];
  if (treatment.do === 'tokenize') return ['in', treatment.realm, treatment.domain];
  return treatment.to === 'grid' ? [treatment.to, treatment.gridDegrees] : [treatment.to];
}

/** What the mapping decided of every column that holds values, and of what is dropped. */
export function treatmentsOf(decisions: readonly Decision[]): Treatments {
  return new Map(decisions.map(({ column, treatment }) => [column, treatmentWords(treatment)]));
}

export interface TreatmentChange {
  /** Path of the column after the change. */
  readonly column: string;
  readonly before: string;
  readonly after: string;
}

/** Every treatment that changed to anything but `drop`; new columns may have any. */
export function changedTreatments(before: Treatments, after: Treatments): readonly TreatmentChange[] {
  const pairs = [
    ...[...after.keys()].map((column) => [atOrAbove(before, column), column] as const),
    // A column that was taken together with others.
    ...[...before.keys()].filter((column) => !after.has(column)).map((old) => [old, atOrAbove(after, old)] as const),
  ];
  return pairs.flatMap(([old, column]) => {
    const [was, is] = [
      old === undefined ? undefined : before.get(old),
      column === undefined ? undefined : after.get(column),
    ];
    if (column === undefined || was === undefined || is === undefined || was === is || is === 'drop') return [];
    return [{ column, before: was, after: is }];
  });
}

/** What a changed treatment means, for people. */
export function changeText({ before, after }: TreatmentChange): string {
  const named = (words: string) => (words === inTheClear ? 'none' : `"${words}"`);
  return (
    `its treatment was ${named(before)} and would become ${named(after)}; inside a major version a treatment may only ` +
    'become "drop", since rows of both kinds would lie in one column and an older instance would apply the old one'
  );
}

/**
 * Every treatment of a mapped column that changed to anything but `drop`, wherever in the schema it stands, and every
 * waiver that is gone. Pointers lead into `next`.
 */
export function treatmentChanges(active: JsonObject, next: JsonObject): readonly SchemaProblem[] {
  const [before, after] = [decisionsOf(active), decisionsOf(next)];
  const pointerOf = new Map(after.map(({ column, pointer }) => [column, pointer]));
  const changed = changedTreatments(treatmentsOf(before), treatmentsOf(after)).map((change) => ({
    pointer: pointerOf.get(change.column) ?? '',
    message: changeText(change),
  }));
  return [...changed, ...waiversGone(before, after)];
}

function waiversGone(before: readonly Decision[], after: readonly Decision[]): SchemaProblem[] {
  const waived = new Set(before.filter(({ waiver }) => waiver !== undefined).map(({ column }) => column));
  return after
    .filter(({ column, waiver, treatment }) => waived.has(column) && (waiver ?? treatment) === undefined)
    .map(({ pointer }) => ({
      pointer,
      message:
        'it said why its values are nobody\'s ("notPersonal"), and would say it no more; keep that, or drop them',
    }));
}

function atOrAbove(treatments: Treatments, column: string): string | undefined {
  for (let at = column; at !== ''; at = at.slice(0, Math.max(0, at.lastIndexOf('.'))))
    if (treatments.has(at)) return at;
  return undefined;
}
