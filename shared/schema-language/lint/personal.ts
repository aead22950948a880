import { isJsonObject, type JsonObject, type JsonValue } from '../../event/json.ts';
import { nodeTypes, resolveNode, withoutNullBranch } from '../../event-types/schema-node.ts';
import { pointerSegment } from '../../event-types/schema-problem.ts';
import type { Finding } from './finding.ts';
import { personalFormats, personalReason } from './personal-names.ts';

const maxDepth = 64;
const maxPlaces = 20_000;

interface Walk {
  readonly root: JsonObject;
  readonly findings: Finding[];
  readonly seen: Set<JsonValue>;
}

/** Properties that look personal, by name or format, and have neither a treatment nor a reason why they are not. */
export function personalFindings(root: JsonObject): readonly Finding[] {
  const walk: Walk = { root, findings: [], seen: new Set() };
  visit(walk, root, '', { depth: 0 });
  return walk.findings;
}

interface Place {
  readonly property?: string;
  readonly depth: number;
}

function visit(walk: Walk, value: JsonValue, pointer: string, { property, depth }: Place): void {
  if (depth > maxDepth || walk.seen.size > maxPlaces) return;
  if (typeof value === 'object' && value !== null) {
    // A definition is judged by every name that it is used under, since each use is an object of its own; its insides once.
    if (walk.seen.has(value)) return;
    walk.seen.add(value);
  }
  const referred = resolveNode(walk.root, value);
  if (referred === undefined) return;
  const node = withoutNullBranch(walk.root, referred) ?? referred;
  if (node['treatment'] !== undefined) return;
  const reason = node['notPersonal'] === undefined ? suspicion(walk.root, node, property) : undefined;
  if (reason !== undefined) walk.findings.push(finding(pointer, property, reason));
  for (const [name, child] of entriesOf(node['properties'])) {
    visit(walk, child, `${pointer}/properties/${pointerSegment(name)}`, { property: name, depth: depth + 1 });
  }
  for (const [name, child] of entriesOf(node['patternProperties'])) {
    visit(walk, child, `${pointer}/patternProperties/${pointerSegment(name)}`, { depth: depth + 1 });
  }
  for (const keyword of ['items', 'additionalProperties', 'if', 'then', 'else', 'contains'] as const) {
    const child = node[keyword];
    if (isJsonObject(child)) visit(walk, child, `${pointer}/${keyword}`, { depth: depth + 1 });
  }
  for (const keyword of ['allOf', 'anyOf', 'oneOf', 'prefixItems'] as const) {
    const list = node[keyword];
    if (!Array.isArray(list)) continue;
    for (const [i, child] of list.entries()) visit(walk, child, `${pointer}/${keyword}/${i}`, { depth: depth + 1 });
  }
}

function entriesOf(value: JsonValue | undefined): [string, JsonValue][] {
  return isJsonObject(value) ? Object.entries(value) : [];
}

/** Only what can hold somebody's value itself: text and numbers that are not enumerated, also in lists and maps. */
function suspicion(root: JsonObject, node: JsonObject, property: string | undefined): string | undefined {
  const { format } = node;
  const byFormat = typeof format === 'string' ? personalFormats.get(format) : undefined;
  if (byFormat !== undefined) return byFormat;
  if (property === undefined || !holdsFreeValue(root, node, 0)) return undefined;
  return personalReason(property);
}

function holdsFreeValue(root: JsonObject, node: JsonObject, depth: number): boolean {
  if (node['enum'] !== undefined || node['const'] !== undefined) return false;
  const types = nodeTypes(node)?.types;
  if (types === undefined || types.has('string') || types.has('integer') || types.has('number')) return true;
  if (types.has('array')) {
    const items = isJsonObject(node['items']) ? resolveNode(root, node['items']) : undefined;
    if (items === undefined) return true;
    const decided = items['treatment'] !== undefined || items['notPersonal'] !== undefined;
    return !decided && depth < 8 && holdsFreeValue(root, items, depth + 1);
  }
  // The properties of an object are judged by their own names; a map has none.
  return types.has('object') && entriesOf(node['properties']).length === 0;
}

function finding(pointer: string, property: string | undefined, reason: string): Finding {
  const what = property === undefined ? 'this' : `"${property}"`;
  return {
    severity: 'error',
    rule: 'personal-undecided',
    pointer,
    message: `${what} looks like ${reason}, and would reach the table in the clear`,
    fix: 'add a "treatment" (pseudonymize, truncate or drop), or say why it is nobody\'s: "notPersonal": "…"',
  };
}
