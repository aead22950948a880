import { parseEventTypeName } from '../event/event-type-name.ts';

/** What an object of the schema bucket is, by its name. */
export type SchemaObject =
  | { readonly kind: 'type'; readonly type: string }
  | { readonly kind: 'sdks' }
  /** A name that says neither. */
  | { readonly kind: 'other' };

export const sdksObjectName = 'sdks.json';

/** Name of a type's object: `<domain>/<event>.v<major>.json`, as its file is called below `schemas/`. */
export function schemaObjectName(type: string): string {
  return `${type.replace('.', '/')}.json`;
}

/** Reads an object's name, which may be anything. */
export function readSchemaObjectName(name: string): SchemaObject {
  if (name === sdksObjectName) return { kind: 'sdks' };
  const match = /^([a-z0-9-]+)\/([a-z0-9-]+\.v\d+)\.json$/.exec(name);
  const type = `${match?.[1]}.${match?.[2]}`;
  return match !== null && parseEventTypeName(type) !== undefined ? { kind: 'type', type } : { kind: 'other' };
}
