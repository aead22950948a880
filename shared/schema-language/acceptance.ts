import { canonicalJson } from '../event/canonical-json.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '../event/json.ts';
import type { CompareAcceptance } from './revision-change.ts';

/** Keywords that accept and refuse nothing. */
const annotations: ReadonlySet<string> = new Set(
  '$schema $id $comment title description default deprecated readOnly writeOnly examples edi treatment notPersonal'.split(
    ' ',
  ),
);

/**
 * Compares by text: whatever differs, but for annotations, is undecided and so counts as breaking. The one place where
 * the procedure that `checkRevision` uses is chosen.
 */
export const compareAcceptance: CompareAcceptance = (active, next) => {
  if (canonicalJson(withoutAnnotations(active)) === canonicalJson(withoutAnnotations(next))) {
    return { compatible: true, changes: [] };
  }
  const message = 'it cannot be decided whether every event that was accepted still is';
  return { compatible: false, changes: [{ pointer: '', rule: 'undecided', breaking: true, message }] };
};

const namedSchemas: ReadonlySet<string> = new Set(['properties', 'patternProperties', '$defs', 'dependentSchemas']);
const literals: ReadonlySet<string> = new Set(['enum', 'const', 'required']);

function withoutAnnotations(node: JsonObject): JsonObject {
  const kept = Object.entries(node).filter(([keyword]) => !annotations.has(keyword));
  return Object.fromEntries(kept.map(([keyword, value]) => [keyword, valueWithout(keyword, value)]));
}

function valueWithout(keyword: string, value: JsonValue): JsonValue {
  if (literals.has(keyword)) return value;
  if (Array.isArray(value)) return value.map((item) => (isJsonObject(item) ? withoutAnnotations(item) : item));
  if (!isJsonObject(value)) return value;
  if (!namedSchemas.has(keyword)) return withoutAnnotations(value);
  return Object.fromEntries(
    Object.entries(value).map(([name, schema]) => [name, isJsonObject(schema) ? withoutAnnotations(schema) : schema]),
  );
}
