import { parseEventTypeName } from '../event/event-type-name.ts';

/** What an object of the schema bucket is, by its name. */
export type SchemaObject =
  | { readonly kind: 'type'; readonly type: string }
  | { readonly kind: 'sdks' }
  /** Lets a type's object take the place of what it does not fit: see `replacement.ts`. */
  | { readonly kind: 'replacement'; readonly type: string }
  /** A name that says neither. */
  | { readonly kind: 'other' };

export const sdksObjectName = 'sdks.json';

/** Name of a type's object: `<domain>/<event>.v<major>.json`, as its file is called below `schemas/`. */
export function schemaObjectName(type: string): string {
  return `${type.replace('.', '/')}.json`;
}

const replacements = 'replacements/';

/** Name of the object that says what may replace a type's revision. */
export function replacementObjectName(type: string): string {
  return `${replacements}${schemaObjectName(type)}`;
}

/** Reads an object's name, which may be anything. */
export function readSchemaObjectName(name: string): SchemaObject {
  if (name === sdksObjectName) return { kind: 'sdks' };
  // Of three parts, so that a domain may be called "replacements", too.
  const match = /^(replacements\/)?([a-z0-9-]+)\/([a-z0-9-]+\.v\d+)\.json$/.exec(name);
  const type = `${match?.[2]}.${match?.[3]}`;
  if (match === null || parseEventTypeName(type) === undefined) return { kind: 'other' };
  return { kind: match[1] === undefined ? 'type' : 'replacement', type };
}
