import { alphaColumns, alphaSink, sinkOf, sinkTable } from '../shared/event-types/alpha.ts';
import { alphaRetentionDays, type EventSchema } from '../shared/event-types/event-schema.ts';
import type { TopicKind } from '../shared/needs/kind.ts';
import type { OurKinds } from '../shared/needs/kinds.ts';
import type { AnyNeeds } from '../shared/needs/needs.ts';
import { kindOf } from '../shared/needs/variables.ts';
import { eventClusterColumns, eventPartitionColumn } from './bigquery-table.ts';
import { completenessTables, completenessViews } from './completeness/tables.ts';
import { erasureTables } from './erasure-tables.ts';
import { type House, ours } from './house.ts';
import {
  defaultDelivery,
  firstLine,
  type Reader,
  type SubscriptionSpec,
  type SubscriptionTarget,
  secondLine,
  unfitRows,
} from './lines.ts';
import { datasets, eventTopic, quarantinedSubjectsTable, tableSubscription, topics } from './naming.ts';
import { operationsTables, operationsViews, recordTables } from './operations.ts';
import type { TableSpec, ViewSpec } from './table-spec.ts';
import { type TypeViewSpec, typeViews } from './type-views.ts';

export { type DeliverySettings, defaultDelivery, type SubscriptionSpec } from './lines.ts';
export type { ExactViewSpec, TableSpec } from './table-spec.ts';

/** A deployed function: what it needs, and the names of the topics that it publishes to. */
export interface FunctionSpec extends AnyNeeds {
  readonly publishesTo: readonly string[];
}

export interface TopicSpec {
  readonly name: string;
  /** Its messages hold personal data in the clear: only the named functions may read it. */
  readonly clearPersonalData: boolean;
  /** Cloud Storage tells it of every object that is uploaded to the bucket of this kind. */
  readonly uploadsTo?: string;
  /** Others read it, by subscriptions that are no part of this. */
  readonly readByOthers?: true;
}

/** How the system runs, wherever it runs: the cloud and the local deployment are both made from this. */
export interface Topology {
  readonly kinds: House['kinds'];
  readonly functions: readonly FunctionSpec[];
  readonly topics: readonly TopicSpec[];
  readonly subscriptions: readonly SubscriptionSpec[];
  readonly tables: readonly TableSpec[];
  /** Views that are no exact view of a table of events. */
  readonly views: readonly ViewSpec[];
  /** Views over all majors of an event type. */
  readonly typeViews: readonly TypeViewSpec[];
  /** The event types that are deployed; those in alpha need no deployment. */
  readonly types: readonly { readonly type: string; readonly stage: EventSchema['edi']['stage'] }[];
}

/**
 * The topology for these event types and functions. Retired types keep topic and table, so that nothing of theirs is
 * destroyed. What alpha types share is there before any of them, so that a new one needs no deployment. Tests that wait
 * for redelivery shorten `delivery`.
 */
export function makeTopology(schemas: readonly EventSchema[], delivery = defaultDelivery, house = ours): Topology {
  const deployed = schemas.filter(({ edi }) => edi.stage !== 'alpha');
  const eventTables = [alphaTable, ...deployed.map(eventTable)];
  const published = publishedTopics(house, { event: [alphaSink, ...deployed.map(({ edi }) => sinkOf(edi))] });
  const first = [
    ...house.functions.flatMap((needs) => pushTo(needs, house)),
    ...Object.entries(recordTables).map(([topic, table]) => toTable(topic, datasets.operations, table)),
    toTable(topics.quarantineSubjects, datasets.erasure, quarantinedSubjectsTable),
    toTable(eventTopic(alphaSink), datasets.raw, alphaTable.table),
    ...deployed.map(({ edi }) => toTable(eventTopic(edi.type), datasets.raw, sinkTable(edi))),
  ].map((reader) => firstLine(reader, delivery));
  const again = first.map((line) => secondLine(line, delivery));
  const unfit = first.filter(({ target }) => isOfEvents(target)).map((line) => unfitRows(line, delivery));
  const working = Object.values(published).flat();
  const clear = new Set(working.flatMap(({ name, clearPersonalData }) => (clearPersonalData ? name : [])));
  return {
    kinds: house.kinds,
    functions: house.functions.map((needs) => ({
      ...needs,
      publishesTo: needs.publishes.flatMap((role) => kindOf(published, role).map(({ name }) => name)),
    })),
    topics: [
      ...working,
      ...first.map(({ topic, deadLetter }) => ({ name: deadLetter.topic, clearPersonalData: clear.has(topic) })),
    ],
    subscriptions: [...first, ...again, ...unfit],
    tables: [...operationsTables, ...erasureTables, ...completenessTables, ...eventTables],
    views: [...operationsViews, ...completenessViews],
    typeViews: typeViews(deployed),
    types: deployed.map(({ edi: { type, stage } }) => ({ type, stage })),
  };
}

