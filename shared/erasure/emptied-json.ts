import { type Engine, isList, itemName, jsonPath, jsonText, memberItems, memberOf, type Step } from './data-places.ts';
import { changedItems, leftItems } from './emptied-lists.ts';

/*
 * BigQuery has JSON_REMOVE and JSON_SET ("JSON functions"), whose paths are constants; DuckDB a merge patch, in which null
 * takes a member away (RFC 7396). Both read a pattern as RE2 does.
 */

/** Members from the JSON on. */
interface EmptiedMember {
  readonly steps: readonly Step[];
  readonly keys?: string;
  readonly when?: string;
}

/**
 * The JSON `at`, in so many lists, without what stands at the places. What goes always is taken away, what goes under a
 * condition becomes null in BigQuery; nothing is made on the way.
 */
export function emptiedJson(engine: Engine, at: string, places: readonly EmptiedMember[], lists: number): string {
  const keys = new Set(places.flatMap((place) => (place.keys === undefined ? [] : [place.keys])));
  const emptied = withoutMembers(
    { engine, at, level: 0, lists },
    places.filter((place) => place.keys === undefined),
  );
  return [...keys].reduce((json, gone) => withoutKeys(engine, json, gone), emptied);
}

interface Spot {
  readonly engine: Engine;
  readonly at: string;
  readonly level: number;
  readonly lists: number;
}

/** A member that changes: to an expression, or away (under a condition). */
type Change =
  | { readonly names: readonly string[]; readonly to: string }
  | { readonly names: readonly string[]; readonly to?: never; readonly when: string | undefined };

function withoutMembers(spot: Spot, places: readonly EmptiedMember[]): string {
  if (places.length === 0) return spot.at;
  const byWay = Map.groupBy(places, (place) => JSON.stringify(namesFrom(spot.level, place.steps)));
  const changes = [...byWay.values()].map((group) => changeOf(spot, group));
  return spot.engine === 'bigquery' ? setMembers(spot.at, changes) : patchMembers(spot.at, changes);
}

/** Names up to the first list, or to the end. */
function namesFrom(level: number, steps: readonly Step[]): string[] {
  const rest = steps.slice(level);
  const list = rest.findIndex((step) => step.isList);
  return rest.slice(0, list < 0 ? rest.length : list + 1).map(({ name }) => name);
}

function changeOf({ engine, at, level, lists }: Spot, places: readonly EmptiedMember[]): Change {
  const [first] = places;
  const names = namesFrom(level, first?.steps ?? []);
  const end = level + names.length;
  const here = places.find(({ steps }) => steps.length === end);
  const isItems = first?.steps[end - 1]?.isList === true;
  if (here !== undefined && (!isItems || here.when === undefined)) return { names, when: here.when };
  const item = itemName(lists + 1);
  const items = memberItems(engine, at, names);
  const below = () => withoutMembers({ engine, at: item, level: end, lists: lists + 1 }, places);
  const made =
    here === undefined
      ? changedItems(engine, { items, item, made: below() })
      : leftItems(engine, { items, item, when: here.when });
  return { names, to: made };
}

function setMembers(at: string, changes: readonly Change[]): string {
  const away = changes.filter((change) => change.to === undefined && change.when === undefined);
  const base = away.length === 0 ? at : `JSON_REMOVE(${[at, ...away.map(({ names }) => jsonPath(names))].join(', ')})`;
  const pairs = changes.flatMap((change) => {
    const { names } = change;
    const before = memberOf('bigquery', at, names);
    if (change.to !== undefined)
      return [`${jsonPath(names)}, IF(${isList('bigquery', at, names)}, TO_JSON(${change.to}), ${before})`];
    return change.when === undefined ? [] : [`${jsonPath(names)}, IF(${change.when}, NULL, ${before})`];
  });
  return pairs.length === 0 ? base : `JSON_SET(${[base, ...pairs].join(', ')}, create_if_missing => FALSE)`;
}

/** A patch would make the objects on the way, so there is none where nothing is. */
function patchMembers(at: string, changes: readonly Change[]): string {
  return changes.reduce((json, change) => {
    const { names } = change;
    const [holds, patch] =
      change.to !== undefined
        ? [isList('duckdb', at, names), patchText(names, `to_json(${change.to})`)]
        : [
            [`json_exists(${at}, ${jsonPath(names)})`, ...(change.when === undefined ? [] : [`(${change.when})`])].join(
              ' AND ',
            ),
            patchText(names, 'NULL'),
          ];
    return `json_merge_patch(${json}, CASE WHEN ${holds} THEN ${patch} ELSE '{}'::JSON END)`;
  }, at);
}

