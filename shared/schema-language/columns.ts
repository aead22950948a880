import { isJsonObject, type JsonObject, type JsonValue } from '../event/json.ts';
import type { Column, ColumnType, Treatment } from './column.ts';
import { holdsTreatment, nodeTypes, resolveNode, withoutNullBranch } from './schema-node.ts';
import { pointerSegment, type SchemaProblem } from './schema-problem.ts';
import { readTreatment } from './treatment.ts';

/** BigQuery's documented limit on nested RECORDs ("Specifying nested and repeated columns"). */
const maxRecordDepth = 15;
/** BigQuery's documented limit is 10,000 columns a table, nested ones counted; the envelope takes some of them. */
const maxPayloadColumns = 9_900;

interface Mapping {
  readonly root: JsonObject;
  readonly problems: SchemaProblem[];
  /** So far; a definition that refers to itself twice would double them with every level. */
  columnCount: number;
}

type Shape = Omit<Column, 'name' | 'property' | 'description'>;

/** The columns of a payload, and every property that its schema declares at the top. */
export interface PayloadColumns {
  readonly columns: readonly Column[];
  readonly declared: ReadonlySet<string>;
}

/**
 * Maps the schema of an event's data to columns, as BigQuery holds them: date-time TIMESTAMP, date DATE, integer INT64,
 * number FLOAT64, object with properties RECORD, array REPEATED, nullable types their type, and JSON for what is
 * free-form, multi-typed, or an array of arrays or of nullable items. All are nullable, because a later revision may
 * stop requiring them and an erasure empties them. A dropped property has no column, unless its treatment keeps one.
 */
export function mapPayload(root: JsonObject): PayloadColumns | { readonly problems: readonly SchemaProblem[] } {
  const mapping: Mapping = { root, problems: [], columnCount: 0 };
  const record = mapRecord(mapping, root, '', 1);
  if (mapping.columnCount > maxPayloadColumns) {
    const message = `this makes more than ${maxPayloadColumns} columns; split the type, or leave parts free-form`;
    mapping.problems.push({ pointer: '/properties', message });
  }
  return mapping.problems.length > 0 ? { problems: mapping.problems } : record;
}

function mapRecord(mapping: Mapping, node: JsonObject, pointer: string, depth: number): PayloadColumns {
  const properties = isJsonObject(node['properties']) ? node['properties'] : {};
  const columns: Column[] = [];
  const byName = new Map<string, string>();
  for (const [property, value] of Object.entries(properties)) {
    if (mapping.columnCount > maxPayloadColumns) break;
    const at = `${pointer}/properties/${pointerSegment(property)}`;
    const column = mapProperty(mapping, property, { value, pointer: at, depth });
    if (column === undefined) continue;
    const other = byName.get(column.name);
    if (other !== undefined) {
      mapping.problems.push({
        pointer: at,
        message: `"${property}" and "${other}" would share the column ${column.name}; rename one of them`,
      });
    }
    byName.set(column.name, property);
    columns.push(column);
    mapping.columnCount++;
  }
  return { columns, declared: new Set(Object.keys(properties)) };
}

interface Place {
  readonly value: JsonValue;
  readonly pointer: string;
  readonly depth: number;
}

function mapProperty(mapping: Mapping, property: string, place: Place): Column | undefined {
  const name = columnName(property);
  if (name === undefined) {
    mapping.problems.push({
      pointer: place.pointer,
      message: `"${property}" makes no column name; use letters, digits and _`,
    });
    return undefined;
  }
  const node = resolveNode(mapping.root, place.value);
  const shape = mapShape(mapping, place);
  if (shape === undefined) return undefined;
  const description = node?.['description'];
  return { name, property, ...shape, ...(typeof description === 'string' ? { description } : {}) };
}

