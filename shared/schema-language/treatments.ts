import { canonicalJson } from '../event/canonical-json.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '../event/json.ts';
import { resolveNode, withoutNullBranch } from '../event-types/schema-node.ts';
import type { SchemaProblem } from '../event-types/schema-problem.ts';
import { pointerSegment } from '../event-types/schema-problem.ts';

/** What happens to the values at one place of the payload: a treatment as the schema states it, or nothing. */
interface TreatedPlace {
  /** Pointer into the schema document, as if it had no `$ref`. */
  readonly pointer: string;
  readonly treatment?: JsonValue;
}

/** By path (property names and `*` for items): the outermost treated places, and the untreated leaves. */
type TreatedPlaces = ReadonlyMap<string, TreatedPlace>;

/** As deep as a table nests RECORDs; below is JSON, in which nothing is treated. */
const maxDepth = 15;
/** Lists and objects together: a table has no columns for lists of lists. */
const maxLevels = 60;

/** Every treatment that changed to anything but `drop`, per property; new properties may have any. */
export function treatmentChanges(active: JsonObject, next: JsonObject): readonly SchemaProblem[] {
  const [before, after] = [treatedPlaces(active), treatedPlaces(next)];
  const problems: SchemaProblem[] = [];
  for (const [path, place] of after) {
    const old = atOrAbove(before, path);
    if (old !== undefined) problems.push(...transition(old, place));
  }
  for (const [path, old] of before) {
    const place = after.has(path) ? undefined : atOrAbove(after, path);
    if (place !== undefined) problems.push(...transition(old, place));
  }
  return problems;
}

function transition(before: TreatedPlace, after: TreatedPlace): SchemaProblem[] {
  if (canonicalJson(before.treatment ?? null) === canonicalJson(after.treatment ?? null)) return [];
  if (isDrop(after.treatment)) return [];
  const message =
    `its treatment was ${describe(before.treatment)} and would become ${describe(after.treatment)}; inside a major version a treatment may only ` +
    'become "drop", since rows of both kinds would lie in one column and an older instance would apply the old one';
  return [{ pointer: after.pointer, message }];
}

function isDrop(treatment: JsonValue | undefined): boolean {
  return isJsonObject(treatment) && treatment['do'] === 'drop';
}

function describe(treatment: JsonValue | undefined): string {
  return treatment === undefined ? 'none' : JSON.stringify(treatment);
}

function atOrAbove(places: TreatedPlaces, path: string): TreatedPlace | undefined {
  for (let at = path; ; at = at.slice(0, at.lastIndexOf('/'))) {
    const place = places.get(at);
    if (place !== undefined || at === '') return place;
  }
}

function treatedPlaces(root: JsonObject): TreatedPlaces {
  const places = new Map<string, TreatedPlace>();
  const visit = (
    value: JsonValue,
    path: string,
    pointer: string,
    { depth, level }: { depth: number; level: number },
  ): void => {
    const referred = resolveNode(root, value);
    const node = referred === undefined ? undefined : (withoutNullBranch(root, referred) ?? referred);
    const treatment = node?.['treatment'];
    if (node === undefined || treatment !== undefined || depth > maxDepth || level > maxLevels) {
      places.set(path, { pointer, ...(treatment === undefined ? {} : { treatment }) });
      return;
    }
    const properties = isJsonObject(node['properties']) ? Object.entries(node['properties']) : [];
    for (const [name, property] of properties) {
      const segment = pointerSegment(name);
      visit(property, `${path}/${segment}`, `${pointer}/properties/${segment}`, { depth: depth + 1, level: level + 1 });
    }
    if (isJsonObject(node['items'])) visit(node['items'], `${path}/*`, `${pointer}/items`, { depth, level: level + 1 });
    else if (properties.length === 0) places.set(path, { pointer });
  };
  visit(root, '', '', { depth: 0, level: 0 });
  return places;
}
