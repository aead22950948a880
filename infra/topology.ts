import { alphaColumns, alphaSink, sinkOf, sinkTable } from '../shared/event-types/alpha.ts';
import type { Column } from '../shared/event-types/column.ts';
import { alphaRetentionDays, type EventSchema } from '../shared/event-types/event-schema.ts';
import type { OurKinds, TopicKind } from '../shared/needs/kinds.ts';
import type { AnyNeeds } from '../shared/needs/needs.ts';
import { kindOf } from '../shared/needs/variables.ts';
import { quarantineColumns, quarantinePartitionColumn } from '../shared/quarantine/quarantine-columns.ts';
import { eventClusterColumns, eventPartitionColumn } from './bigquery-table.ts';
import { completenessTables } from './completeness/tables.ts';
import { type House, ours } from './house.ts';
import {
  datasets,
  deadLetterTopic,
  eventTopic,
  holdSubscription,
  quarantineTable,
  tableSubscription,
  topics,
} from './naming.ts';

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
}

interface DeadLetterSpec {
  readonly topic: string;
  /** 5 to 100. */
  readonly maxDeliveryAttempts: number;
}

export interface SubscriptionSpec {
  readonly name: string;
  readonly topic: string;
  /** 10 to 600; for a push also how long its request may take. */
  readonly ackDeadlineSeconds: number;
  readonly minBackoffSeconds: number;
  readonly maxBackoffSeconds: number;
  /** Absent only for the subscriptions that hold dead letters themselves. */
  readonly deadLetter?: DeadLetterSpec;
  readonly target:
    | { readonly kind: 'push'; readonly function: string; readonly maxOutstandingMessages: number }
    | { readonly kind: 'table'; readonly dataset: string; readonly table: string }
    /** Holds messages until somebody pulls them. */
    | { readonly kind: 'hold' };
}

/** How a table is stored: by day of a time column, and within a day together by what is looked up. */
export interface TableLayout {
  readonly partitionColumn: string;
  /** How long a partition is kept; absent: for good. */
  readonly retentionDays?: number;
  /** At most four. */
  readonly clusterColumns: readonly string[];
}

export interface TableSpec {
  readonly dataset: string;
  readonly table: string;
  readonly description: string;
  readonly columns: readonly Column[];
  readonly layout: TableLayout;
  /** The view of the same columns with one row per `event_key`; absent for tables that are no events. */
  readonly exactView?: ExactViewSpec;
}

export interface ExactViewSpec {
  readonly dataset: string;
  readonly view: string;
  /** Of a type's own view: what was written before it had a table, which the view shows as well. */
  readonly alphaRows?: AlphaRowsSpec;
}

/** The rows of one type in the table that types in alpha share. */
interface AlphaRowsSpec {
  readonly dataset: string;
  readonly table: string;
  readonly type: string;
}

/** How the system runs, wherever it runs: the cloud and the local deployment are both made from this. */
export interface Topology {
  readonly kinds: House['kinds'];
  readonly functions: readonly FunctionSpec[];
  readonly topics: readonly TopicSpec[];
  readonly subscriptions: readonly SubscriptionSpec[];
  readonly tables: readonly TableSpec[];
  /** The event types that it was made for. */
  readonly types: readonly { readonly type: string; readonly stage: EventSchema['edi']['stage'] }[];
}

/** Longer than the look-back, since a quarantined payload outlives the claim on its event. */
export const quarantineRetentionDays = 90;

/** In the cloud dead letters are kept as files, and acknowledged when their file is complete. */
const holdAckDeadlineSeconds = 600;

/** How every subscription delivers. */
export interface DeliverySettings
  extends Pick<SubscriptionSpec, 'ackDeadlineSeconds' | 'minBackoffSeconds' | 'maxBackoffSeconds'> {
  /** 5 to 100. */
  readonly maxDeliveryAttempts: number;
}

/**
 * An outage must not become a dead letter: 100 attempts with this backoff last some 15 hours. The ack deadline bounds a
 * push request; a batch takes milliseconds, a slow dependency seconds.
 */
