import { isJsonObject, type JsonValue } from './json.ts';

/**
 * A parsed pointer: RFC 6901 from the root (`up` undefined), or a Relative JSON Pointer (draft-bhutton-relative-json-
 * pointer-00, without its `#` and index forms) that first goes `up` levels from where it stands.
 */
export interface Pointer {
  readonly up?: number;
  readonly segments: readonly string[];
}

/** Undefined when the text is neither form. */
export function parsePointer(text: string): Pointer | undefined {
  const match = /^(0|[1-9][0-9]?)?((?:\/.*)?)$/s.exec(text);
  if (match === null || /~(?![01])/.test(text)) return undefined;
  const [, up, path = ''] = match;
  const segments =
    path === ''
      ? []
      : path
          .slice(1)
          .split('/')
          .map((s) => s.replaceAll('~1', '/').replaceAll('~0', '~'));
  return up === undefined ? { segments } : { up: Number(up), segments };
}

/**
 * Follows a pointer. `trail` leads from the root to the value where the pointer stands, both included. Undefined when
 * nothing is there.
 */
export function resolvePointer(pointer: Pointer, trail: readonly JsonValue[]): JsonValue | undefined {
  let value = pointer.up === undefined ? trail[0] : trail[trail.length - 1 - pointer.up];
  for (const segment of pointer.segments) {
    if (Array.isArray(value)) value = /^(0|[1-9][0-9]*)$/.test(segment) ? value[Number(segment)] : undefined;
    else value = isJsonObject(value) && Object.hasOwn(value, segment) ? value[segment] : undefined;
  }
  return value;
}

/** What a `$ref` of a document into itself leads to: a JSON Pointer as a URI fragment (RFC 6901 section 6). */
export function localReference(root: JsonValue, reference: JsonValue | undefined): JsonValue | undefined {
  const path =
    typeof reference === 'string' && reference.startsWith('#') ? fragmentText(reference.slice(1)) : undefined;
  const pointer = path === undefined ? undefined : parsePointer(path);
  return pointer === undefined || pointer.up !== undefined ? undefined : resolvePointer(pointer, [root]);
}

/** A URI fragment's percent-encoding undone; undefined for a bad one. */
export function fragmentText(fragment: string): string | undefined {
  try {
    return decodeURIComponent(fragment);
  } catch {
    return undefined;
  }
}

/** One segment of a JSON Pointer (RFC 6901 section 3), escaped. */
export function pointerSegment(name: string): string {
  return name.replaceAll('~', '~0').replaceAll('/', '~1');
}
