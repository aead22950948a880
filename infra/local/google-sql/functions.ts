import { isRound, isSpace, type Part, wordOf } from './tokens.ts';

/** A call of a function of GoogleSQL. */
interface Call {
  readonly args: readonly (readonly Part[])[];
  /** The arguments as DuckDB reads them. */
  readonly written: readonly string[];
  readonly write: (parts: readonly Part[]) => string;
}

/** How DuckDB says the same; undefined where it is DuckDB's own spelling already, or not known. */
type Rewrite = (call: Call) => string | undefined;

const oneDay = 'INTERVAL 1 DAY';
/** Parts of a date that both have, by GoogleSQL's name. */
const units: Readonly<Record<string, string>> = {
  MICROSECOND: 'microsecond',
  MILLISECOND: 'millisecond',
  SECOND: 'second',
  MINUTE: 'minute',
  HOUR: 'hour',
  DAY: 'day',
  ISOWEEK: 'week',
  MONTH: 'month',
  QUARTER: 'quarter',
  YEAR: 'year',
  ISOYEAR: 'isoyear',
};
const typeNames: Readonly<Record<string, string>> = {
  INT64: 'BIGINT',
  FLOAT64: 'DOUBLE',
  BYTES: 'BLOB',
  STRING: 'VARCHAR',
};
const maxQuantiles = 1_000;

/**
 * Functions of GoogleSQL that DuckDB lacks or means otherwise, by name in capitals. Source: GoogleSQL's function
 * reference (BigQuery documentation) and DuckDB's. Where both have a name, only GoogleSQL's order of arguments is
 * rewritten.
 */
