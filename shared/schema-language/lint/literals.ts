import type { JsonObject, JsonValue } from '../../event/json.ts';
import type { SchemaPlace } from '../../event-types/schema-places.ts';
import { compileSchema } from '../../event-types/validator.ts';
import { errorAt, type Finding } from './finding.ts';

const maxCompiled = 200;

/**
 * Values written into a schema that the schema itself refuses. Only for documents whose references and patterns are known
 * to be good.
 */
export function literalFindings(root: JsonObject, places: Iterable<SchemaPlace>): readonly Finding[] {
  const findings: Finding[] = [];
  let compiled = 0;
  for (const { node, pointer } of places) {
    const literals = literalsOf(node, pointer);
    if (literals.length === 0) continue;
    // Bounded: each is a compilation. What is not looked at here, examples beside the schema test.
    if (++compiled > maxCompiled) break;
    const fits = validatorOf(root, node);
    for (const { at, value } of fits === undefined ? [] : literals) {
      if (fits?.(value)) continue;
      const message = `${JSON.stringify(value).slice(0, 80)} does not fit the schema that it stands in`;
      findings.push(errorAt(at, 'literal-unfit', message, 'correct the value or the schema'));
    }
  }
  return findings;
}

function literalsOf(node: JsonObject, pointer: string): { at: string; value: JsonValue }[] {
  const literals: { at: string; value: JsonValue }[] = [];
  for (const keyword of ['default', 'const'] as const) {
    const value = node[keyword];
    if (value !== undefined) literals.push({ at: `${pointer}/${keyword}`, value });
  }
  for (const keyword of ['examples', 'enum'] as const) {
    const list = node[keyword];
    if (!Array.isArray(list)) continue;
    literals.push(...list.map((value, index) => ({ at: `${pointer}/${keyword}/${index}`, value })));
  }
  return literals;
}

/** As ingest would check it. */
function validatorOf(root: JsonObject, node: JsonObject): ((value: JsonValue) => boolean) | undefined {
  try {
    const validate = compileSchema({ ...node, $defs: root['$defs'] ?? {} }, { strict: false });
    return (value) => validate(value) === true;
  } catch {
    // A reference into another part than "$defs": the whole is compiled elsewhere.
    return undefined;
  }
}
