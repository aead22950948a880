import { parseEventTypeName } from '../event/event-type-name.ts';
import { isJsonObject, type JsonValue } from '../event/json.ts';
import { type Fault, isFault, jsonText } from './fault.ts';
import type { Row } from './row.ts';
import type { Value } from './shape.ts';
import { SpecReader } from './spec-reader.ts';
import { compileValue, type TextReader, textReader, type ValueContext } from './values.ts';

/** A record as an event: JSON text of the event without its id, and the id where columns say it. */
export interface EventWriter {
  readonly type: string;
  /** Text of `id` as JSON; undefined: it follows from the record. */
  readonly id: Value | undefined;
  readonly source: Value | undefined;
  readonly time: Value | undefined;
  readonly subject: Value | undefined;
  readonly data: Value;
  readonly write: (row: Row, id: string) => string | Fault;
}

/** What a column has to say: one of some texts, or (`negated`) none of them; null is one. */
export interface When {
  readonly column: TextReader;
  readonly texts: ReadonlySet<JsonValue>;
  readonly negated: boolean;
}

export interface EventRule {
  /** All of them. */
  readonly when: readonly When[];
  readonly fits: (row: Row) => boolean;
  /** Undefined: such records are none of ours. */
  readonly event: EventWriter | undefined;
}

const ruleKeys = ['when', 'skip', 'type', 'id', 'source', 'time', 'subject', 'data'] as const;

export function compileRule(value: JsonValue, at: SpecReader, context: ValueContext): EventRule {
  const rule = at.asObject(value, '');
  const spec = new SpecReader(rule.spec, at.pointer, at.problems);
  spec.onlyKeys(ruleKeys);
  const when = compileWhen(spec.object('when'), context);
  const fits = (row: Row) =>
    when.every(({ column, texts, negated }) => texts.has(column.read(row) ?? null) !== negated);
  if (spec.has('skip')) {
    spec.text('skip');
    const others = ruleKeys.filter((key) => key !== 'when' && key !== 'skip' && spec.has(key));
    if (others.length > 0) spec.problem(`leaves records out, so that ${others.join(', ')} mean nothing`, 'skip');
    return { when, fits, event: undefined };
  }
  return { when, fits, event: compileEvent(spec, context) };
}

function compileEvent(spec: SpecReader, context: ValueContext): EventWriter {
  const type = spec.text('type') ?? '';
  if (parseEventTypeName(type) === undefined) spec.problem('is <domain>.<event>.v<major>', 'type');
  for (const key of ['source', 'time', 'data']) if (!spec.has(key)) spec.problem(`needs "${key}"`);
  const id = attribute('id', spec, context);
  const source = attribute('source', spec, context);
  const subject = attribute('subject', spec, context);
  const time = compileTime(spec, context);
  const data = compileValue(spec.spec['data'] ?? {}, spec.below({}, 'data'), context);
  const before = `{"specversion":"1.0","type":${jsonText(type)},"id":`;
  return {
    ...{ type, id, source, time, subject, data },
    write(row, idText) {
      const sourceText = source?.write(row);
      if (sourceText === undefined) return missing('source');
      if (typeof sourceText === 'object') return sourceText;
      const timeText = time?.write(row);
      if (timeText === undefined) return missing('time');
      if (typeof timeText === 'object') return timeText;
      const subjectText = subject?.write(row);
      if (isFault(subjectText)) return subjectText;
      const dataText = data.write(row);
      if (isFault(dataText)) return dataText;
      const named = subjectText === undefined ? '' : `,"subject":${subjectText}`;
      return `${before}${idText},"source":${sourceText},"time":${timeText}${named},"data":${dataText ?? '{}'}}`;
    },
  };
}

function missing(name: string): Fault {
  return { reason: 'legacy-missing', column: name };
}

/** Attributes are texts, whatever type their column has. */
function attribute(key: 'id' | 'source' | 'subject', spec: SpecReader, context: ValueContext): Value | undefined {
  const value = spec.spec[key];
  if (value === undefined) return undefined;
  return compileValue(typed(value, 'string'), spec.below({}, key), context);
}

/** A column that is named alone is read as the type that is wanted; one with a spec of its own is what that says. */
function typed(value: JsonValue, type: string): JsonValue {
  if (typeof value === 'string') return { $column: value, type };
  if (!isJsonObject(value)) return value;
  const isSpec = value['$column'] !== undefined || value['$template'] !== undefined;
  return isSpec && value['type'] === undefined ? { ...value, type } : value;
}

function compileTime(spec: SpecReader, context: ValueContext): Value | undefined {
  const value = spec.spec['time'];
  const declared = typeof value === 'string' ? context.columns.spec[value] : undefined;
  const isDeclared = isJsonObject(declared) && declared['type'] === 'time';
  const at = spec.below({}, 'time');
  if (value === undefined) return undefined;
  if (typeof value === 'string' && !isDeclared && !context.described) {
    at.problem('is a column of type "time", with a format');
    return undefined;
  }
  return compileValue(typeof value === 'string' ? value : typed(value, 'time'), at, context);
}

/** Each column is one of some texts, null, or none of them. */
function compileWhen(spec: SpecReader | undefined, context: ValueContext): readonly When[] {
  if (spec === undefined) return [];
  return Object.entries(spec.spec).map(([name, wanted]) => {
    const negated = isJsonObject(wanted);
    if (negated) spec.below(wanted, name).onlyKeys(['not']);
    const list = negated ? wanted['not'] : wanted;
    const texts = Array.isArray(list) ? list : [list ?? null];
    if (!texts.every((text) => typeof text === 'string' || text === null)) {
      spec.problem('is a text, null, a list of them, or {"not": …}', name);
    }
    return { column: textReader(name, context), texts: new Set<JsonValue>(texts), negated };
  });
}
