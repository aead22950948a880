import { createMemoryRegistry } from '../../shared/adapters/memory/registry.ts';
import { isJsonObject, type JsonObject } from '../../shared/event/json.ts';
import { type EventSchema, readEventSchema } from '../../shared/event-types/event-schema.ts';
import type { PublishingRegistry } from '../../shared/ports/publications.ts';
import type { ActiveRevision, RegistrySnapshot } from '../../shared/ports/registry.ts';
import { activateSchema } from './uploads.ts';

export const day = 86_400_000;

export interface TestSchema {
  /** Default `shop.order.v1`. */
  readonly type?: string;
  readonly properties?: JsonObject;
  readonly required?: readonly string[];
  /** Default false. */
  readonly open?: boolean;
  readonly edi?: JsonObject;
  readonly $defs?: JsonObject;
}

/** A whole schema document around a few properties. */
export function schemaDocument(schema: TestSchema = {}): JsonObject {
  const { type = 'shop.order.v1', properties = {}, required = [], open = false, edi = {}, $defs } = schema;
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    edi: {
      type,
      owner: 'team-shop',
      description: 'Something happened.',
      stage: 'ga',
      sdks: ['web'],
      retentionDays: 400,
      subjectRealm: 'customer',
      ...edi,
    },
    type: 'object',
    additionalProperties: open,
    required: [...required],
    properties,
    ...($defs === undefined ? {} : { $defs }),
  };
}

/** A document that must be good, read. */
export function eventSchema(document: JsonObject): EventSchema {
  const result = readEventSchema(document);
  if (result.kind === 'bad') throw new Error(JSON.stringify(result.problems));
  return result.eventSchema;
}

/** `web` and `phone` share a namespace of day buckets; `relay` has one of its own, with buckets of an hour, and secret keys. */
export const testSdks: JsonObject = {
  namespaces: { people: { bucketWidthMillis: day }, relays: { bucketWidthMillis: 3_600_000 } },
  sdks: {
    web: {
      namespace: 'people',
      origins: ['https://shop.example.com'],
      key: 'public',
      retryPolicy: { giveUpAfterDays: 7 },
    },
    phone: { namespace: 'people', origins: [], key: 'public' },
    relay: { namespace: 'relays', origins: ['https://relay.example.com'], key: 'secret' },
  },
};

/** A registry in which these schemas are active and `testSdks`, or other bindings, are published. */
export async function registryWith(
  documents: readonly JsonObject[],
  sdks: JsonObject = testSdks,
): Promise<PublishingRegistry> {
  const registry = createMemoryRegistry();
  await registry.publishSdksUpload(sdks, '1');
  for (const document of documents) await activate(registry, document);
  return registry;
}

/** Activates a document under the type that its `edi` block names. */
export function activate(registry: PublishingRegistry, document: JsonObject): Promise<ActiveRevision> {
  const type = isJsonObject(document['edi']) ? document['edi']['type'] : undefined;
  if (typeof type !== 'string') throw new Error('the document has no edi.type');
  return activateSchema(registry, type, document);
}

/** What such a registry answers. */
export async function snapshotOf(documents: readonly JsonObject[]): Promise<RegistrySnapshot> {
  const snapshot = await (await registryWith(documents)).read();
  if (snapshot === 'unchanged') throw new Error('a first read is never unchanged');
  return snapshot;
}
