import { defaultReplayConfig, type ReplayConfig } from '../../functions/replay/config.ts';
import type { ReplayPorts } from '../../functions/replay/stage.ts';
import { createManualClock } from '../../shared/adapters/memory/manual-clock.ts';
import { createMemoryPublisher } from '../../shared/adapters/memory/publisher.ts';
import { createMemoryQuarantineRecords } from '../../shared/adapters/memory/quarantine-records.ts';
import { createMemoryReplays } from '../../shared/adapters/memory/replays.ts';
import { createSeededRandom } from '../../shared/adapters/memory/seeded-random.ts';
import { importHashKey } from '../../shared/crypto/keyed-hash.ts';
import { generateSealedBoxKeyPair } from '../../shared/crypto/sealed-box.ts';
import type { JsonObject } from '../../shared/event/json.ts';
import { newUuidV7 } from '../../shared/event/uuid.ts';
import { makeEventTypes } from '../../shared/event-types/event-types.ts';
import type { QuarantinedEvent } from '../../shared/ports/quarantine.ts';
import { makeEncryptedQuarantine } from '../../shared/quarantine/quarantine-record.ts';
import { claimedIdentity } from '../../shared/quarantine/quarantined-event.ts';
import { readBatch } from './ingest-world.ts';
import { recordingObserver } from './recording-observer.ts';
import { type ReplayOptions, replayToEnd } from './replay.ts';
import { day, registryWith, schemaDocument } from './schemas.ts';

export const leaseMillis = defaultReplayConfig.leaseSeconds * 1_000;
const recordKey = importHashKey(Buffer.alloc(32, 9));
export const receivedAtMillis = Date.UTC(2026, 0, 1);
export const schema = schemaDocument({ properties: { amount: { type: 'integer' } }, edi: { sdks: ['phone', 'web'] } });

/** `sdk: null`: the record names none. */
export type Changes = Omit<Partial<QuarantinedEvent>, 'sdk'> & { readonly sdk?: string | null };

type RunChanges = Omit<ReplayOptions, 'filter'> & { readonly reason?: string; readonly type?: string };

/** A quarantine, 10 days later, with `shop.order.v1` known unless told otherwise. */
export async function replayWorld(
  options: { schemas?: readonly JsonObject[]; config?: Partial<ReplayConfig>; sdks?: JsonObject } = {},
) {
  const clock = createManualClock(receivedAtMillis + 10 * day);
  const random = createSeededRandom(1);
  const { publicKey, privateKey } = generateSealedBoxKeyPair(random);
  const publisher = createMemoryPublisher();
  const replays = createMemoryReplays();
  const observer = recordingObserver();
  const ports: ReplayPorts = {
    records: createMemoryQuarantineRecords(
      () => publisher.messagesOf('quarantine'),
      () => publisher.messagesOf('replayed'),
    ),
    replays,
    eventTypes: makeEventTypes({ registry: await registryWith(options.schemas ?? [schema], options.sdks), clock }),
    publisher,
    receivedTopic: 'received',
    replayedTopic: 'replayed',
    privateKey,
    clock,
    random,
    observer,
    config: { ...defaultReplayConfig, ...options.config },
  };
  const keepWith =
    (key: typeof publicKey) =>
    async (event: JsonObject | string, changes: Changes = {}) => {
      const { sdk = 'web', ...rest } = changes;
      const identity = typeof event === 'string' ? undefined : claimedIdentity(event);
      const record: QuarantinedEvent = {
        seal: newUuidV7(clock, random),
        sequence: 0,
        events: 1,
        provenSubjects: [],
        receivedAtMillis,
        ...(sdk === null ? {} : { sdk }),
        reason: 'unknown-type',
        errors: [],
        type: 'shop.order.v1',
        stage: 'ingest',
        payload: Buffer.from(typeof event === 'string' ? event : JSON.stringify(event)),
        ...(identity === undefined ? {} : { identity }),
        ...rest,
      };
      const options = { publisher, topic: 'quarantine', publicKey: key, recordKey, clock, random };
      await makeEncryptedQuarantine(options).keep([record]);
      return record.seal;
    };
  const run = ({ reason = 'unknown-type', type, ...changes }: RunChanges = {}) =>
    replayToEnd(ports, { filter: { reason, ...(type === undefined ? {} : { type }) }, ...changes });
  const received = () => publisher.messagesOf('received').map(readBatch);
  const quarantine = makeEncryptedQuarantine({ publisher, topic: 'quarantine', publicKey, recordKey, clock, random });
  const otherKey = generateSealedBoxKeyPair(random).publicKey;
  return {
    ports,
    quarantine,
    clock,
    publisher,
    replays,
    run,
    received,
    keep: keepWith(publicKey),
    keepForOther: keepWith(otherKey),
  };
}
