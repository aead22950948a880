import { parseEventTypeName } from '../event/event-type-name.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '../event/json.ts';
import { isRealm } from '../event/realm.ts';
import type { SchemaProblem } from '../event/schema-problem.ts';
import type { Column } from './column.ts';
import { mapPayload, type PayloadColumns } from './columns.ts';
import { expandedSize, maxExpandedSchemas } from './expanded-size.ts';
import { type FlatPayload, flatPayload } from './flat-payload.ts';
import { tableColumns } from './table.ts';

export const releaseStages = ['alpha', 'beta', 'ga', 'retired'] as const;
type ReleaseStage = (typeof releaseStages)[number];
const priorities = ['low', 'normal', 'high'] as const;
type Priority = (typeof priorities)[number];

/** The longest retention that a type in alpha may ask for, which is how long the table that they share keeps a day. */
export const alphaRetentionDays = 400;

/** The `edi` block of a schema: what the system, rather than the validator, has to know of a type. */
export interface EdiBlock {
  readonly type: string;
  readonly owner: string;
  readonly description: string;
  /** `alpha`: in the topic and table that such types share. `retired`: accepted no more, its table kept. */
  readonly stage: ReleaseStage;
  readonly priority: Priority;
  /** SDK bindings (of sdks.json) that may send it, at least one. */
  readonly sdks: readonly string[];
  /** How long the table keeps a partition; older events are quarantined. */
  readonly retentionDays: number;
  /** Realm of the envelope's `subject`. */
  readonly subjectRealm: string;
}

/**
 * What is asked for each event, in one object and not in those that it is of: a thousand types do not lie in a processor's
 * caches, and each object that is read of one costs as much as 1 or 2 % of all that its event does.
 */
interface AskedByEvents {
  readonly isAlpha: boolean;
  /** How long the table that its rows go to keeps a partition. */
  readonly keptDays: number;
  /** As in `edi`. */
  readonly subjectRealm: string;
  /** Undefined where rows are made through an object. */
  readonly flat: FlatPayload | undefined;
}

/** A schema that has been read and can be used. */
export interface EventSchema extends AskedByEvents {
  readonly edi: EdiBlock;
  /** The document as it is in the file. */
  readonly schema: JsonObject;
  readonly payload: PayloadColumns;
  /** The whole table: envelope and `data`. */
  readonly columns: readonly Column[];
}

export type EventSchemaResult =
  | { readonly kind: 'schema'; readonly eventSchema: EventSchema }
  | { readonly kind: 'bad'; readonly problems: readonly SchemaProblem[] };

/** Reads a schema document: its `edi` block and the columns it makes. Compiling a validator is another step. */
export function readEventSchema(document: JsonValue): EventSchemaResult {
  if (!isJsonObject(document)) return bad('', 'a schema file holds one JSON object');
  if (document['type'] !== 'object') return bad('/type', 'the data of an event is an object: "type": "object"');
  if (expandedSize(document) > maxExpandedSchemas) {
    return bad('', `with every reference followed this is more than ${maxExpandedSchemas} schemas; split the type`);
  }
  const problems: SchemaProblem[] = [];
  const edi = readEdiBlock(document['edi'], problems);
  const payload = mapPayload(document);
  if ('problems' in payload) return { kind: 'bad', problems: [...problems, ...payload.problems] };
  if (edi === undefined || problems.length > 0) return { kind: 'bad', problems };
  const columns = tableColumns(payload);
  return { kind: 'schema', eventSchema: { ...askedByEvents(edi, payload), edi, schema: document, payload, columns } };
}

function askedByEvents(edi: EdiBlock, payload: PayloadColumns): AskedByEvents {
  const { subjectRealm } = edi;
  // The table that alpha types share has its `data` as JSON.
  if (edi.stage === 'alpha') return { isAlpha: true, keptDays: alphaRetentionDays, subjectRealm, flat: undefined };
  return { isAlpha: false, keptDays: edi.retentionDays, subjectRealm, flat: flatPayload(payload) };
}

function bad(pointer: string, message: string): EventSchemaResult {
  return { kind: 'bad', problems: [{ pointer, message }] };
}

function readEdiBlock(value: JsonValue | undefined, problems: SchemaProblem[]): EdiBlock | undefined {
  if (!isJsonObject(value)) {
    problems.push({
      pointer: '/edi',
      message: 'add the "edi" block with type, owner, description, stage, sdks, subjectRealm',
    });
    return undefined;
  }
  const expect = <T extends JsonValue>(key: string, fits: (v: JsonValue | undefined) => v is T, rule: string) => {
    const entry = value[key];
    if (fits(entry)) return entry;
    problems.push({ pointer: `/edi/${key}`, message: rule });
    return undefined;
  };
  const isText = (v: JsonValue | undefined): v is string => typeof v === 'string' && v.trim() !== '';
  const isType = (v: JsonValue | undefined): v is string =>
    typeof v === 'string' && parseEventTypeName(v) !== undefined;
  const isReleaseStage = (v: JsonValue | undefined): v is ReleaseStage => releaseStages.some((stage) => stage === v);
  const isPriority = (v: JsonValue | undefined): v is Priority => priorities.some((priority) => priority === v);
  const isNames = (v: JsonValue | undefined): v is string[] => Array.isArray(v) && v.length > 0 && v.every(isText);
  const isDays = (v: JsonValue | undefined): v is number => Number.isInteger(v) && Number(v) >= 1 && Number(v) <= 3_650;
  const type = expect('type', isType, 'must be <domain>.<event>.v<major> in kebab-case');
  const owner = expect('owner', isText, 'name the team that answers for this type');
  const description = expect('description', isText, 'say in a sentence what the event means');
  const stage = expect('stage', isReleaseStage, `must be one of ${releaseStages.join(', ')}`);
  const priority =
    value['priority'] === undefined ? 'normal' : expect('priority', isPriority, `one of ${priorities.join(', ')}`);
  const sdks = expect('sdks', isNames, 'list at least one SDK binding of sdks.json');
  const retentionDays = expect('retentionDays', isDays, 'must be a whole number of days from 1 to 3650');
  const subjectRealm = expect(
    'subjectRealm',
    isRealm,
    'name whose numbering the envelope\'s subject is, such as "customer"',
  );
  if (stage === 'alpha' && retentionDays !== undefined && retentionDays > alphaRetentionDays) {
    const message = `types in alpha share a table that keeps ${alphaRetentionDays} days; ask for more with promotion to beta`;
    problems.push({ pointer: '/edi/retentionDays', message });
  }
  if (!type || !owner || !description || !stage || !priority || !sdks || !retentionDays || !subjectRealm)
    return undefined;
  return { type, owner, description, stage, priority, sdks, retentionDays, subjectRealm };
}