function isOfEvents(target: SubscriptionTarget): boolean {
  return target.kind === 'table' && target.dataset === datasets.raw;
}

type FamilyMembers = Readonly<Record<keyof OurKinds['topicFamilies'], readonly string[]>>;

/** The topics of each role, and of each family those of its members. */
function publishedTopics(
  { kinds }: House,
  familyMembers: FamilyMembers,
): Readonly<Record<string, readonly TopicSpec[]>> {
  const members: Readonly<Record<string, readonly string[]>> = familyMembers;
  type Topics = readonly [name: string, topics: readonly TopicSpec[]];
  const roles = Object.entries<TopicKind>(kinds.topics).map(
    ([role, { topic, clearPersonalData, uploadsTo, readByOthers }]): Topics => {
      const spec: TopicSpec = {
        name: topic,
        clearPersonalData,
        ...(uploadsTo === undefined ? {} : { uploadsTo }),
        ...(readByOthers === undefined ? {} : { readByOthers }),
      };
      return [role, [spec]];
    },
  );
  const families = Object.entries(kinds.topicFamilies).map(([family, { prefix, clearPersonalData }]): Topics => {
    return [family, kindOf(members, family).map((member) => ({ name: `${prefix}${member}`, clearPersonalData }))];
  });
  return Object.fromEntries([...roles, ...families]);
}

/** The push subscription of a function that has one; it is called as the function is. */
function pushTo({ name, callers, size }: AnyNeeds, { kinds }: House): Reader[] {
  if (callers.kind !== 'push') return [];
  const { topic } = kindOf<TopicKind>(kinds.topics, callers.reads);
  const target = { kind: 'push', function: name, maxOutstandingMessages: 16 } as const;
  // A push is not delivered again while the function may still work on it.
  const { timeoutSeconds } = size;
  const takesLong = timeoutSeconds > defaultDelivery.ackDeadlineSeconds;
  return [{ name, topic, target, ...(takesLong ? { ackDeadlineSeconds: timeoutSeconds } : {}) }];
}

function toTable(topic: string, dataset: string, table: string): Reader {
  return { name: tableSubscription(topic), topic, target: { kind: 'table', dataset, table, row: 'json' } };
}

/** Of all types in alpha. Views of types read one type of it, hence the order of its clustering. */
const alphaTable: TableSpec = {
  dataset: datasets.raw,
  table: alphaSink,
  description: 'Events of the types in stage alpha, which have no tables of their own yet',
  columns: alphaColumns,
  layout: {
    partitionColumn: eventPartitionColumn,
    retentionDays: alphaRetentionDays,
    clusterColumns: ['type', ...eventClusterColumns],
  },
  exactView: { dataset: datasets.exact, view: alphaSink },
};

function eventTable({ edi, columns }: EventSchema): TableSpec {
  const table = sinkTable(edi);
  return {
    dataset: datasets.raw,
    table,
    description: edi.description,
    columns,
    layout: {
      partitionColumn: eventPartitionColumn,
      retentionDays: edi.retentionDays,
      clusterColumns: eventClusterColumns,
    },
    exactView: {
      dataset: datasets.exact,
      view: table,
      alphaRows: { dataset: alphaTable.dataset, table: alphaTable.table, type: edi.type },
    },
  };
}
