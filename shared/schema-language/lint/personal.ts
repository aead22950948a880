import { asList, asObject, isJsonObject, type JsonObject, type JsonValue } from '../../event/json.ts';
import { parsePointer, pointerSegment, resolvePointer } from '../../event/json-pointer.ts';
import { keywords } from '../../event-types/keywords.ts';
import type { DecidedSchema } from '../../event-types/mapping/map-schema.ts';
import type { Decision, Step } from '../../event-types/mapping/mapping-run.ts';
import { makeShapeReader, type ShapeReader } from '../../event-types/mapping/read-shape.ts';
import { anything, type Shape } from '../../event-types/mapping/shape.ts';
import { referredNode } from '../../event-types/schema-node.ts';
import { childPlaces, type SchemaPlace } from '../../event-types/schema-places.ts';
import { errorAt, type Finding } from './finding.ts';
import { personalFormats, personalReason } from './personal-names.ts';

const maxPlaces = 20_000;
const maxItemLevels = 8;

/**
 * Properties that look personal, by name or format, and have neither a treatment nor a reason why they are not. Columns
 * are judged as the mapping reads them, whatever their schema is combined of; then every other place that a value can
 * come from, inside what becomes JSON or beside what is mapped.
 */
export function personalFindings(root: JsonObject, { decisions: all }: DecidedSchema): readonly Finding[] {
  const decisions = all.filter(({ isKeys }) => !isKeys);
  const judged = decisions.map((decision) => ({ ...decision, findings: columnFinding(root, decision) }));
  const isSettled = ({ treatment, waiver, findings }: (typeof judged)[number]) =>
    (treatment ?? waiver) !== undefined || findings.length > 0;
  const paths = decisions.map(({ trail }) => pathsTo(trail));
  const walk: Walk = {
    root,
    reader: makeShapeReader(root, { guessing: false }),
    records: new Set(['', ...paths.flatMap((path) => path.slice(0, -1))]),
    mapped: new Set(['', ...paths.flat()]),
    settled: new Set(judged.flatMap((decision, i) => (isSettled(decision) ? (paths[i]?.slice(-1) ?? []) : []))),
    findings: [],
    entered: { mapped: new Set(), other: new Set() },
  };
  walkFrom(walk, { node: root, pointer: '', path: '', isSettled: false });
  return [...judged.flatMap(({ findings }) => findings), ...walk.findings];
}

/**
 * Maps without a decision about their keys, each once; undeclared keys are values that nobody has looked at. A property
 * that may be anything is not declared to be a map, so of its keys there is a warning only.
 */
export function keyFindings(root: JsonObject, { decisions }: DecidedSchema): readonly Finding[] {
  const open = decisions.filter(({ isKeys, treatment, waiver }) => isKeys && (treatment ?? waiver) === undefined);
  const declaredMaps = new Set(open.filter(isDeclaredMap).map(({ pointer }) => asDeclared(root, pointer)));
  return [...new Set(open.map(({ pointer }) => asDeclared(root, pointer)))].map((pointer) => ({
    severity: declaredMaps.has(pointer) ? 'error' : 'warning',
    rule: 'keys-undecided',
    pointer,
    message: 'keys that no schema declares would reach the table in the clear, and may be addresses or names of people',
    fix: 'say it of the keys: "propertyNames": {"treatment": {"do": "pseudonymize"}} or {"notPersonal": "…"}; or close the object',
  }));
}

/** Whether the values whose keys these are were restricted in any way: to objects, or to objects and something else. */
function isDeclaredMap({ trail }: Decision): boolean {
  return trail.at(-2)?.part.shape().kinds.size !== anything.kinds.size;
}

function columnFinding(root: JsonObject, { trail, treatment, waiver }: Decision): Finding[] {
  const last = trail.at(-1);
  if (last === undefined || (treatment ?? waiver) !== undefined) return [];
  const reason = suspicion(last.part.shape(), last.name);
  return reason === undefined ? [] : [finding(asDeclared(root, last.part.pointer), last.name, reason)];
}

function suspicion(shape: Shape, name: string | undefined): string | undefined {
  const byFormat = shape.kinds.has('string') ? personalFormats.get(shape.format ?? '') : undefined;
  return byFormat ?? (name !== undefined && holdsFreeValue(shape) ? personalReason(name) : undefined);
}

/** Only what can hold somebody's value itself: text and numbers that are not enumerated, also in lists and maps. */
function holdsFreeValue({ kinds, isListed, array, object }: Shape, level = 0): boolean {
  if (isListed) return false;
  if (kinds.has('string') || kinds.has('integer') || kinds.has('fraction')) return true;
  if (kinds.has('array')) {
    const items = level < maxItemLevels ? array.items?.shape() : undefined;
    const isDecided = items !== undefined && (items.treatments.length > 0 || items.waiver !== undefined);
    return items === undefined || (!isDecided && holdsFreeValue(items, level + 1));
  }
  // The properties of an object are judged by their own names; a map has none.
  return kinds.has('object') && object.properties.size === 0 && object.choices.length === 0;
}