/** An object in an object, down to the value. */
function patchText(names: readonly string[], value: string): string {
  return names.reduceRight((inner, name) => `json_object('${name}', ${inner})`, value);
}

/** Levels of an event, which ingest limits (`maxNesting`). */
const maxNesting = 32;
const string = String.raw`"(?:[^"\\]|\\.)*"`;

/** A value of JSON without spaces, as both engines write it. A level costs its own text once, and RE2 no more time. */
const anyValue = (() => {
  const [open, close, other] = [String.raw`[\[{]`, String.raw`[\]}]`, String.raw`[^\[\]{}"]`];
  let within = `(?:${other}|${string})*`;
  for (let level = 1; level < maxNesting; level++) within = `(?:${other}|${string}|${open}${within}${close})*`;
  return String.raw`(?:${string}|${open}${within}${close}|[^\[\]{}",]+)`;
})();

/** What pseudonymize writes behind a key that was there already. */
const number = '(?: [0-9]+)?';

/**
 * The keys in a JSON that may be pseudonyms, at any depth, as a list of texts. In the text of JSON a quote is either the end of
 * a string or behind a backslash, which no pseudonym has, so nothing but a key looks like one.
 */
export function keysIn(engine: Engine, json: string): string {
  return foundIn(engine, json, `"([A-Za-z0-9+/]+=*)${number}":`);
}

/** The same of keys and of whatever else is a text. */
export function textsIn(engine: Engine, json: string): string {
  return foundIn(engine, json, `"([A-Za-z0-9+/]+=*)${number}"`);
}

function foundIn(engine: Engine, json: string, pattern: string): string {
  const text = jsonText({ engine, isJson: true }, json);
  return engine === 'bigquery'
    ? `REGEXP_EXTRACT_ALL(${text}, r'${pattern}')`
    : `regexp_extract_all(${text}, '${pattern}', 1)`;
}

/** Stands in a pattern for the texts that go. */
const goneMark = 'GONE';

/** Entries whose keys go: with the comma before them, or the one behind where they come first. */
const goneEntries: readonly Replaced[] = [
  [`,"(?:${goneMark})${number}":${anyValue}`, ''],
  [`"(?:${goneMark})${number}":${anyValue},?`, ''],
];

/** Items of lists that go, likewise, and values that become null. */
const goneTexts: readonly Replaced[] = [
  [`,"(?:${goneMark})"`, ''],
  [String.raw`\["(?:${goneMark})",?`, '['],
  [`:"(?:${goneMark})"`, ':null'],
];

type Replaced = readonly [pattern: string, by: string];

/** The JSON without entries whose keys are among the texts of `gone`, an expression. */
function withoutKeys(engine: Engine, json: string, gone: string): string {
  return replacedIn(engine, { json, gone }, goneEntries);
}

/** The same without such texts anywhere. */
export function withoutTexts(engine: Engine, json: string, gone: string): string {
  return replacedIn(engine, { json, gone }, [...goneEntries, ...goneTexts]);
}

function replacedIn(
  engine: Engine,
  { json, gone }: { readonly json: string; readonly gone: string },
  patterns: readonly Replaced[],
): string {
  const isBigQuery = engine === 'bigquery';
  const joined = `REPLACE(${isBigQuery ? `ARRAY_TO_STRING(${gone}, '|')` : `array_to_string(${gone}, '|')`}, '+', '[+]')`;
  const literal = (part: string) => (isBigQuery ? `r'${part}'` : `'${part}'`);
  const left = patterns.reduce(
    (from, [pattern, by]) => {
      const whole = `CONCAT(${pattern.split(goneMark).map(literal).join(`, ${joined}, `)})`;
      return isBigQuery
        ? `REGEXP_REPLACE(${from}, ${whole}, '${by}')`
        : `regexp_replace(${from}, ${whole}, '${by}', 'g')`;
    },
    jsonText({ engine, isJson: true }, json),
  );
  // Of nothing TO_JSON_STRING makes a null.
  return isBigQuery
    ? `IF(${json} IS NULL, NULL, PARSE_JSON(${left}, wide_number_mode => 'round'))`
    : `CAST(${left} AS JSON)`;
}
