import { assertObjectName } from '../../shared/adapters/object-name.ts';
import { readRegistry } from '../../shared/event-types/read-registry.ts';
import type { Bucket } from '../../shared/needs/ports.ts';
import type { PublicationAttempt, PublishingRegistry } from '../../shared/ports/publications.ts';
import type { DeliveredMessage, Message, Publisher } from '../../shared/ports/publisher.ts';
import type { RegistrySnapshot } from '../../shared/ports/registry.ts';
import { topics } from '../naming.ts';

/** What `edi schema publish` and `status` ask of a deployment. */
export interface SchemaUploads {
  /** Stores an object and tells publish-schema. Throws a `RangeError` for a name that no object can have. */
  upload(object: string, data: Uint8Array): Promise<{ readonly generation: string }>;
  state(): Promise<{ readonly registry: RegistrySnapshot; readonly attempts: readonly PublicationAttempt[] }>;
}

export interface SchemaUploadsOptions {
  readonly schemas: Bucket;
  readonly registry: PublishingRegistry;
  /** Stands for Cloud Storage, which tells of uploads by itself. */
  readonly publisher: Publisher;
}

export function makeSchemaUploads({ schemas, registry, publisher }: SchemaUploadsOptions): SchemaUploads {
  return {
    async upload(object, data) {
      assertObjectName(object);
      await schemas.put(object, data);
      const generation = (await schemas.get(object))?.generation ?? '0';
      await publisher.publish(topics.schemaUploads, [uploadMessage(schemas.name, object, generation)]);
      return { generation };
    },
    async state() {
      const [state, attempts] = [await readRegistry(registry), await registry.attempts()];
      return { registry: state, attempts };
    },
  };
}

/** What Cloud Storage publishes of an upload ("Pub/Sub notifications for Cloud Storage"), without the payload. */
export function uploadMessage(bucketId: string, objectId: string, objectGeneration: string): Message {
  const attributes = { eventType: 'OBJECT_FINALIZE', payloadFormat: 'NONE', bucketId, objectId, objectGeneration };
  return { data: new Uint8Array(), attributes };
}

/** The same as it is delivered, for who calls the stage without a bus. */
export function uploadNotification(
  bucket: string,
  object: string,
  generation: string,
  nowMillis: number,
): DeliveredMessage {
  return {
    ...uploadMessage(bucket, object, generation),
    messageId: generation,
    publishTimeMillis: nowMillis,
    subscription: topics.schemaUploads,
  };
}
