import { BigqueryTable } from '@cdktf/provider-google/lib/bigquery-table/index.js';
import type { Construct } from 'constructs';
import { domainOf } from '../../shared/event/event-type-name.ts';
import type { EventSchema } from '../../shared/event-types/event-schema.ts';
import { schemaObjectName } from '../../shared/publication/schema-object.ts';
import type { TypesRead } from '../completeness/rows-of-types.ts';
import { CompletenessSchedules } from '../constructs/completeness-schedules.ts';
import type { Context } from '../constructs/context.ts';
import { EdiStack } from '../constructs/edi-stack.ts';
import { EventTypeSink } from '../constructs/event-type-sink.ts';
import { ScheduledQuery } from '../constructs/scheduled-query.ts';
import { emptyingQueryName, expiredValuesScript, expiringValues } from '../expired-values.ts';
import { labelValue, literal } from '../literal.ts';
import { eventTopic } from '../naming.ts';
import { currentTime, googleSql } from '../sql-dialect.ts';
import { type TopicWithReaders, tableOf } from '../topic-readers.ts';

export interface EventTypesProps {
  /** Of its types; undefined for what types of several domains share. */
  readonly domain: string | undefined;
  readonly topics: readonly TopicWithReaders[];
  /** Of the types that have a topic of their own, by its name. */
  readonly schemas: ReadonlyMap<string, EventSchema>;
}

/** The event types of one domain. Domains have stacks of their own, since a plan reads everything that is in one. */
export class EventTypesStack extends EdiStack {
  /** Undefined where it holds what types of several domains share. */
  readonly domain: string | undefined;

  constructor(scope: Construct, context: Context, { domain, topics, schemas }: EventTypesProps) {
    super(scope, domain === undefined ? 'event-types' : `event-types-${domain}`, context);
    this.domain = domain;
    for (const events of topics) {
      const table = tableOf(events, context.topology);
      if (table === undefined) throw new Error(`${events.name} fills no table of the topology`);
      const schema = schemas.get(events.name);
      const id = schema === undefined ? table.table : schema.edi.type.replaceAll('.', '-');
      new EventTypeSink(this, id, {
        context,
        events,
        table,
        labels: schema === undefined ? {} : labelsOf(schema),
        ...(schema === undefined ? {} : { schema: schemaObject(schema) }),
      });
    }
    if (domain !== undefined) declareTypeViews(this, context, domain);
    if (domain !== undefined) declareEmptying(this, context, domain, schemas);
    const stored = storedTypes(context, domain, schemas);
    if (stored === undefined) return;
    const types = usedTypes(stored, schemas);
    const [whose, dependsOn] = [domain ?? 'alpha', tablesIn(this)];
    new CompletenessSchedules(this, 'completeness', { context, types, stored, whose, dependsOn });
  }
}

/** Tables and views that were declared so far. */
function tablesIn(scope: Construct): BigqueryTable[] {
  return scope.node.findAll().filter((one) => one instanceof BigqueryTable);
}

/** They read exact views of the same dataset, so whoever may query those may query them. */
function declareTypeViews(scope: Construct, { topology, environment }: Context, domain: string): void {
  const tables = tablesIn(scope);
  for (const { dataset, view, description, reads, query } of topology.typeViews.filter(
    (one) => one.domain === domain,
  )) {
    new BigqueryTable(scope, `${view}-all-majors`, {
      datasetId: dataset,
      tableId: view,
      description: literal(description),
      view: { query: literal(query(googleSql(environment.projectId))), useLegacySql: false },
      // It holds nothing, and a new column or major replaces it.
      deletionProtection: false,
      dependsOn: tables.filter((one) => one.datasetIdInput === dataset && reads.includes(one.tableIdInput ?? '')),
    });
  }
}

/** After the day has begun in UTC, by which partitions are days. */
const emptyingSchedule = 'every day 00:30';

/** Nothing where no value of the domain's types goes before its row. */
function declareEmptying(
  scope: Construct,
  context: Context,
  domain: string,
  schemas: EventTypesProps['schemas'],
): void {
  const expiring = expiringValues([...schemas.values()].filter(({ edi }) => domainOf(edi.type) === domain));
  if (expiring.length === 0) return;
  new ScheduledQuery(scope, 'expired-values', {
    context,
    name: `${emptyingQueryName}: ${domain}`,
    schedule: emptyingSchedule,
    query: expiredValuesScript(googleSql(context.environment.projectId), expiring, currentTime),
    dependsOn: tablesIn(scope),
  });
}

/** Whose rows are in the tables of a domain, or in the one of alpha; undefined where a domain has none. */
function storedTypes(
  { topology }: Context,
  domain: string | undefined,
  schemas: EventTypesProps['schemas'],
): TypesRead | undefined {
  if (domain === undefined) return { own: [], alpha: { allBut: topology.types.map(({ type }) => type) } };
  const own = [...schemas.values()]
    .map(({ edi }) => edi)
    .filter(({ type, stage }) => domainOf(type) === domain && stage !== 'alpha')
    .map(({ type }) => type);
  return own.length === 0 ? undefined : { own };
}

/** What is counted together; undefined where nothing is: a retired type gets no events. */
function usedTypes(stored: TypesRead, schemas: EventTypesProps['schemas']): TypesRead | undefined {
  if (stored.alpha !== undefined) return stored;
  const retired = [...schemas.values()].filter(({ edi }) => edi.stage === 'retired').map(({ edi }) => edi.type);
  const own = stored.own.filter((type) => !retired.includes(type));
  return own.length === 0 ? undefined : { own };
}

function labelsOf({ edi }: EventSchema): Record<string, string> {
  return {
    domain: labelValue(domainOf(edi.type)),
    owner: labelValue(edi.owner),
    stage: edi.stage,
    priority: edi.priority,
  };
}

function schemaObject({ edi, schema }: EventSchema) {
  return { name: schemaObjectName(edi.type), content: `${JSON.stringify(schema, null, 2)}\n` };
}

/** The topics of events, by the stack that they belong to. */
export function groupByDomain(topics: readonly TopicWithReaders[], schemas: readonly EventSchema[]): EventTypesProps[] {
  const byTopic = new Map(schemas.map((schema) => [eventTopic(schema.edi.type), schema]));
  const groups = new Map<string | undefined, TopicWithReaders[]>();
  for (const topic of topics) {
    const schema = byTopic.get(topic.name);
    const domain = schema === undefined ? undefined : domainOf(schema.edi.type);
    groups.set(domain, [...(groups.get(domain) ?? []), topic]);
  }
  return [...groups].map(([domain, members]) => ({ domain, topics: members, schemas: byTopic }));
}
