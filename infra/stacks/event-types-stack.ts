import type { Construct } from 'constructs';
import type { EventSchema } from '../../shared/event-types/event-schema.ts';
import type { Context } from '../constructs/context.ts';
import { EdiStack } from '../constructs/edi-stack.ts';
import { EventTypeSink } from '../constructs/event-type-sink.ts';
import { type TopicLane, tableOf } from '../lanes.ts';
import { labelValue } from '../literal.ts';
import { eventTopic } from '../naming.ts';

export interface EventTypesProps {
  /** Of its types; undefined for what types of several domains share. */
  readonly domain: string | undefined;
  readonly lanes: readonly TopicLane[];
  /** Of the types that have a lane of their own, by topic. */
  readonly schemas: ReadonlyMap<string, EventSchema>;
}

/** The event types of one domain. Domains have stacks of their own, since a plan reads everything that is in one. */
export class EventTypesStack extends EdiStack {
  /** Undefined where it holds what types of several domains share. */
  readonly domain: string | undefined;

  constructor(scope: Construct, context: Context, { domain, lanes, schemas }: EventTypesProps) {
    super(scope, domain === undefined ? 'event-types' : `event-types-${domain}`, context);
    this.domain = domain;
    for (const lane of lanes) {
      const table = tableOf(lane, context.topology);
      if (table === undefined) throw new Error(`${lane.topic.name} fills no table of the topology`);
      const schema = schemas.get(lane.topic.name);
      const id = schema === undefined ? table.table : schema.edi.type.replaceAll('.', '-');
      new EventTypeSink(this, id, {
        context,
        lane,
        table,
        labels: schema === undefined ? {} : labelsOf(schema),
        ...(schema === undefined ? {} : { schema: schemaObject(schema) }),
      });
    }
  }
}

function labelsOf({ edi }: EventSchema): Record<string, string> {
  return {
    domain: labelValue(domainOf(edi.type)),
    owner: labelValue(edi.owner),
    stage: edi.stage,
    priority: edi.priority,
  };
}

/** `github` of `github.push.v1`. */
function domainOf(type: string): string {
  return type.slice(0, type.indexOf('.'));
}

function schemaObject({ edi, schema }: EventSchema) {
  const [domain, event, major] = edi.type.split('.');
  return { name: `${domain}/${event}.${major}.json`, content: `${JSON.stringify(schema, null, 2)}\n` };
}

/** The lanes that end in tables of events, by the stack that they belong to. */
export function groupLanes(lanes: readonly TopicLane[], schemas: readonly EventSchema[]): EventTypesProps[] {
  const byTopic = new Map(schemas.map((schema) => [eventTopic(schema.edi.type), schema]));
  const groups = new Map<string | undefined, TopicLane[]>();
  for (const lane of lanes) {
    const schema = byTopic.get(lane.topic.name);
    const domain = schema === undefined ? undefined : domainOf(schema.edi.type);
    groups.set(domain, [...(groups.get(domain) ?? []), lane]);
  }
  return [...groups].map(([domain, members]) => ({ domain, lanes: members, schemas: byTopic }));
}
