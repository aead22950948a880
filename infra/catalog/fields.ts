import type { Column, Treatment } from '../../shared/event-types/column.ts';
import type { EventSchema } from '../../shared/event-types/event-schema.ts';
import { mapExactly } from '../../shared/event-types/mapping/map-schema.ts';
import type { Decision } from '../../shared/event-types/mapping/mapping-run.ts';
import { mergeProperties, requires } from '../../shared/event-types/mapping/properties.ts';
import { anything, kindNames, type Part, type Shape } from '../../shared/event-types/mapping/shape.ts';
import { treatmentOf } from '../../shared/event-types/mapping/treated.ts';

/** What becomes of the undeclared keys of a map, or of maps inside it. */
export interface FieldKeys {
  /** From the field to the map: empty for its own keys; `*` stands for any key, `[]` for the items of an array. */
  readonly inside: readonly string[];
  readonly treatment?: Treatment;
  /** Why they are nobody's. */
  readonly notPersonal?: string;
}

/** A declared property of an event's data, as people read it. */
export interface Field {
  /** From the data to the property; `[]` stands for the items of an array. */
  readonly trail: readonly string[];
  readonly name: string;
  readonly required: boolean;
  /** What its values are, however the schema says that. */
  readonly shape: Shape;
  readonly description?: string;
  readonly treatment?: Treatment;
  /** Why it is not personal although it looks it. */
  readonly notPersonal?: string;
  readonly keys: readonly FieldKeys[];
  /** Absent where it has none: dropped, or nothing below it has one. */
  readonly column?: Column;
  /** The column as SQL names it: `data.track.track_id`. */
  readonly sqlPath?: string;
  /** Of an object, or of the objects of an array. */
  readonly fields: readonly Field[];
}

interface Payload {
  /** What the data is, as a whole. */
  readonly shape: Shape;
  readonly fields: readonly Field[];
}

const payloads = new WeakMap<EventSchema, Payload>();

/** The data of an event as the mapping reads it: several pages ask for it. */
export function payloadOf(schema: EventSchema): Payload {
  let payload = payloads.get(schema);
  if (payload === undefined) {
    const { shape, decisions } = mapExactly(schema.schema) ?? { shape: anything, decisions: [] };
    const { columns } = schema.payload;
    const keys = decisions.filter(({ isKeys }) => isKeys);
    payload = { shape, fields: readFields(shape, { trail: [], columns, sqlPrefix: 'data', keys, around: new Set() }) };
    payloads.set(schema, payload);
  }
  return payload;
}

/** The properties that a schema declares, in its order: also in `allOf`, behind references, or under conditions. */
export function fieldsOf(schema: EventSchema): readonly Field[] {
  return payloadOf(schema).fields;
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

interface Level {
  readonly trail: readonly string[];
  readonly columns: readonly Column[];
  readonly sqlPrefix: string;
  /** What was decided of keys, of all columns. */
  readonly keys: readonly Decision[];
  /** The nodes on the way here: a schema inside itself is told once. */
  readonly around: ReadonlySet<string>;
}

function readFields({ object }: Shape, level: Level): Field[] {
  return [...mergeProperties(object, 'exact')].map(([name, part]) =>
    readField(name, part, { ...level, required: requires(object, name) }),
  );
}

function readField(name: string, part: Part, level: Level & { readonly required: boolean }): Field {
  const shape = part.shape();
  const trail = [...level.trail, name];
  const column = level.columns.find(({ property }) => property === name);
  const items = shape.array.items?.shape();
  const description = shape.description ?? describedIn(shape);
  const treatment = treatmentIn(shape) ?? (items === undefined ? undefined : treatmentIn(items));
  const notPersonal = shape.waiver ?? items?.waiver;
  const sqlPath = column === undefined ? undefined : `${level.sqlPrefix}.${column.name}`;
  const isNew = !part.declaredAt.values().some((at) => level.around.has(at));
  const inside = {
    ...level,
    trail,
    columns: column?.fields ?? [],
    sqlPrefix: sqlPath ?? level.sqlPrefix,
    around: level.around.union(part.declaredAt),
  };
  return {
    trail,
    name,
    required: level.required,
    shape,
    ...(description === undefined ? {} : { description }),
    ...(treatment === undefined ? {} : { treatment }),
    ...(notPersonal === undefined ? {} : { notPersonal }),
    // What the field itself says is not said again of its keys.
    keys: keysOf(column?.type === 'JSON' ? sqlPath : undefined, level.keys).filter(
      (keys) => keys.notPersonal === undefined || keys.notPersonal !== notPersonal,
    ),
    ...(column === undefined ? {} : { column }),
    ...(sqlPath === undefined ? {} : { sqlPath }),
    fields: isNew && (column === undefined || column.fields !== undefined) ? fieldsInside(shape, inside) : [],
  };
}

/** Of an object, or of an array's objects; none inside a map or a JSON column, where nothing has a column of its own. */
function fieldsInside(shape: Shape, level: Level): Field[] {
  const [kind, another] = kindNames(shape);
  if (kind === 'object' && another === undefined) return readFields(shape, level);
  const items = kind === 'array' && another === undefined ? shape.array.items : undefined;
  if (items === undefined || items.declaredAt.values().some((at) => level.around.has(at))) return [];
  const around = level.around.union(items.declaredAt);
  return fieldsInside(items.shape(), { ...level, around, trail: [...level.trail, '[]'] });
}

/** What the first that describes it says, where only some of its alternatives do. */
function describedIn({ nodes }: Shape): string | undefined {
  return [...nodes].map(({ description }) => description).find((text) => typeof text === 'string');
}

function treatmentIn(shape: Shape): Treatment | undefined {
  const read = shape.treatments.length === 0 ? undefined : treatmentOf(shape);
  return typeof read === 'string' ? undefined : read;
}

function keysOf(sqlPath: string | undefined, decisions: readonly Decision[]): FieldKeys[] {
  const path = `${sqlPath}.`;
  return decisions
    .filter(({ column }) => `data.${column}`.startsWith(path))
    .map(({ column, treatment, waiver }) => ({
      inside: `data.${column}`.slice(path.length).split('.').slice(0, -1),
      ...(treatment === undefined ? {} : { treatment }),
      ...(waiver === undefined ? {} : { notPersonal: waiver }),
    }));
}