/** Column type, mode and treatment of a value; undefined for what has no column. */
function mapShape(mapping: Mapping, place: Place): Shape | undefined {
  const { root, problems } = mapping;
  const referred = resolveNode(root, place.value);
  if (referred === undefined) {
    problems.push({
      pointer: place.pointer,
      message: 'this must be a schema object; a "$ref" leads into the same file ("#/$defs/…") and never in a circle',
    });
    return undefined;
  }
  const node = withoutNullBranch(root, referred);
  const treated = node ?? referred;
  const treatment = treatmentOf(mapping, treated, place.pointer);
  if (treated['treatment'] !== undefined && treatment === undefined) return undefined;
  if (treatment?.do === 'drop') {
    return treatment.column === undefined ? undefined : { type: treatment.column, mode: 'NULLABLE', treatment };
  }
  if (treatment !== undefined) return treatedShape(treated, treatment);
  const shape = node === undefined ? undefined : plainShape(mapping, node, place);
  if (shape === 'no-columns') return undefined;
  if (shape !== undefined) return shape;
  if (holdsTreatment(root, referred)) {
    problems.push({
      pointer: place.pointer,
      message:
        'this becomes one JSON column, inside which no treatment is applied; treat the whole or declare its type',
    });
  }
  return { type: 'JSON', mode: 'NULLABLE' };
}

function treatmentOf(mapping: Mapping, node: JsonObject, pointer: string): Treatment | undefined {
  const value = node['treatment'];
  if (value === undefined) return undefined;
  const treatment = readTreatment(value, node);
  if (typeof treatment !== 'string') return treatment;
  mapping.problems.push({ pointer: `${pointer}/treatment`, message: treatment });
  return undefined;
}

function treatedShape(node: JsonObject, treatment: Treatment): Shape {
  const type = treatment.do === 'truncate' ? scalarType(node) : undefined;
  return { type: type === 'INT64' ? 'FLOAT64' : (type ?? 'STRING'), mode: 'NULLABLE', treatment };
}

function plainShape(mapping: Mapping, node: JsonObject, place: Place): Shape | 'no-columns' | undefined {
  const scalar = scalarType(node);
  if (scalar !== undefined) return { type: scalar, mode: 'NULLABLE' };
  const types = nodeTypes(node)?.types;
  if (types?.size !== 1) return undefined;
  if (types.has('object')) {
    if (!isJsonObject(node['properties']) || Object.keys(node['properties']).length === 0) return undefined;
    if (place.depth >= maxRecordDepth) return undefined;
    const { columns, declared } = mapRecord(mapping, node, place.pointer, place.depth + 1);
    return columns.length === 0 ? 'no-columns' : { type: 'RECORD', mode: 'NULLABLE', fields: columns, declared };
  }
  if (!types.has('array') || node['prefixItems'] !== undefined || !isJsonObject(node['items'])) return undefined;
  const items = resolveNode(mapping.root, node['items']);
  if (items === undefined || nodeTypes(items)?.nullable !== false) return undefined;
  const item = mapShape(mapping, { ...place, value: node['items'], pointer: `${place.pointer}/items` });
  if (item === undefined) return 'no-columns';
  return item.mode === 'REPEATED' || item.type === 'JSON' ? undefined : { ...item, mode: 'REPEATED' };
}

function scalarType(node: JsonObject): ColumnType | undefined {
  const types = nodeTypes(node)?.types;
  const [type, another] = types ?? [];
  if (type === undefined || another !== undefined) return undefined;
  if (type === 'integer') return 'INT64';
  if (type === 'number') return 'FLOAT64';
  if (type === 'boolean') return 'BOOL';
  if (type !== 'string') return undefined;
  if (node['format'] === 'date-time') return 'TIMESTAMP';
  return node['format'] === 'date' ? 'DATE' : 'STRING';
}

/** BigQuery: letters, digits and underscores, not beginning with a digit, 300 characters at most. */
export function columnName(property: string): string | undefined {
  const snake = property
    .replace(/([a-z0-9])([A-Z])/g, '$1_$2')
    .replace(/([A-Z]+)([A-Z][a-z])/g, '$1_$2')
    .replace(/[-.\s:/]+/g, '_')
    .toLowerCase();
  return /^[a-z_][a-z0-9_]{0,299}$/.test(snake) ? snake : undefined;
}
