import {
  type Alternative,
  type ArrayType,
  anyValue,
  type ObjectType,
  type Others,
  opened,
  type ValueType,
} from './value-type.ts';

const indent = '  ';

/** Names that every object has: where such a property need not be there, what an object has anyhow stands for it. */
const inherited: ReadonlySet<string> = new Set(Object.getOwnPropertyNames(Object.prototype));

/** A type as TypeScript writes it. */
export function typeText(type: ValueType, level = 0): string {
  return parts(type, level).join(' | ') || 'never';
}

/** Alternatives that stand beside each other without brackets. */
function parts(type: ValueType, level: number): readonly string[] {
  if (isAnything(type)) return ['unknown'];
  return [...new Set(apart(type).flatMap((one) => alternativeTexts(one, level)))];
}

/**
 * An object may have what any alternative of a union declares, whichever it is otherwise (TypeScript checks an object's
 * literal for other names against all of them): so one that is closed by itself says of the others' names that it has none.
 */
function apart(type: ValueType): ValueType {
  const names = new Set(
    opened(type).flatMap((one) => (one.kind === 'object' ? [...one.object.properties.keys()] : [])),
  );
  return type.map((one) => {
    if (one.kind !== 'object' || one.object.others !== 'none' || one.object.isSharing === true) return one;
    if (one.object.properties.size === 0) return one;
    const missing = [...names].filter((name) => !one.object.properties.has(name) && !inherited.has(name));
    if (missing.length === 0) return one;
    const properties = new Map(one.object.properties);
    for (const name of missing) properties.set(name, { type: [], required: false });
    return { kind: 'object', object: { ...one.object, properties } };
  });
}

function isAnything(type: ValueType): boolean {
  if (type === anyValue) return true;
  return anyValue.every((any) => type.some((one) => one === any || (one.kind === any.kind && isWhole(one))));
}

/** Whether an alternative is all values of its kind. */
function isWhole(one: Alternative): boolean {
  if (one.kind === 'array') return one.array.first.length === 0 && isOpen(one.array.others);
  if (one.kind === 'object') return one.object.properties.size === 0 && isOpen(one.object.others);
  return one.kind !== 'named' && !('literals' in one);
}

function isOpen(others: Others): boolean {
  return others === 'unsaid' || others === 'any' || (others !== 'none' && isAnything(others));
}

function alternativeTexts(one: Alternative, level: number): readonly string[] {
  switch (one.kind) {
    case 'named':
      return [one.name];
    case 'array':
      return [arrayText(one.array, level)];
    case 'object':
      return [objectText(one.object, level)];
    case 'null':
      return ['null'];
    default:
      return one.literals === undefined ? [one.kind] : [...one.literals];
  }
}

function arrayText({ first, min, others }: ArrayType, level: number): string {
  const rest = isOpen(others) ? anyValue : others === 'none' || others === 'unsaid' || others === 'any' ? [] : others;
  if (first.length === 0) return others === 'none' ? 'readonly []' : `readonly ${elementText(rest, level)}[]`;
  const items = first.map((item, at) => (at < min ? typeText(item, level) : `${elementText(item, level)}?`));
  const more = others === 'none' ? [] : [`...${elementText(rest, level)}[]`];
  return `readonly [${[...items, ...more].join(', ')}]`;
}

/** What `[]` or `?` may follow. */
function elementText(type: ValueType, level: number): string {
  const texts = parts(type, level);
  const [only = 'never', another] = texts;
  return another === undefined && !only.startsWith('readonly ') ? only : `(${texts.join(' | ')})`;
}

function objectText({ properties, others }: ObjectType, level: number): string {
  if (properties.size === 0) {
    const value = isOpen(others) ? 'unknown' : typeof others === 'string' ? 'never' : typeText(others, level);
    return `Readonly<Record<string, ${value}>>`;
  }
  const pad = indent.repeat(level + 1);
  const lines = [...properties].map(([name, { type, required, description = '' }]) => {
    const value = !required && inherited.has(name) ? 'unknown' : typeText(type, level + 1);
    return `${comment(description, pad)}${pad}readonly ${propertyName(name)}${required ? '' : '?'}: ${value};`;
  });
  if (isOpen(others)) lines.push(`${pad}/** What else is sent is dropped. */\n${pad}readonly [name: string]: unknown;`);
  else if (typeof others !== 'string')
    lines.push(`${pad}readonly [name: string]: ${indexText(properties, others, level)};`);
  return `{\n${lines.join('\n')}\n${indent.repeat(level)}}`;
}

/** TypeScript wants what has no name of its own to be as wide as what has. */
function indexText(properties: ObjectType['properties'], others: ValueType, level: number): string {
  const types = [...properties].map(([name, { type, required }]) =>
    !required && inherited.has(name) ? anyValue : type,
  );
  const texts = new Set([others, ...types].flatMap((type) => parts(type, level + 1)));
  if (texts.has('unknown')) return 'unknown';
  return [...texts, ...([...properties.values()].every(({ required }) => required) ? [] : ['undefined'])].join(' | ');
}

function propertyName(name: string): string {
  return /^[A-Za-z_$][\w$]*$/.test(name) ? name : quoted(name);
}

/** A text as a literal. */
export function quoted(text: string): string {
  return `'${JSON.stringify(text).slice(1, -1).replaceAll('\\"', '"').replaceAll("'", "\\'")}'`;
}

/** A comment of one line; nothing a schema says can end it. */
export function comment(text: string, pad: string): string {
  const line = text.replaceAll(/\s+/g, ' ').replaceAll('*/', '*\\/').trim();
  return line === '' ? '' : `${pad}/** ${line} */\n`;
}