/** A choice between something and null counts as that, where it stands. */
function asDeclared(root: JsonObject, pointer: string): string {
  return pointer.replace(/\/(anyOf|oneOf)\/\d+(?=\/|$)/g, (choice: string, keyword: string, at: number) => {
    const parsed = parsePointer(`${pointer.slice(0, at)}/${keyword}`);
    const branches = parsed === undefined ? undefined : resolvePointer(parsed, [root]);
    const others = Array.isArray(branches) ? branches.filter((b) => !(isJsonObject(b) && b['type'] === 'null')) : [];
    return others.length === 1 ? '' : choice;
  });
}

/** Paths of property names; `*` stands for the items of an array. Those of all that is on the way, too. */
function pathsTo(trail: readonly Step[]): string[] {
  let path = '';
  return trail.map(({ name }) => {
    path = `${path}/${name === undefined ? '*' : pointerSegment(name)}`;
    return path;
  });
}

interface Walk {
  readonly root: JsonObject;
  readonly reader: ShapeReader;
  /** Paths that the mapping has read, and so judged by name; those of RECORDs; and those that are decided about. */
  readonly mapped: ReadonlySet<string>;
  readonly records: ReadonlySet<string>;
  readonly settled: ReadonlySet<string>;
  readonly findings: Finding[];
  /** A definition can be mapped where it is used and part of a JSON column elsewhere: it is walked once as each. */
  readonly entered: { readonly mapped: Set<JsonObject>; readonly other: Set<JsonObject> };
}

interface Visit extends SchemaPlace {
  readonly path: string;
  /** What its values are called. */
  readonly property?: string;
  /** Something was said of its values already: found, treated or waived. */
  readonly isSettled: boolean;
}

function walkFrom(walk: Walk, start: Visit): void {
  const { mapped, other } = walk.entered;
  const waiting = [start];
  for (let visit = waiting.pop(); visit !== undefined; visit = waiting.pop()) {
    const entered = walk.mapped.has(visit.path) ? mapped : other;
    if (entered.has(visit.node) || mapped.size + other.size > maxPlaces) continue;
    entered.add(visit.node);
    if (visit.node['treatment'] !== undefined) continue;
    const isSettled = visit.isSettled || visit.node['notPersonal'] !== undefined || walk.settled.has(visit.path);
    const found = isSettled ? [] : judge(walk, visit);
    walk.findings.push(...found);
    waiting.push(...inside(walk, visit, isSettled || found.length > 0).reverse());
  }
}

function judge({ reader, mapped, records }: Walk, { node, pointer, path, keyword, property }: Visit): Finding[] {
  const name = mapped.has(path) ? undefined : property;
  const reason = suspicion(reader.read(node, pointer), name);
  if (reason !== undefined) return [finding(pointer, name, reason)];
  // Undeclared properties of a RECORD reach no column.
  if (records.has(path)) return [];
  return namesIn(node, keyword).flatMap(([at, text]) => {
    const why = typeof text === 'string' ? personalReason(text) : undefined;
    return why === undefined ? [] : [finding(`${pointer}/${at}`, String(text), why)];
  });
}

/** Names of properties that have no schema of their own: listed, or required. */
function namesIn(node: JsonObject, keyword: string | undefined): [string, JsonValue][] {
  if (keyword === 'propertyNames') {
    const listed = asList(node['enum']).map((name, i): [string, JsonValue] => [`enum/${i}`, name]);
    return [...listed, ['const', node['const'] ?? null]];
  }
  const declared = asObject(node['properties']);
  const required = asList(node['required']).map((name, i): [string, JsonValue] => [`required/${i}`, name]);
  return required.filter(([, name]) => !Object.hasOwn(declared, String(name)));
}

/** Schemas inside of one, and the one that it refers to. */
function inside(walk: Walk, visit: Visit, isSettled: boolean): Visit[] {
  const { node, path } = visit;
  const target = referredNode(walk.root, node);
  const referred: Visit[] =
    target === undefined ? [] : [{ node: target, pointer: String(node['$ref']).slice(1), path, isSettled }];
  const children = childPlaces(visit).flatMap((place): Visit[] => {
    const { keyword = '', name } = place;
    const about = keywords.get(keyword)?.about;
    if (keyword === '$defs' || keyword === 'definitions') return [];
    if (about === 'value') return [{ ...place, path, isSettled }];
    if (keyword === 'properties' && name !== undefined) {
      return [{ ...place, path: `${path}/${pointerSegment(name)}`, property: name, isSettled: false }];
    }
    if (keyword === 'patternProperties' && name !== undefined) {
      return [{ ...place, path: `${path}/?`, property: name, isSettled: false }];
    }
    const isItem = /items|contains/i.test(keyword);
    // What is said of a list is said of what is in it.
    const isWaived = isItem && node['notPersonal'] !== undefined;
    return [{ ...place, path: isItem ? `${path}/*` : `${path}/?`, isSettled: isWaived }];
  });
  return [...referred, ...children];
}

function finding(pointer: string, property: string | undefined, reason: string): Finding {
  const what = property === undefined ? 'this' : `"${property}"`;
  const message = `${what} looks like ${reason}, and would reach the table in the clear`;
  const fix = 'add a "treatment" (pseudonymize, truncate or drop), or say why it is nobody\'s: "notPersonal": "…"';
  return errorAt(pointer, 'personal-undecided', message, fix);
}
