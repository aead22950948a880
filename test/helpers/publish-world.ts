import { checkSchemaText } from '../../functions/publish-schema/check-schema.ts';
import { defaultPublishSchemaConfig, type PublishSchemaConfig } from '../../functions/publish-schema/config.ts';
import { publishSchemaPorts } from '../../functions/publish-schema/function.ts';
import { needs } from '../../functions/publish-schema/needs.ts';
import { makePublishSchemaStage } from '../../functions/publish-schema/stage.ts';
import { createMemoryPorts } from '../../shared/adapters/memory/held-ports.ts';
import { createManualClock } from '../../shared/adapters/memory/manual-clock.ts';
import type { JsonObject, JsonValue } from '../../shared/event/json.ts';
import type { SchemaProblem } from '../../shared/event/schema-problem.ts';
import { sinkColumns, sinkTable } from '../../shared/event-types/alpha.ts';
import type { Column } from '../../shared/event-types/column.ts';
import { type EventSchema, readEventSchema } from '../../shared/event-types/event-schema.ts';
import { pickPorts } from '../../shared/needs/held-ports.ts';
import type { PublicationAttempt } from '../../shared/ports/publications.ts';
import type { DeliveredMessage } from '../../shared/ports/publisher.ts';
import type { TableColumn } from '../../shared/ports/table-reader.ts';
import { recordingObserver } from './recording-observer.ts';
import { schemaDocument, testSdks } from './schemas.ts';

export const orderObject = 'shop/order.v1.json';

/** A schema that the check finds nothing wrong with; `properties` need descriptions of their own. */
export function goodSchema(properties: JsonObject = {}, edi: JsonObject = {}, type = 'shop.order.v1'): JsonObject {
  return { ...schemaDocument({ type, properties, edi: { priority: 'normal', ...edi } }), description: 'An order.' };
}

export function text(description = 'A text.'): JsonObject {
  return { type: 'string', description, maxLength: 100, notPersonal: 'a word of a list' };
}

/** publish-schema on ports in memory. Tables are made by the test, as a deployment would. */
export async function publishWorld(
  config: Partial<PublishSchemaConfig> = {},
  prepare?: (schema: JsonObject, how: { readonly replaces: boolean }) => Promise<readonly SchemaProblem[]>,
) {
  const clock = createManualClock();
  const held = createMemoryPorts({ clock });
  const { registry } = held.databases;
  const { schemas, snapshot: snapshots } = held.buckets;
  const { tables } = held;
  const observer = recordingObserver();
  await registry.publishSdksUpload(testSdks, '1');
  const ports = {
    ...publishSchemaPorts(pickPorts(needs, held, observer)),
    checkSchema: async (candidate: Parameters<typeof checkSchemaText>[0]) => checkSchemaText(candidate),
    ...(prepare && { prepare: ({ schema }: EventSchema, how: { replaces: boolean }) => prepare(schema, how) }),
  };
  const stage = makePublishSchemaStage(ports, { ...defaultPublishSchemaConfig, ...config });

  function notification(object: string, generation: string): DeliveredMessage {
    const attributes = { eventType: 'OBJECT_FINALIZE', bucketId: schemas.name, objectId: object };
    return {
      data: new Uint8Array(),
      attributes: { ...attributes, objectGeneration: generation },
      messageId: generation,
      publishTimeMillis: clock.nowMillis(),
      subscription: 'publish-schema',
    };
  }

  async function store(object: string, content: JsonValue | Uint8Array): Promise<string> {
    const data = content instanceof Uint8Array ? content : Buffer.from(JSON.stringify(content));
    await schemas.put(object, data);
    return (await schemas.get(object))?.generation ?? '';
  }

  return {
    clock,
    registry,
    schemas,
    snapshots,
    observer,
    tables,
    stage,
    notification,
    store,
    /** Makes the table that a deployment of this schema makes. */
    deploy(document: JsonObject): void {
      const read = readEventSchema(document);
      if (read.kind === 'bad') throw new Error(JSON.stringify(read.problems));
      tables.set(`events_raw.${sinkTable(read.eventSchema.edi)}`, tableOf(sinkColumns(read.eventSchema)));
    },
    /** Stores an object and delivers its notification. */
    async upload(object: string, content: JsonValue | Uint8Array) {
      return stage(notification(object, await store(object, content)));
    },
    async attempt(subject = 'shop.order.v1'): Promise<PublicationAttempt | undefined> {
      return (await registry.attempts()).find((each) => each.subject === subject);
    },
  };
}

function tableOf(columns: readonly Column[]): TableColumn[] {
  return columns.map(({ name, type, mode, fields }) => ({
    name,
    type,
    mode,
    ...(fields === undefined ? {} : { fields: tableOf(fields) }),
  }));
}
