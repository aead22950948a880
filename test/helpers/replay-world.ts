import { createManualClock } from '../../shared/adapters/memory/manual-clock.ts';
import { createMemoryPublisher } from '../../shared/adapters/memory/publisher.ts';
import { createMemoryRegistry } from '../../shared/adapters/memory/registry.ts';
import { createMemoryReplayMarks } from '../../shared/adapters/memory/replay-marks.ts';
import { createSeededRandom } from '../../shared/adapters/memory/seeded-random.ts';
import { openBatch, openPayload } from '../../shared/batch/sealed-batch.ts';
import { generateSealedBoxKeyPair } from '../../shared/crypto/sealed-box.ts';
import type { JsonObject } from '../../shared/event/json.ts';
import { parseInstant } from '../../shared/event/time.ts';
import { makeCountingObserver } from '../../shared/observe/json-observer.ts';
import type { Message } from '../../shared/ports/publisher.ts';
import type { QuarantinedEvent } from '../../shared/ports/quarantine.ts';
import type { QuarantineRecord, QuarantineRecords } from '../../shared/ports/quarantine-records.ts';
import { makeEncryptedQuarantine } from '../../shared/quarantine/quarantine-record.ts';
import {
  defaultReplayConfig,
  type ReplayConfig,
  type ReplayRequest,
  replayQuarantine,
} from '../../shared/quarantine/replay.ts';
import { makeEventTypes } from '../../shared/schema-language/event-types.ts';
import { sealAt, startMillis } from './batches.ts';
import { activate, testSdks } from './schemas.ts';

/** A refused event as ingest would have put it into quarantine. */
export interface Refused {
  readonly event: JsonObject | string;
  readonly seal?: string;
  readonly sdk?: string;
  readonly reason?: string;
  readonly type?: string;
  readonly receivedAtMillis?: number;
}

/** The replay over memory ports, and a quarantine table that holds what was put there. */
export async function replayWorld(config: Partial<ReplayConfig> = {}) {
  const clock = createManualClock(startMillis + 60_000);
  const random = createSeededRandom(1);
  const publisher = createMemoryPublisher();
  const keys = generateSealedBoxKeyPair(random);
  const registry = createMemoryRegistry();
  await registry.publishSdks(testSdks);
  const eventTypes = makeEventTypes({ registry, clock });
  const marks = createMemoryReplayMarks();
  const table: QuarantineRecord[] = [];
  const records: QuarantineRecords = {
    async read({ reason, type }, { offset, limit }) {
      const found = table.filter(
        (record) => (reason === undefined || record.reason === reason) && (type === undefined || record.type === type),
      );
      return found.slice(offset, offset + limit);
    },
  };
  const quarantine = makeEncryptedQuarantine({ publisher, topic: 'quarantine', publicKey: keys.publicKey, random });
  const observer = makeCountingObserver();
  const ports = {
    records,
    marks,
    eventTypes,
    publisher,
    receivedTopic: 'received',
    privateKey: keys.privateKey,
    clock,
    observer,
  };
  let seals = 0;

  /** Puts events into the table, each under a seal of its own unless it names one. */
  async function refuse(...refused: readonly Refused[]): Promise<QuarantineRecord[]> {
    const before = publisher.messagesOf('quarantine').length;
    await quarantine.keep(refused.map((one) => quarantinedEvent(one, () => sealAt(startMillis, 1_000 + seals++))));
    const made = publisher.messagesOf('quarantine').slice(before).map(recordOf);
    table.push(...made);
    return made;
  }

  const replay = (request: ReplayRequest = { reason: 'unknown-type' }) =>
    replayQuarantine(ports, { ...defaultReplayConfig, ...config }, request);

  return {
    clock,
    registry,
    publisher,
    table,
    marks,
    ports,
    refuse,
    replay,
    know: (document: JsonObject) => activate(registry, document),
  };
}

function quarantinedEvent(refused: Refused, newSeal: () => string): QuarantinedEvent {
  const { event, seal = newSeal(), sdk, reason = 'unknown-type', type, receivedAtMillis = startMillis } = refused;
  return {
    seal,
    receivedAtMillis,
    ...(sdk === undefined ? {} : { sdk }),
    reason,
    errors: [],
    ...(type === undefined ? {} : { type }),
    stage: 'ingest',
    payload: Buffer.from(typeof event === 'string' ? event : JSON.stringify(event)),
  };
}

function recordOf({ data }: { readonly data: Uint8Array }): QuarantineRecord {
  const row: { seal: string; received_time: string; sdk?: string; reason: string; type?: string; payload: string } =
    JSON.parse(Buffer.from(data).toString('utf8'));
  const { seal, received_time, sdk, reason, type, payload } = row;
  const receivedAtMillis = (parseInstant(received_time)?.epochSeconds ?? 0) * 1_000;
  return {
    seal,
    receivedAtMillis,
    reason,
    payload,
    ...(sdk === undefined ? {} : { sdk }),
    ...(type === undefined ? {} : { type }),
  };
}

/** What a message on topic `received` carries. */
export function receivedBatch(message: Message) {
  const opened = openBatch(message);
  if (opened.kind === 'unreadable') throw new Error(opened.problem);
  const { seal, sdk, index } = opened.batch;
  const payload = openPayload(opened.batch);
  if (payload.kind === 'unreadable') throw new Error(payload.problem);
  return { seal, sdk, index, texts: payload.segments.map((segment) => Buffer.from(segment).toString('utf8')) };
}