export const functions: ReadonlyMap<string, Rewrite> = new Map<string, Rewrite>([
  ['TIMESTAMP_ADD', shifted('+')],
  ['TIMESTAMP_SUB', shifted('-')],
  ['DATETIME_ADD', shifted('+')],
  ['DATETIME_SUB', shifted('-')],
  ['DATE_ADD', shifted('+', 'DATE')],
  ['DATE_SUB', shifted('-', 'DATE')],
  ['TIMESTAMP_TRUNC', truncated()],
  ['DATETIME_TRUNC', truncated()],
  ['DATE_TRUNC', truncated('DATE')],
  // Whole units between two instants.
  ['TIMESTAMP_DIFF', difference('date_sub')],
  // Borders of units between two days.
  ['DATE_DIFF', difference('date_diff')],
  ['DATETIME_DIFF', difference('date_diff')],
  ['EXTRACT', extract],
  ['DATE', two((value, zone) => `CAST(${atZone(value, zone)} AS DATE)`)],
  ['TIMESTAMP', timestamp],
  ['CURRENT_TIMESTAMP', ({ args }) => (args.length === 0 ? 'current_timestamp' : undefined)],
  // Placeholders begin with "%" there, and are in curly brackets here.
  ['FORMAT', ({ written }) => (/^'[^{]*%/.test(written[0] ?? '') ? `printf(${written.join(', ')})` : undefined)],
  ['FORMAT_TIMESTAMP', formatted],
  ['FORMAT_DATE', formatted],
  ['UNIX_SECONDS', one((value) => `CAST(floor(epoch(${value})) AS BIGINT)`)],
  ['UNIX_MILLIS', one((value) => `epoch_ms(${value})`)],
  ['UNIX_MICROS', one((value) => `epoch_us(${value})`)],
  ['TIMESTAMP_SECONDS', one((value) => `to_timestamp(${value})`)],
  ['TIMESTAMP_MILLIS', one((value) => `to_timestamp((${value}) / 1e3)`)],
  ['TIMESTAMP_MICROS', one((value) => `to_timestamp((${value}) / 1e6)`)],
  ['SAFE_DIVIDE', two((over, under) => `((${over}) / nullif(${under}, 0))`)],
  ['DIV', two((over, under) => `(((${over}) - (${over}) % (${under})) // (${under}))`)],
  ['CAST', cast('CAST')],
  ['SAFE_CAST', cast('TRY_CAST')],
  ['LOGICAL_OR', one((value) => `bool_or(${value})`)],
  ['LOGICAL_AND', one((value) => `bool_and(${value})`)],
  ['APPROX_QUANTILES', quantiles],
  ['BYTE_LENGTH', one((text) => `strlen(${text})`)],
  ['REGEXP_CONTAINS', two((text, pattern) => `regexp_matches(${text}, ${pattern})`)],
  // NULL for an object or a list; json_value keeps a text's quotes.
  ['JSON_VALUE', two((json, path) => `json_extract_string(json_value(${json}, ${path}), '$')`)],
  ['REGEXP_EXTRACT', (call) => extractedMatches(call, '[1]')],
  ['REGEXP_EXTRACT_ALL', (call) => extractedMatches(call, '')],
  ['REGEXP_REPLACE', replacedMatches],
  ['JSON_QUERY', two((json, path) => `json_extract(${json}, ${path})`)],
  ['PARSE_JSON', one((text) => `CAST(${text} AS JSON)`)],
  ['TO_JSON_STRING', one((value) => `CAST(to_json(${value}) AS VARCHAR)`)],
  ['GENERATE_ARRAY', series],
  ['GENERATE_DATE_ARRAY', dates],
  ['GENERATE_TIMESTAMP_ARRAY', series],
]);

function one(say: (value: string) => string): Rewrite {
  return ({ written: [value, ...others] }) => (value === undefined || others.length > 0 ? undefined : say(value));
}

function two(say: (first: string, second: string) => string): Rewrite {
  return ({ written: [first, second, ...others] }) =>
    first === undefined || second === undefined || others.length > 0 ? undefined : say(first, second);
}

/** `F(time, INTERVAL n UNIT)`. */
function shifted(sign: '+' | '-', type?: string): Rewrite {
  return ({ args: [, step], written: [value], write }) => {
    const words = (step ?? []).filter((part) => !isSpace(part));
    const unit = wordOf(words.at(-1));
    if (value === undefined || wordOf(words[0]) !== 'INTERVAL' || unit === undefined || words.length < 3)
      return undefined;
    const count = write(words.slice(1, -1));
    const sum = `((${value}) ${sign} INTERVAL (${count}) ${unit})`;
    return type === undefined ? sum : `CAST(${sum} AS ${type})`;
  };
}

/** `F(time, UNIT[, zone])`. A week of GoogleSQL begins on Sunday, ISO's and DuckDB's on Monday. */
function truncated(type?: string): Rewrite {
  return ({ args: [, unit], written: [value, , zone] }) => {
    const name = unitOf(unit);
    if (value === undefined || name === undefined) return undefined;
    const local = zone === undefined ? `(${value})` : atZone(value, zone);
    const start =
      name === sundays ? `(date_trunc('week', ${local} + ${oneDay}) - ${oneDay})` : `date_trunc('${name}', ${local})`;
    const instant = zone === undefined ? start : `timezone(${zone}, ${start})`;
    return type === undefined ? instant : `CAST(${instant} AS ${type})`;
  };
}

/** `F(end, start, UNIT)`. */
function difference(name: 'date_sub' | 'date_diff'): Rewrite {
  return ({ args: [, , unit], written: [end, start] }) => {
    const part = unitOf(unit);
    if (end === undefined || start === undefined || part === undefined) return undefined;
    if (part !== sundays && part !== 'week') return `${name}('${part}', ${start}, ${end})`;
    if (name === 'date_sub') return `date_sub('week', ${start}, ${end})`;
    // DuckDB counts seven days between instants, not borders.
    const week = (time: string) =>
      part === 'week' ? `date_trunc('week', ${time})` : `date_trunc('week', (${time}) + ${oneDay})`;
    return `(date_diff('day', ${week(start)}, ${week(end)}) // 7)`;
  };
}

/** GoogleSQL's WEEK. */
const sundays = 'sundays';

/** A bare word, as no value of DuckDB's functions is. */
function unitOf(parts: readonly Part[] | undefined): string | undefined {
  const [first, ...others] = (parts ?? []).filter((part) => !isSpace(part));
  const word = wordOf(first) ?? '';
  if (word === 'WEEK' && others.length === 0) return sundays;
  const [day] = others;
  const isMonday = isRound(day) && others.length === 1 && wordOf(day.parts[0]) === 'MONDAY';
  if (word === 'WEEK' && isMonday) return 'week';
  return others.length === 0 ? units[word] : undefined;
}

/** `EXTRACT(PART FROM time [AT TIME ZONE zone])`, where DuckDB has another name or number for the part. */
function extract({ args: [all = []], write }: Call): string | undefined {
  const from = all.findIndex((part) => wordOf(part) === 'FROM');
  const part = wordOf(all.find((piece) => !isSpace(piece)));
  if (from < 0) return undefined;
  const value = write(all.slice(from + 1)).trim();
  if (part === 'DATE') return `CAST(${value} AS DATE)`;
  // Sunday is 1 there and 0 here.
  if (part === 'DAYOFWEEK') return `(extract(dayofweek FROM ${value}) + 1)`;
  if (part === 'WEEK') return `CAST(strftime(${value}, '%U') AS BIGINT)`;
  // Without the seconds there, with them here.
  if (part === 'MILLISECOND') return `(extract(millisecond FROM ${value}) % 1000)`;
  if (part === 'MICROSECOND') return `(extract(microsecond FROM ${value}) % 1000000)`;
  if (part === 'ISOWEEK') return `extract(week FROM ${value})`;
  return undefined;
}

/** The clock of a zone at an instant. `TIMESTAMP '…'` is an instant there, and has no zone here: UTC's, then. */
function atZone(value: string, zone: string): string {
  return `timezone(${zone}, CAST(${value} AS TIMESTAMPTZ))`;
}

/** Both have these calls with other meanings: a pattern in raw text is GoogleSQL's. */
function isRawText(parts: readonly Part[] | undefined): boolean {
  const [first, ...others] = parts ?? [];
  return others.length === 0 && first?.kind === 'text' && /^[rR]'/.test(first.text);
}

/** Of each match the group, where the pattern has one; the first is NULL where nothing fits. */
function extractedMatches({ args, written: [text, pattern, ...others] }: Call, index: string): string | undefined {
  if (text === undefined || pattern === undefined || others.length > 0 || !isRawText(args[1])) return undefined;
  const group = hasGroup(pattern) ? 1 : 0;
  return `regexp_extract_all(${text}, ${pattern}, ${group})${index}`;
}

/** Whether a bracket captures: none that is escaped, in a class, or `(?:`. */
function hasGroup(pattern: string): boolean {
  return /\((?!\?)|\(\?P?</.test(pattern.replace(/\\.|\[\^?\]?(?:\\.|[^\]\\])*\]/g, ''));
}

/** All matches; DuckDB's is the first. */
function replacedMatches({ args, written }: Call): string | undefined {
  return written.length === 3 && isRawText(args[1]) ? `regexp_replace(${written.join(', ')}, 'g')` : undefined;
}

function timestamp({ args: [first = []], written: [value, zone] }: Call): string | undefined {
  // TIMESTAMP(6) is a type.
  if (value === undefined || /^\d+$/.test(value) || first.length === 0) return undefined;
  return zone === undefined ? `CAST(${value} AS TIMESTAMPTZ)` : `timezone(${zone}, CAST(${value} AS TIMESTAMP))`;
}

/** `F(format, time[, zone])`. */
function formatted({ written: [format, value, zone] }: Call): string | undefined {
  if (format === undefined || value === undefined) return undefined;
  const known = format.replace(/%(?:[FTRD]|E[36]S)/g, (directive) => directives[directive] ?? directive);
  return `strftime(${zone === undefined ? value : atZone(value, zone)}, ${known})`;
}

const directives: Readonly<Record<string, string>> = {
  '%F': '%Y-%m-%d',
  '%T': '%H:%M:%S',
  '%R': '%H:%M',
  '%D': '%m/%d/%y',
  '%E3S': '%S.%g',
  '%E6S': '%S.%f',
};

function series({ written }: Call): string | undefined {
  return written.length < 2 ? undefined : `generate_series(${written.join(', ')})`;
}

function dates({ written: [first, last, step = oneDay] }: Call): string | undefined {
  if (first === undefined || last === undefined) return undefined;
  return `CAST(generate_series(CAST(${first} AS TIMESTAMP), CAST(${last} AS TIMESTAMP), ${step}) AS DATE[])`;
}

/** `APPROX_QUANTILES(value, n)`: n + 1 borders; DuckDB's are exact. */
function quantiles({ written: [value, count] }: Call): string | undefined {
  const borders = Number(count);
  if (value === undefined || !Number.isInteger(borders) || borders < 1 || borders > maxQuantiles) return undefined;
  const shares = Array.from({ length: borders + 1 }, (_, at) => at / borders);
  return `quantile_disc(${value}, [${shares.join(', ')}])`;
}

/** `CAST(value AS type)` with a type that DuckDB names otherwise. */
function cast(name: 'CAST' | 'TRY_CAST'): Rewrite {
  return ({ args: [all = []], write }) => {
    const as = all.findLastIndex((part) => wordOf(part) === 'AS');
    const type = all.slice(as + 1).filter((part) => !isSpace(part));
    const known = type.length === 1 ? typeNames[wordOf(type[0]) ?? ''] : undefined;
    if (as < 0 || (known === undefined && name === 'CAST')) return undefined;
    return `${name}(${write(all.slice(0, as)).trim()} AS ${known ?? write(type)})`;
  };
}
