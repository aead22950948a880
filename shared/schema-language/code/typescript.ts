import type { JsonObject } from '../../event/json.ts';
import type { EventSchema } from '../../event-types/event-schema.ts';
import { makeTypeReader } from './read-type.ts';
import { comment, quoted, typeText } from './type-text.ts';

const indent = '  ';

/** The TypeScript type of values that fit a schema, definitions written out. */
export function typeScriptOf(schema: JsonObject, level = 0): string {
  return typeText(makeTypeReader(schema).read(schema), level);
}

/** Name of the type of an event type's data: `github.push.v1` is `GithubPushV1`. */
export function typeScriptName(type: string): string {
  const name = type
    .split(/[^A-Za-z0-9]+/)
    .map((part) => part.charAt(0).toUpperCase() + part.slice(1))
    .join('');
  return /^[A-Za-z]/.test(name) ? name : `T${name}`;
}

/** What an event type's data is, as declarations: its own type the first, then one for each definition that it uses. */
export function typeScriptDeclarations(schema: EventSchema): string {
  return declarationsOf(schema, freeNames([])).join('\n\n');
}

type TakeName = (wanted: string) => string;

/** Names that are not taken yet: the second of one name is `Name_2`. */
function freeNames(taken: Iterable<string>): TakeName {
  const names = new Set(taken);
  return (wanted) => {
    let name = wanted;
    for (let number = 2; names.has(name); number++) name = `${wanted}_${number}`;
    names.add(name);
    return name;
  };
}

function declarationsOf({ edi, schema }: EventSchema, takeName: TakeName, own = takeName(typeScriptName(edi.type))) {
  const waiting: { readonly name: string; readonly node: JsonObject; readonly about: string }[] = [];
  const named = new Map<JsonObject, string>([[schema, own]]);
  const reader = makeTypeReader(schema, (target, reference) => {
    const known = named.get(target);
    if (known !== undefined) return known;
    const name = takeName(`${own}${typeScriptName(reference.split('/').at(-1) ?? '')}`);
    named.set(target, name);
    waiting.push({ name, node: target, about: String(target['description'] ?? '') });
    return name;
  });
  const declarations = [declaration(own, edi.description, typeText(reader.read(schema)))];
  for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
    declarations.push(declaration(next.name, next.about, typeText(reader.read(next.node))));
  }
  return declarations;
}

function declaration(name: string, about: string, text: string): string {
  return `${comment(about, '')}export type ${name} = ${text};`;
}

/**
 * A module of types for clients: the data of every event type that may be sent, by the type's name, and the signature of a
 * `track` that takes no other data. Needs nothing but TypeScript.
 */
export function typeScriptModule(schemas: readonly EventSchema[]): string {
  const sent = schemas.filter(({ edi }) => edi.stage !== 'retired');
  const takeName = freeNames(['EventData', 'EventType', 'Track', 'Record', 'Readonly']);
  const names = new Map(sent.map(({ edi }) => [edi.type, takeName(typeScriptName(edi.type))]));
  const types = sent.flatMap((schema) => declarationsOf(schema, takeName, names.get(schema.edi.type)));
  const entries = sent.map(({ edi }) => {
    return `${comment(edi.description, indent)}${indent}readonly ${quoted(edi.type)}: ${names.get(edi.type)};`;
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
