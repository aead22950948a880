import { isJsonObject, type JsonObject, type JsonValue } from '../../shared/event/json.ts';
import type { Column, Treatment } from '../../shared/event-types/column.ts';
import type { EventSchema } from '../../shared/event-types/event-schema.ts';
import { resolveNode, withoutNullBranch } from '../../shared/event-types/schema-node.ts';
import { readTreatment } from '../../shared/event-types/treatment.ts';

/** A declared property of an event's data, as people read it. */
export interface Field {
  /** From the data to the property; `[]` stands for the items of an array. */
  readonly trail: readonly string[];
  readonly name: string;
  readonly required: boolean;
  /** Its schema, references followed. */
  readonly node: JsonObject;
  readonly description?: string;
  readonly treatment?: Treatment;
  /** Why it is not personal although it looks it. */
  readonly notPersonal?: string;
  /** Absent where it has none: dropped, or nothing below it has one. */
  readonly column?: Column;
  /** The column as SQL names it: `data.track.track_id`. */
  readonly sqlPath?: string;
  /** Of an object, or of the objects of an array. */
  readonly fields: readonly Field[];
}

interface Level {
  readonly root: JsonObject;
  readonly trail: readonly string[];
  readonly columns: readonly Column[];
  readonly sqlPrefix: string;
}

/** The properties that a schema declares, in its order. */
export function fieldsOf({ schema, payload }: EventSchema): readonly Field[] {
  return readFields(schema, { root: schema, trail: [], columns: payload.columns, sqlPrefix: 'data' });
}

/** Every field, each before those inside it. */
export function flattenFields(fields: readonly Field[]): Field[] {
  return fields.flatMap((field) => [field, ...flattenFields(field.fields)]);
}

/** `companions[].customer_id`. */
export function pathText(trail: readonly string[]): string {
  return trail.join('.').replaceAll('.[]', '[]');
}

/** The id of a field in its page, which a link may name: unique and without white space, whatever a property is called. */
export function fieldAnchor(trail: readonly string[]): string {
  const segments = trail.map((segment) => (segment === '[]' ? segment : encodeURIComponent(segment)));
  return `field-${pathText(segments.map((segment) => segment.replaceAll('.', '%2E')))}`;
}

function readFields(node: JsonObject, level: Level): Field[] {
  const properties = isJsonObject(node['properties']) ? node['properties'] : {};
  const required = Array.isArray(node['required']) ? node['required'] : [];
  return Object.entries(properties).map(([name, value]) =>
    readField(name, value, { ...level, required: required.includes(name) }),
  );
}

function readField(name: string, value: JsonValue, level: Level & { readonly required: boolean }): Field {
  const { root, required } = level;
  const node = resolveNode(root, value) ?? {};
  const trail = [...level.trail, name];
  const column = level.columns.find(({ property }) => property === name);
  const { description, notPersonal } = node;
  const treatment = treatmentOf(root, node);
  const sqlPath = column === undefined ? undefined : `${level.sqlPrefix}.${column.name}`;
  return {
    trail,
    name,
    required,
    node,
    ...(typeof description === 'string' ? { description } : {}),
    ...(treatment === undefined ? {} : { treatment }),
    ...(typeof notPersonal === 'string' ? { notPersonal } : {}),
    ...(column === undefined ? {} : { column }),
    ...(sqlPath === undefined ? {} : { sqlPath }),
    fields: fieldsInside(node, { root, trail, columns: column?.fields ?? [], sqlPrefix: sqlPath ?? level.sqlPrefix }),
  };
}

/** Of an object, or of an array's objects; none inside a map or a JSON column, where nothing has a column of its own. */
function fieldsInside(node: JsonObject, level: Level): Field[] {
  const single = withoutNullBranch(level.root, node);
  if (single === undefined) return [];
  if (isJsonObject(single['properties'])) return readFields(single, level);
  const items = resolveNode(level.root, single['items']);
  const item = items === undefined ? undefined : withoutNullBranch(level.root, items);
  return item === undefined ? [] : fieldsInside(item, { ...level, trail: [...level.trail, '[]'] });
}

/** Also one that stands on the items of an array: what becomes of the values is the same. */
function treatmentOf(root: JsonObject, node: JsonObject): Treatment | undefined {
  const single = withoutNullBranch(root, node) ?? node;
  const value = single['treatment'];
  if (value !== undefined) {
    const read = readTreatment(value, single);
    return typeof read === 'string' ? undefined : read;
  }
  const items = resolveNode(root, single['items']);
  return items === undefined ? undefined : treatmentOf(root, items);
}
