import { defaultExportLegacyConfig } from '../../functions/export-legacy/config.ts';
import { makeExportStage } from '../../functions/export-legacy/stage.ts';
import { uploadNotification } from '../../infra/local/schema-uploads.ts';
import { createMemoryLegacyExports } from '../../shared/adapters/memory/legacy-exports.ts';
import { createMemoryObjectStore } from '../../shared/adapters/memory/object-store.ts';
import { createSeededRandom } from '../../shared/adapters/memory/seeded-random.ts';
import type { JsonObject } from '../../shared/event/json.ts';
import { makeEventTypes } from '../../shared/event-types/event-types.ts';
import { legacyFilesPrefix, legacyMappingObject } from '../../shared/needs/kinds.ts';
import { type LegacyFileMaker, startMillis } from '../helpers/legacy-files.ts';
import { recordingObserver } from '../helpers/recording-observer.ts';
import { registryWith } from '../helpers/schemas.ts';

/**
 * The stage of export-legacy on ports that keep nothing. Answers how to export a file: its events are validated, sealed
 * and handed over; the number of messages is answered.
 */
export async function makeWholeExport({ name, mapping }: LegacyFileMaker, schema: JsonObject) {
  // The files' own day, whenever this runs.
  const clock = { nowMillis: () => startMillis + Math.round(performance.now()), after: () => () => {} };
  const sdk = `legacy-${name}`;
  const sdks = { namespaces: { old: { bucketWidthMillis: 1_000 } }, sdks: { [sdk]: { namespace: 'old' } } };
  const files = createMemoryObjectStore();
  await files.put(legacyMappingObject(name), Buffer.from(JSON.stringify(mapping)));
  let messages = 0;
  let refused = 0;
  let reason = '';
  const stage = makeExportStage(
    {
      eventTypes: makeEventTypes({ registry: await registryWith([schema], sdks), clock }),
      publisher: {
        async publish(_, all) {
          messages += all.length;
        },
      },
      receivedTopic: 'received',
      uploadsTopic: 'legacy-uploads',
      quarantine: {
        async keep(events) {
          refused += events.length;
          reason = events[0]?.errors[0]?.keyword ?? reason;
        },
      },
      files,
      bucketName: 'files',
      exports: createMemoryLegacyExports(),
      clock,
      random: createSeededRandom(1),
      observer: recordingObserver(),
    },
    // No pace: the work alone is measured.
    { ...defaultExportLegacyConfig, maxRecordsPerSecond: Number.MAX_SAFE_INTEGER },
  );
  return async (bytes: Uint8Array): Promise<number> => {
    const object = `${legacyFilesPrefix}${name}/bench`;
    // Another generation each time, which nobody has exported.
    await files.put(object, bytes);
    const generation = (await files.get(object))?.generation ?? '';
    [messages, refused] = [0, 0];
    const outcome = await stage(uploadNotification('files', object, generation, clock.nowMillis()));
    if (outcome.kind !== 'done' || refused > 0)
      throw new Error(`${outcome.kind}, ${refused} records refused: ${reason}`);
    return messages;
  };
}
