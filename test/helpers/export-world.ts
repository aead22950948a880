import { defaultExportLegacyConfig, type ExportLegacyConfig } from '../../functions/export-legacy/config.ts';
import {
  type ExportState,
  exportKey,
  fromStart,
  readState,
  stateJson,
} from '../../functions/export-legacy/export-state.ts';
import { makeExportStage } from '../../functions/export-legacy/stage.ts';
import { uploadNotification } from '../../infra/local/schema-uploads.ts';
import { createMemoryLegacyExports } from '../../shared/adapters/memory/legacy-exports.ts';
import { createMemoryObjectStore } from '../../shared/adapters/memory/object-store.ts';
import { createMemoryPublisher } from '../../shared/adapters/memory/publisher.ts';
import { createSeededRandom } from '../../shared/adapters/memory/seeded-random.ts';
import type { JsonObject } from '../../shared/event/json.ts';
import { makeEventTypes } from '../../shared/event-types/event-types.ts';
import type { StageOutcome } from '../../shared/http/pubsub-function.ts';
import type { Clock } from '../../shared/ports/clock.ts';
import type { QuarantinedEvent } from '../../shared/ports/quarantine.ts';
import { readBatch } from './ingest-world.ts';
import { simpleMapping } from './legacy.ts';
import { recordingObserver } from './recording-observer.ts';
import { activate, registryWith, schemaDocument } from './schemas.ts';

/** Records of these files: seconds, a text and an amount. */
export const mapping = {
  ...simpleMapping({ columns: ['at', 'x', 'amount'] }),
  columns: { at: { type: 'time', format: 'unix-s' }, amount: { type: 'integer' } },
  events: [{ type: 'shop.order.v1', source: { $template: 'till:{x}' }, time: 'at', data: { amount: 'amount' } }],
};

const startMillis = Date.UTC(2026, 0, 1);
export const startSeconds = startMillis / 1_000 - 3_600;

export interface ExportWorldOptions {
  readonly config?: Partial<ExportLegacyConfig>;
  /** How much later every look at the clock is. */
  readonly tickMillis?: number;
  readonly schemas?: readonly JsonObject[];
}

/** The stage of export-legacy in memory; waits are over at once, and their time has passed. */
export async function exportWorld({ config = {}, tickMillis = 0, schemas }: ExportWorldOptions = {}) {
  let now = startMillis;
  const clock: Clock = {
    nowMillis: () => (now += tickMillis),
    after(millis, run) {
      now += millis;
      const timer = setImmediate(run);
      return () => clearImmediate(timer);
    },
  };
  const publisher = createMemoryPublisher();
  const files = createMemoryObjectStore();
  const exports = createMemoryLegacyExports();
  const observer = recordingObserver();
  const kept: QuarantinedEvent[] = [];
  const typeWith = (properties: JsonObject) => schemaDocument({ properties, edi: { sdks: ['legacy-tv'] } });
  const type = typeWith({ amount: { type: 'integer', maximum: 1_000 } });
  const sdks = { namespaces: { tv: { bucketWidthMillis: 1_000 } }, sdks: { 'legacy-tv': { namespace: 'tv' } } };
  const registry = await registryWith(schemas ?? [type]);
  await registry.publishSdksUpload(sdks, '9');
  const stage = makeExportStage(
    {
      eventTypes: makeEventTypes({ registry, clock }),
      publisher,
      receivedTopic: 'received',
      uploadsTopic: 'legacy-uploads',
      quarantine: { keep: async (events) => void kept.push(...events) },
      files,
      bucketName: 'files',
      exports,
      clock,
      random: createSeededRandom(1),
      observer,
    },
    { ...defaultExportLegacyConfig, ...config },
  );
  const generationOf = async (object: string) => (await files.get(object))?.generation ?? '0';
  async function notify(object: string, generation?: string): Promise<StageOutcome> {
    return await stage(uploadNotification('files', object, generation ?? (await generationOf(object)), startMillis));
  }
  await files.put('mappings/tv.json', Buffer.from(JSON.stringify(mapping)));
  return {
    publisher,
    files,
    kept,
    observer,
    notify,
    /** Another revision of the type. */
    activate: async (properties: JsonObject) => void (await activate(registry, typeWith(properties))),
    put: async (object: string, data: string | Uint8Array) => void (await files.put(object, Buffer.from(data))),
    /** Calls it until nothing asks for another call; an outage is redelivered. */
    async exportToEnd(object: string): Promise<number> {
      for (let calls = 1; ; calls++) {
        const before = publisher.messagesOf('legacy-uploads').length;
        const outcome = await notify(object).catch(() => 'thrown' as const);
        if (outcome !== 'thrown' && publisher.messagesOf('legacy-uploads').length === before) return calls;
      }
    },
    async state(object: string): Promise<ExportState | undefined> {
      const stored = await exports.find(exportKey({ object, generation: await generationOf(object) }));
      return stored === undefined ? undefined : readState(stored.state);
    },
    /** Ids of what was published, each as often as it was. */
    ids: () =>
      publisher.messagesOf('received').flatMap((message) => readBatch(message).index.entries.map(({ id }) => id)),
    batches: () => publisher.messagesOf('received').map(readBatch),
  };
}

/** The state of a file as export-legacy saves it. */
export function exportState(state: Pick<ExportState, 'object' | 'state' | 'counts'>): JsonObject {
  return stateJson({
    ...{ generation: '1', mappingHash: 'hash', compressed: false, firstBad: [] },
    ...{ checkpoint: fromStart, startedAtMillis: startMillis, savedAtMillis: startMillis },
    ...state,
  });
}
