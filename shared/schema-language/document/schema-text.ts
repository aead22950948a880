import { type JsonValue, readJson } from '../../event/json.ts';
import type { SchemaProblem } from '../../event/schema-problem.ts';

/** Bounds of a schema document that is read. */
export const documentBounds = {
  /** UTF-16 units of one file. The largest schema that we have seen has 0.6 million. */
  maxTextLength: 8_388_608,
  /** Arrays and objects inside one another. Real schemas stay below 60. */
  maxNesting: 400,
  /** Files that one schema draws in by `$ref`. */
  maxFiles: 1_000,
  /** Schemas of the finished document. */
  maxNodes: 200_000,
} as const;

export type SchemaTextResult =
  | { readonly kind: 'value'; readonly value: JsonValue }
  | { readonly kind: 'bad'; readonly problems: readonly SchemaProblem[] };

/** Reads JSON text that may come from anywhere. Never throws; the answer to bad text says what is wrong with it. */
export function parseSchemaText(text: string): SchemaTextResult {
  if (text.length > documentBounds.maxTextLength) {
    return bad(`the text has ${text.length} characters; a schema has ${documentBounds.maxTextLength} at most`);
  }
  if (text.trim() === '') return bad('this is empty; write a JSON object');
  let value: JsonValue;
  try {
    value = readJson(text);
  } catch (error) {
    // The engine recurses: nesting that it gives up on is a RangeError.
    return bad(error instanceof SyntaxError ? `not JSON: ${error.message}` : nestedTooDeeply);
  }
  const problem = nestingProblem(value);
  return problem === undefined ? { kind: 'value', value } : { kind: 'bad', problems: [problem] };
}

const nestedTooDeeply = `arrays and objects are nested more than ${documentBounds.maxNesting} deep; no schema needs that`;

function bad(message: string): SchemaTextResult {
  return { kind: 'bad', problems: [{ pointer: '', message }] };
}

/** Says when a value is nested too deeply to be read further. Does not recurse itself. */
export function nestingProblem(value: JsonValue): SchemaProblem | undefined {
  let level: JsonValue[] = [value];
  for (let depth = 0; level.length > 0; depth++) {
    if (depth > documentBounds.maxNesting) return { pointer: '', message: nestedTooDeeply };
    level = level.flatMap((entry) => (typeof entry === 'object' && entry !== null ? Object.values(entry) : []));
  }
  return undefined;
}
