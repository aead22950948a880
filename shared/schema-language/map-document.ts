import type { JsonValue } from '../event/json.ts';
import type { Column } from '../event-types/column.ts';
import { mapIntended } from '../event-types/mapping/map-schema.ts';
import { defaultPolicies, type MappingNote, type MappingPolicies } from '../event-types/mapping/policies.ts';
import { tableColumns } from '../event-types/table.ts';
import { type ReadDocumentOptions, readSchemaDocument, type SchemaDocument } from './document/read-document.ts';

/** A field of BigQuery's REST reference ("TableFieldSchema"), with GoogleSQL's names of types. */
export interface TableField {
  readonly name: string;
  readonly type: string;
  readonly mode: Column['mode'];
  readonly description?: string;
  readonly fields?: readonly TableField[];
}

export interface MappedDocument {
  /** False when nothing could be read; `notes` says why. */
  readonly readable: boolean;
  readonly fields: readonly TableField[];
  readonly notes: readonly MappingNote[];
}

export interface MapDocumentOptions {
  readonly policies?: Partial<MappingPolicies>;
  /** Envelope columns first, and the payload in `data`, as an event type's table is. Default false: the payload. */
  readonly wholeTable?: boolean;
  readonly document?: ReadDocumentOptions;
}

/**
 * The columns of a schema in any draft from 04 to 2020-12, and what there is to know about them. Never throws on what can
 * be parsed: what has no column of its own becomes JSON and is reported, and so is what cannot be read at all.
 */
export function mapDocument(schema: JsonValue, options: MapDocumentOptions = {}): MappedDocument {
  const read = readSchemaDocument(schema, options.document);
  if (read.kind === 'bad') {
    const notes = read.problems.map(
      ({ pointer, message }): MappingNote => ({ pointer, reason: 'not-a-schema', message }),
    );
    return { readable: false, fields: [], notes };
  }
  const { document } = read;
  const mapped = mapIntended(document.root, { ...defaultPolicies, ...options.policies });
  const columns = options.wholeTable === true ? tableColumns(mapped) : mapped.columns;
  return { readable: true, fields: columns.map(fieldOf), notes: mapped.notes.map((note) => located(note, document)) };
}

function fieldOf({ name, type, mode, description, fields }: Column): TableField {
  return {
    name,
    type,
    mode,
    ...(description === undefined ? {} : { description }),
    ...(fields === undefined ? {} : { fields: fields.map(fieldOf) }),
  };
}

/** A note in terms of what was written: where it stood, and why a reference could not be followed. */
function located(note: MappingNote, document: SchemaDocument): MappingNote {
  const { file, pointer } = document.origin(note.pointer);
  const problem = document.problems.find((one) => one.pointer === `${note.pointer}/$ref`);
  const message = note.reason === 'reference' && problem !== undefined ? problem.message : note.message;
  return { ...note, pointer: file === undefined ? pointer : `${file}#${pointer}`, message };
}
