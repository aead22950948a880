import { describe } from './describe.ts';
import { functions } from './functions.ts';
import { type Group, inBrackets, isRound, isSpace, type Part, readParts, splitAtCommas, wordOf } from './tokens.ts';

const beginsQuery: ReadonlySet<string | undefined> = new Set(['SELECT', 'FROM', 'WITH', 'VALUES']);
/** Words that end the tables of a FROM. */
const clauses: ReadonlySet<string> = new Set([
  ...['SELECT', 'FROM', 'JOIN', 'ON', 'USING', 'WHERE', 'GROUP', 'HAVING', 'WINDOW', 'QUALIFY', 'ORDER', 'LIMIT'],
  ...['UNION', 'INTERSECT', 'EXCEPT'],
]);

/**
 * A statement in GoogleSQL, BigQuery's dialect, as DuckDB reads it, as far as `infra/local/google-sql/README.md` says;
 * what it does not know stays as written, and a statement that is DuckDB's already is answered as it came. Changes text
 * alone: whether a statement may run is judged on the result.
 */
export function translate(sql: string): string {
  const described = describe(sql);
  if (described !== undefined) return described;
  const parts = readParts(sql);
  return parts === undefined ? sql : writeParts(parts);
}

/** What is written at one depth of brackets. */
interface Place {
  readonly parts: readonly Part[];
  /** The clause that the next part stands in. */
  clause: string;
}

/** What replaces some parts, and how many. */
interface Written {
  readonly text: string;
  readonly parts: number;
}

function writeParts(parts: readonly Part[]): string {
  const place: Place = { parts, clause: '' };
  const texts: string[] = [];
  for (let at = 0; at < parts.length; ) {
    const { text, parts: count } = writeAt(place, at);
    texts.push(text);
    at += count;
  }
  return texts.join('');
}

