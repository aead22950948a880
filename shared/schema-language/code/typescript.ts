import { isJsonObject, type JsonObject, type JsonValue } from '../../event/json.ts';
import type { EventSchema } from '../../event-types/event-schema.ts';
import { resolveNode } from '../../event-types/schema-node.ts';

/** Schemas are nested less; a definition inside itself ends here. */
const maxDepth = 40;
const indent = '  ';

/** The TypeScript type of values that fit a schema. What a type cannot say (bounds, patterns, formats) is left out. */
export function typeScriptOf(schema: JsonObject, level = 0): string {
  return typeOf(schema, { root: schema, level, depth: 0 });
}

/** Name of the type of an event type's data: `github.push.v1` is `GithubPushV1`. */
export function typeScriptName(type: string): string {
  return type
    .split(/[.-]/)
    .map((part) => part.charAt(0).toUpperCase() + part.slice(1))
    .join('');
}

/**
 * A module of types for clients: the data of every event type that may be sent, by the type's name, and the signature of a
 * `track` that takes no other data. Needs nothing but TypeScript.
 */
export function typeScriptModule(schemas: readonly EventSchema[]): string {
  const sent = schemas.filter(({ edi }) => edi.stage !== 'retired');
  const types = sent.map(({ edi, schema }) => {
    const text = `${comment(edi.description, '')}export type ${typeScriptName(edi.type)} = ${typeScriptOf(schema)};`;
    return text;
  });
  const entries = sent.map(({ edi }) => {
    return `${comment(edi.description, indent)}${indent}readonly ${quoted(edi.type)}: ${typeScriptName(edi.type)};`;
  });
  return [
    '// Written by `edi schema types` from the schemas of the event types. Do not edit.',
    '',
    types.join('\n\n'),
    '',
    '/** The data of an event, by its type. */',
    `export interface EventData {\n${entries.join('\n')}\n}`,
    '',
    '/** The types of events. */',
    'export type EventType = keyof EventData;',
    '',
    '/** Sends an event: its data has to be what its type wants. */',
    'export type Track = <Type extends EventType>(type: Type, data: EventData[Type]) => void;',
    '',
  ].join('\n');
}

interface Place {
  readonly root: JsonObject;
  readonly level: number;
  readonly depth: number;
}

function typeOf(schema: JsonValue | undefined, place: Place): string {
  if (schema === false) return 'never';
  if (!isJsonObject(schema) || place.depth > maxDepth) return 'unknown';
  const node = resolveNode(place.root, schema);
  if (node === undefined) return 'unknown';
  const inner = { ...place, depth: place.depth + 1 };
  const parts = [ownType(node, inner), ...combined(node, inner)].filter((part) => part !== 'unknown');
  return parts.length === 0 ? 'unknown' : join([...new Set(parts)], '&');
}

function ownType(node: JsonObject, place: Place): string {
  const { const: only, enum: list, type } = node;
  if (only !== undefined) return literal(only);
  if (Array.isArray(list)) return join([...new Set(list.map(literal))], '|');
  if (typeof type === 'string') return namedType(type, node, place);
  if (Array.isArray(type)) return join([...new Set(type.map((name) => namedType(String(name), node, place)))], '|');
  return isJsonObject(node['properties']) ? objectType(node, place) : 'unknown';
}

function combined(node: JsonObject, place: Place): string[] {
  const lists = (['anyOf', 'oneOf'] as const).flatMap((keyword) => {
    const branches = node[keyword];
    return Array.isArray(branches) ? [join([...new Set(branches.map((part) => typeOf(part, place)))], '|')] : [];
  });
  const all = Array.isArray(node['allOf']) ? node['allOf'].map((part) => typeOf(part, place)) : [];
  return [...lists, ...all];
}

function namedType(name: string, node: JsonObject, place: Place): string {
  switch (name) {
    case 'integer':
    case 'number':
      return 'number';
    case 'string':
    case 'boolean':
    case 'null':
      return name;
    case 'array':
      return arrayType(node, place);
    case 'object':
      return objectType(node, place);
    default:
      return 'unknown';
  }
}

function arrayType(node: JsonObject, place: Place): string {
  const { prefixItems, items } = node;
  if (Array.isArray(prefixItems)) {
    const first = prefixItems.map((part) => `${typeOf(part, place)}?`);
    const rest = items === false ? [] : [`...${element(items, place)}[]`];
    return `readonly [${[...first, ...rest].join(', ')}]`;
  }
  return `readonly ${element(items, place)}[]`;
}

function element(items: JsonValue | undefined, place: Place): string {
  const type = typeOf(items ?? true, place);
  return /[|&]|^readonly /.test(type) && !type.startsWith('{') ? `(${type})` : type;
}

function objectType(node: JsonObject, place: Place): string {
  const properties = isJsonObject(node['properties']) ? Object.entries(node['properties']) : [];
  const { additionalProperties = true, patternProperties } = node;
  if (properties.length === 0) {
    if (patternProperties !== undefined || additionalProperties === true) return 'Readonly<Record<string, unknown>>';
    if (additionalProperties === false) return 'Readonly<Record<string, never>>';
    return `Readonly<Record<string, ${typeOf(additionalProperties, place)}>>`;
  }
  const required = Array.isArray(node['required']) ? node['required'] : [];
  const pad = indent.repeat(place.level + 1);
  const inner = { ...place, level: place.level + 1 };
  const lines = properties.map(([name, part]) => {
    const described = isJsonObject(part) ? (resolveNode(place.root, part)?.['description'] ?? '') : '';
    const optional = required.includes(name) ? '' : '?';
    return `${comment(String(described), pad)}${pad}readonly ${propertyName(name)}${optional}: ${typeOf(part, inner)};`;
  });
  if (additionalProperties !== false || patternProperties !== undefined) {
    lines.push(`${pad}/** What else is sent is dropped. */\n${pad}readonly [name: string]: unknown;`);
  }
  return `{\n${lines.join('\n')}\n${indent.repeat(place.level)}}`;
}

/** A literal that TypeScript compares by value; other values as their type. */
function literal(value: JsonValue): string {
  if (Array.isArray(value)) return 'readonly unknown[]';
  if (isJsonObject(value)) return 'Readonly<Record<string, unknown>>';
  return typeof value === 'string' ? quoted(value) : String(value);
}

function join(types: readonly string[], operator: '|' | '&'): string {
  const [only, another] = types;
  if (only !== undefined && another === undefined) return only;
  if (operator === '|') return types.includes('unknown') ? 'unknown' : types.join(' | ');
  return types.map((type) => (type.includes(' | ') ? `(${type})` : type)).join(' & ');
}

function propertyName(name: string): string {
  return /^[A-Za-z_$][\w$]*$/.test(name) ? name : quoted(name);
}

function quoted(text: string): string {
  return `'${JSON.stringify(text).slice(1, -1).replaceAll('\\"', '"').replaceAll("'", "\\'")}'`;
}

/** A comment of one line; nothing a schema says can end it. */
function comment(text: string, pad: string): string {
  const line = text.replaceAll(/\s+/g, ' ').replaceAll('*/', '*\\/').trim();
  return line === '' ? '' : `${pad}/** ${line} */\n`;
}