export const defaultDelivery: DeliverySettings = {
  ackDeadlineSeconds: 60,
  minBackoffSeconds: 10,
  maxBackoffSeconds: 600,
  maxDeliveryAttempts: 100,
};

/**
 * The topology for these event types and functions. Retired types keep topic and table, so that nothing of theirs is
 * destroyed. What alpha types share is there before any of them, so that a new one needs no deployment. Tests that wait
 * for redelivery shorten `delivery`.
 */
export function makeTopology(schemas: readonly EventSchema[], delivery = defaultDelivery, house = ours): Topology {
  const { maxDeliveryAttempts, ...timing } = delivery;
  const subscribe = (reader: Reader) => ({
    ...reader,
    ...timing,
    deadLetter: { topic: deadLetterTopic(reader.name), maxDeliveryAttempts },
  });
  const deployed = schemas.filter(({ edi }) => edi.stage !== 'alpha');
  const eventTables = [alphaTable, ...deployed.map(eventTable)];
  const published = publishedTopics(house, { event: [alphaSink, ...deployed.map(({ edi }) => sinkOf(edi))] });
  const main = [
    ...house.functions.flatMap((needs) => pushTo(needs, house)),
    toTable(topics.quarantine, datasets.operations, quarantineTable),
    toTable(eventTopic(alphaSink), datasets.raw, alphaTable.table),
    ...deployed.map(({ edi }) => toTable(eventTopic(edi.type), datasets.raw, sinkTable(edi))),
  ].map(subscribe);
  // A dead letter topic without a subscription loses its messages.
  const holds = main.map(({ deadLetter: { topic } }): SubscriptionSpec => {
    const ackDeadlineSeconds = holdAckDeadlineSeconds;
    return { name: holdSubscription(topic), topic, ...timing, ackDeadlineSeconds, target: { kind: 'hold' } };
  });
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
      ...main.map(({ topic, deadLetter }) => ({ name: deadLetter.topic, clearPersonalData: clear.has(topic) })),
    ],
    subscriptions: [...main, ...holds],
    tables: [
      {
        dataset: datasets.operations,
        table: quarantineTable,
        description: 'Refused events: why in the clear, the payload encrypted',
        columns: quarantineColumns,
        layout: {
          partitionColumn: quarantinePartitionColumn,
          retentionDays: quarantineRetentionDays,
          clusterColumns: ['reason', 'type'],
        },
      },
      ...completenessTables,
      ...eventTables,
    ],
    types: schemas.map(({ edi: { type, stage } }) => ({ type, stage })),
  };
}

/** Where what was acknowledged and is gone is counted, in the dataset of operations. */
export function lossesTableOf({ tables }: Pick<Topology, 'tables'>): string | undefined {
  return tables.find(({ dataset, table }) => dataset === datasets.operations && table === 'losses')?.table;
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
    ([role, { topic, clearPersonalData, uploadsTo }]): Topics => {
      const spec: TopicSpec = { name: topic, clearPersonalData, ...(uploadsTo === undefined ? {} : { uploadsTo }) };
      return [role, [spec]];
    },
  );
  const families = Object.entries(kinds.topicFamilies).map(([family, { prefix, clearPersonalData }]): Topics => {
    return [family, kindOf(members, family).map((member) => ({ name: `${prefix}${member}`, clearPersonalData }))];
  });
  return Object.fromEntries([...roles, ...families]);
}

type Reader = Pick<SubscriptionSpec, 'name' | 'topic' | 'target'>;

/** The push subscription of a function that has one; it is called as the function is. */
function pushTo({ name, callers }: AnyNeeds, { kinds }: House): Reader[] {
  if (callers.kind !== 'push') return [];
  const { topic } = kindOf<TopicKind>(kinds.topics, callers.reads);
  return [{ name, topic, target: { kind: 'push', function: name, maxOutstandingMessages: 16 } }];
}

function toTable(topic: string, dataset: string, table: string): Reader {
  return { name: tableSubscription(topic), topic, target: { kind: 'table', dataset, table } };
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
