import type { KeyObject } from 'node:crypto';
import { defaultIngestConfig, type IngestConfig } from '../../functions/ingest/config.ts';
import { ingestPorts, makeIngestFunction } from '../../functions/ingest/function.ts';
import { needs } from '../../functions/ingest/needs.ts';
import type { Gate } from '../../shared/adapters/memory/gate.ts';
import type { MemoryPublisher } from '../../shared/adapters/memory/publisher.ts';
import { createMemoryWriteKeys } from '../../shared/adapters/memory/write-keys.ts';
import { openBatch, type SealedBatch } from '../../shared/batch/sealed-batch.ts';
import type { JsonObject, JsonValue } from '../../shared/event/json.ts';
import { pickPorts } from '../../shared/needs/held-ports.ts';
import type { Clock } from '../../shared/ports/clock.ts';
import type { PublishingRegistry } from '../../shared/ports/publications.ts';
import type { Message } from '../../shared/ports/publisher.ts';
import type { WriteKeyAnswer } from '../../shared/ports/write-keys.ts';
import { makeAnswerCheck, type SeenAnswer, watchAnswers } from './api-document.ts';
import { type FunctionServer, serveFunction } from './function-server.ts';
import { memoryPortsWith } from './memory-ports.ts';
import { promptClock } from './prompt-clock.ts';
import { quarantinedText } from './quarantine-records.ts';
import { type RecordingObserver, recordingObserver } from './recording-observer.ts';

export interface IngestWorldOptions {
  readonly schemas: readonly JsonObject[];
  readonly config?: Partial<IngestConfig>;
  /** Default `testSdks`. */
  readonly sdks?: JsonObject;
  /** Default: a clock at 2026-01-01 whose tasks run at once. */
  readonly clock?: Clock;
  readonly publisherGate?: Gate;
  readonly registryGate?: Gate;
  readonly writeKeysGate?: Gate;
}

export interface IngestWorld extends FunctionServer {
  readonly publisher: MemoryPublisher;
  readonly registry: PublishingRegistry;
  readonly observer: RecordingObserver;
  /** The sealed batches on topic `received`, in order. */
  readonly received: () => ReceivedBatch[];
  /** The rows on topic `quarantine`, with their payloads decrypted. */
  readonly quarantined: () => { readonly row: JsonObject; readonly text: string; readonly payload: string }[];
  /** POST /v1/events with the write key of `web` unless the headers say otherwise. */
  readonly post: (body: RequestBody, headers?: Record<string, string>) => Promise<Response>;
  /** Every answer so far. */
  readonly answers: readonly SeenAnswer[];
  /** Rejects where an answer was not as the document of the API says. */
  readonly close: () => Promise<void>;
}

export type RequestBody = string | Uint8Array<ArrayBuffer> | readonly JsonValue[];

export interface ReceivedBatch extends SealedBatch {
  readonly texts: readonly string[];
}

/** Write keys `key-<sdk>` of the bindings in `testSdks`, one of an SDK without a binding, and the development key. */
const writeKeys = new Map<string, WriteKeyAnswer>([
  ['key-web', { kind: 'sdk', sdk: 'web' }],
  ['key-phone', { kind: 'sdk', sdk: 'phone' }],
  ['key-relay', { kind: 'sdk', sdk: 'relay' }],
  ['key-unbound', { kind: 'sdk', sdk: 'unbound' }],
  ['key-any', { kind: 'first-allowed-sdk' }],
]);

const answerCheck = makeAnswerCheck();

/** The real ingest function in functions-framework on the loopback interface, over memory ports. */
export async function startIngest(options: IngestWorldOptions): Promise<IngestWorld> {
  const { sdks } = options;
  const { clock, begin, hasBegun } = startedClock(options.clock ?? promptClock());
  const gates = { publisher: options.publisherGate, registry: options.registryGate };
  const held = await memoryPortsWith(options.schemas, { clock, gates, sdks });
  const { publisher, secrets, databases } = held;
  const observer = recordingObserver();
  const ports = {
    ...(await ingestPorts(
      pickPorts(needs, held, { ...observer, log: (...entry) => hasBegun() && observer.log(...entry) }),
    )),
    writeKeys: createMemoryWriteKeys(writeKeys, options.writeKeysGate ? { gate: options.writeKeysGate } : {}),
  };
  await new Promise<void>((resolve) => setImmediate(resolve));
  begin();
  const answers: SeenAnswer[] = [];
  const handler = makeIngestFunction(ports, { ...defaultIngestConfig, ...options.config });
  const server = await serveFunction(watchAnswers(handler, (answer) => answers.push(answer)));
  return {
    ...server,
    answers,
    async close() {
      await server.close();
      const undocumented = answers.flatMap((answer) => answerCheck.check(answer));
      if (undocumented.length > 0) throw new Error(`openapi.json says otherwise:\n${undocumented.join('\n')}`);
    },
    publisher,
    registry: databases.registry,
    observer,
    received: () => publisher.messagesOf('received').map(readBatch),
    quarantined: () =>
      publisher.messagesOf('quarantine').map((message) => readQuarantined(secrets.quarantinePrivateKey, message)),
    post: (body, headers = {}) =>
      fetch(`${server.url}/v1/events`, {
        method: 'POST',
        headers: { authorization: 'Bearer key-web', 'content-type': 'application/json', ...headers },
        body: typeof body === 'string' || body instanceof Uint8Array ? body : JSON.stringify(body),
      }),
  };
}

/** The instance started a minute ago: what it asks and says then is not within the time of a test, and on no clock of it. */
function startedClock(tested: Clock) {
  const starting = promptClock(tested.nowMillis() - 60_000);
  let current: Clock = starting;
  const clock: Clock = {
    nowMillis: () => current.nowMillis(),
    after: (delayMillis, task) => current.after(delayMillis, task),
  };
  const begin = () => {
    current = tested;
  };
  return { clock, begin, hasBegun: () => current === tested };
}

/** Opens a message of topic `received` or `deduplicated` that must be one. */
export function readBatch(message: Message): ReceivedBatch {
  const opened = openBatch(message);
  if (opened.kind === 'unreadable') throw new Error(opened.problem);
  return { ...opened.batch, texts: opened.segments };
}

function readQuarantined(privateKey: KeyObject, message: Message) {
  const text = Buffer.from(message.data).toString('utf8');
  const row: JsonObject = JSON.parse(text);
  return { row, text, payload: quarantinedText(privateKey, row) ?? 'unreadable' };
}

/** An event of `shop.order.v1` that the world's clock is happy with. */
export function orderEvent(changes: JsonObject = {}): JsonObject {
  return {
    specversion: '1.0',
    id: 'e-1',
    source: 'installation-1',
    type: 'shop.order.v1',
    time: '2025-12-31T23:00:00Z',
    data: { amount: 1 },
    ...changes,
  };
}
