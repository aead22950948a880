import type { Column, ColumnType, Treatment } from '../column.ts';
import { readTreatment } from '../treatment.ts';
import { certainty, kindNames, type Shape } from './shape.ts';

/** A column without its name. */
export type ColumnShape = Omit<Column, 'name' | 'property' | 'description'>;

/** The column type of a value of one kind (in JSON Schema's words) that has no parts. */
export function scalarType(kind: string, format: string | undefined): ColumnType | undefined {
  if (kind === 'integer') return 'INT64';
  if (kind === 'number') return 'FLOAT64';
  if (kind === 'boolean') return 'BOOL';
  if (kind !== 'string') return undefined;
  if (format === 'date-time') return 'TIMESTAMP';
  return format === 'date' ? 'DATE' : 'STRING';
}

/** The treatment of a shape that has one; a text says what is wrong with it. */
export function treatmentOf(shape: Shape): Treatment | string {
  const [treatment] = shape.treatments;
  if (treatment === undefined) {
    return 'alternatives of one property have different treatments; give the property itself the treatment';
  }
  const types = shape.certainty === certainty.nothing ? [] : kindNames(shape);
  return readTreatment(treatment, { types, ...(shape.format !== undefined && { format: shape.format }) });
}

/** The column of a value with a treatment. Dropped values have none, unless the treatment keeps one for what was there. */
export function treatedColumn(shape: Shape, treatment: Treatment): ColumnShape | undefined {
  if (treatment.do === 'drop') {
    return treatment.column === undefined ? undefined : { type: treatment.column, mode: 'NULLABLE', treatment };
  }
  const [kind = ''] = kindNames(shape);
  const type = treatment.do === 'truncate' ? scalarType(kind, shape.format) : undefined;
  return { type: type === 'INT64' ? 'FLOAT64' : (type ?? 'STRING'), mode: 'NULLABLE', treatment };
}
