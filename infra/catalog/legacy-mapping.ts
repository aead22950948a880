import { asObject, isJsonObject, type JsonObject, type JsonValue } from '../../shared/event/json.ts';
import { legacySdkPrefix } from '../../shared/sdks/legacy.ts';

/** Where a part of an event comes from. */
interface MappedPart {
  /** `source`, or `data.track.track_id`. */
  readonly part: string;
  /** What stands there, in words: columns by name, and how their cells are read. */
  readonly from: string;
}

/** What records of a mapping become an event of a type. */
export interface MappedEvent {
  readonly type: string;
  /** Which records, in words; empty: all that no rule before takes. */
  readonly when: string;
  readonly parts: readonly MappedPart[];
}

/** How files of clients that never upgrade become events. */
export interface CatalogMapping {
  readonly name: string;
  /** The binding that its events come under. */
  readonly sdk: string;
  readonly title?: string;
  readonly description?: string;
  readonly owner?: string;
  readonly events: readonly MappedEvent[];
}

const attributes = ['id', 'source', 'time', 'subject'];
/** More parts of one event are no list to read. */
const maxParts = 200;

/** A mapping in words, as its document says it (schemas/legacy/README.md); what is malformed there is shown as it is written. */
export function catalogMapping(name: string, document: JsonObject): CatalogMapping {
  const columns = asObject(document['columns']);
  const events = Array.isArray(document['events']) ? document['events'] : [];
  return {
    name,
    sdk: `${legacySdkPrefix}${name}`,
    ...textsOf(document),
    events: events.flatMap((rule) => mappedEvent(asObject(rule), columns)),
  };
}

function textsOf({ title, description, owner }: JsonObject): Pick<CatalogMapping, 'title' | 'description' | 'owner'> {
  return {
    ...(typeof title === 'string' ? { title } : {}),
    ...(typeof description === 'string' ? { description } : {}),
    ...(typeof owner === 'string' ? { owner } : {}),
  };
}

function mappedEvent(rule: JsonObject, columns: JsonObject): MappedEvent[] {
  const { type, when, data } = rule;
  if (typeof type !== 'string') return [];
  const own = attributes.flatMap((part) =>
    rule[part] === undefined ? [] : [{ part, from: valueText(rule[part], columns) }],
  );
  const parts = [...own, ...partsOf('data', data ?? {}, columns)];
  return [{ type, when: whenText(asObject(when)), parts: parts.slice(0, maxParts) }];
}

/** Objects are opened; what says how a value is made is not. */
function partsOf(part: string, value: JsonValue, columns: JsonObject): MappedPart[] {
  if (!isJsonObject(value) || isDirective(value)) return [{ part, from: valueText(value, columns) }];
  return Object.entries(value).flatMap(([name, inside]) =>
    name === '$columns'
      ? [{ part: `${part}.*`, from: `every column under its own name${settingsText(asObject(inside))}` }]
      : partsOf(`${part}.${name}`, inside, columns),
  );
}

const directives = ['$column', '$template', '$first', '$constant', '$directive'];

function isDirective(value: JsonObject): boolean {
  return directives.some((name) => value[name] !== undefined);
}

function valueText(value: JsonValue | undefined, columns: JsonObject): string {
  if (typeof value === 'string') return `${value}${settingsText(asObject(columns[value]))}`;
  if (Array.isArray(value)) return `a list of ${value.map((item) => valueText(item, columns)).join('; ')}`;
  if (!isJsonObject(value)) return JSON.stringify(value ?? null);
  const { $column, $template, $first, $constant, $directive, ...others } = value;
  const settings = settingsText(others);
  if (typeof $column === 'string') return `${$column}${settingsText({ ...asObject(columns[$column]), ...others })}`;
  if (typeof $template === 'string') return `the text ${$template}${settings}`;
  if (Array.isArray($first))
    return `the first that is there of ${$first.map((one) => valueText(one, columns)).join('; ')}`;
  if ($constant !== undefined) return `always ${JSON.stringify($constant)}`;
  if (typeof $directive === 'string') return `the directive ${$directive} of the file${settings}`;
  return JSON.stringify(value);
}

/** ` (integer, unit s to ms, round nearest)`; empty for a text as it stands. */
function settingsText(settings: JsonObject): string {
  const texts = Object.entries(settings).map(([name, value]) =>
    name === 'type' ? plain(value) : `${name} ${settingText(name, value)}`,
  );
  return texts.length === 0 ? '' : ` (${texts.join(', ')})`;
}

function settingText(name: string, value: JsonValue): string {
  if (name === 'unit' && isJsonObject(value)) return `${plain(value['from'] ?? null)} to ${plain(value['to'] ?? null)}`;
  if (name === 'enum' && isJsonObject(value)) {
    return Object.entries(value)
      .map(([text, meaning]) => `${text} → ${plain(meaning)}`)
      .join(', ');
  }
  return Array.isArray(value) ? value.map(plain).join(' or ') : plain(value);
}

function plain(value: JsonValue): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

function whenText(when: JsonObject): string {
  return Object.entries(when)
    .map(([column, wanted]) => {
      const [word, value] = isJsonObject(wanted) ? ['is not', wanted['not'] ?? null] : ['is', wanted];
      return `${column} ${word} ${settingText(column, value)}`;
    })
    .join(' and ');
}