function writeAt(place: Place, at: number): Written {
  const part = place.parts[at];
  if (part === undefined) return { text: '', parts: 1 };
  if (part.kind === 'group') return { text: writeGroup(part), parts: 1 };
  if (part.kind === 'name') return { text: writeName(part.text), parts: 1 };
  if (part.kind === 'text') return { text: part.text.replace(/^[rR]/, ''), parts: 1 };
  if (part.kind === 'space') return asIs(part.text.replace(/^#/, '--'));
  if (part.kind === 'sign') return (part.text === '*' ? writeExcept(place, at) : undefined) ?? asIs(part.text);
  const word = part.text.toUpperCase();
  if (clauses.has(word)) place.clause = word;
  return writeUnnest(place, at, word) ?? writeCall(place, at, word) ?? asIs(part.text);
}

function asIs(text: string): Written {
  return { text, parts: 1 };
}

/** Where the next part that is no space is; the length where none is. */
function nextAfter({ parts }: Place, at: number): number {
  const next = parts.findIndex((part, index) => index > at && !isSpace(part));
  return next < 0 ? parts.length : next;
}

/** `[OFFSET(0)]` counts from 0, DuckDB from 1. */
function writeGroup(group: Group): string {
  const [position, index, ...others] = group.parts.filter((part) => !isSpace(part));
  const word = group.open === '[' && others.length === 0 && isRound(index) ? wordOf(position) : undefined;
  const inner = isRound(index) ? writeParts(index.parts) : '';
  if (word === 'OFFSET' || word === 'SAFE_OFFSET') return `[(${inner}) + 1]`;
  if (word === 'ORDINAL' || word === 'SAFE_ORDINAL') return `[${inner}]`;
  return inBrackets(group, writeParts(group.parts));
}

/** A path in backticks: the project goes, the other names are each a name. */
function writeName(text: string): string {
  if (!text.startsWith('`')) return text;
  const names = text.slice(1, -1).split('.').slice(-2);
  return names.map((name) => `"${name.replaceAll('"', '""')}"`).join('.');
}

/** `* EXCEPT (a, b)`, which DuckDB takes for a difference of queries. */
function writeExcept(place: Place, at: number): Written | undefined {
  const except = nextAfter(place, at);
  const group = nextAfter(place, except);
  const columns = place.parts[group];
  if (wordOf(place.parts[except]) !== 'EXCEPT' || !isRound(columns)) return undefined;
  if (beginsQuery.has(wordOf(columns.parts.find((part) => !isSpace(part))))) return undefined;
  return { text: `* EXCLUDE ${writeGroup(columns)}`, parts: group - at + 1 };
}

function writeCall(place: Place, at: number, word: string): Written | undefined {
  const rewrite = functions.get(word);
  const group = nextAfter(place, at);
  const called = place.parts[group];
  if (rewrite === undefined || !isRound(called)) return undefined;
  const args = splitAtCommas(called.parts);
  const text = rewrite({ args, written: args.map(writeParts), write: writeParts });
  return text === undefined ? undefined : { text, parts: group - at + 1 };
}

/** Elements of a list: `x IN UNNEST(list)`, and `UNNEST(list) AS x [WITH OFFSET [AS n]]` among the tables. */
function writeUnnest(place: Place, at: number, word: string): Written | undefined {
  const { parts } = place;
  const second = nextAfter(place, at);
  if (word === 'IN' && wordOf(parts[second]) === 'UNNEST') {
    const group = nextAfter(place, second);
    const list = parts[group];
    if (!isRound(list)) return undefined;
    return { text: `IN (SELECT unnest(${writeParts(list.parts)}))`, parts: group - at + 1 };
  }
  const list = parts[second];
  if (word !== 'UNNEST' || !isRound(list) || (place.clause !== 'FROM' && place.clause !== 'JOIN')) return undefined;
  const alias = readAlias(place, second);
  // With columns beside the alias it is DuckDB's spelling.
  if (alias === undefined || isRound(parts[nextAfter(place, alias.last)])) return undefined;
  return writeElements(place, { at, list, alias });
}

interface Elements {
  readonly at: number;
  readonly list: Group;
  readonly alias: Alias;
}

function writeElements(place: Place, { at, list, alias }: Elements): Written {
  const offset = readOffset(place, alias.last);
  const elements = `unnest(${writeParts(list.parts)}) AS ${alias.name}`;
  const positions = `, generate_subscripts(${writeParts(list.parts)}, 1) - 1 AS ${offset?.name}`;
  const last = offset?.last ?? alias.last;
  const join = place.parts
    .slice(0, at)
    .filter((part) => !isSpace(part))
    .slice(-2)
    .map(wordOf);
  const needsOn =
    join[1] === 'JOIN' && join[0] !== 'CROSS' && !/^(ON|USING)$/.test(wordAt(place, nextAfter(place, last)));
  // Unnamed: what it is called by is its column.
  const text = `(SELECT ${elements}${offset === undefined ? '' : positions})${needsOn ? ' ON true' : ''}`;
  return { text, parts: last - at + 1 };
}

interface Alias {
  readonly name: string;
  /** Where it ends. */
  readonly last: number;
}

function readAlias(place: Place, after: number): Alias | undefined {
  const as = nextAfter(place, after);
  const at = wordAt(place, as) === 'AS' ? nextAfter(place, as) : as;
  const name = place.parts[at];
  const isName = name?.kind === 'name' || (name?.kind === 'word' && !notAlias.has(wordAt(place, at)));
  return isName ? { name: writeName(name.text), last: at } : undefined;
}

/** `WITH OFFSET`, whose name is `offset` where none is given. */
function readOffset(place: Place, after: number): Alias | undefined {
  const first = nextAfter(place, after);
  const second = nextAfter(place, first);
  if (wordAt(place, first) !== 'WITH' || wordAt(place, second) !== 'OFFSET') return undefined;
  return readAlias(place, second) ?? { name: '"offset"', last: second };
}

const notAlias: ReadonlySet<string> = new Set([
  ...clauses,
  'WITH',
  'CROSS',
  'LEFT',
  'RIGHT',
  'INNER',
  'FULL',
  'NATURAL',
]);

function wordAt({ parts }: Place, at: number): string {
  return wordOf(parts[at]) ?? '';
}
