import type { PublishOptions, PubSub, Topic } from '@google-cloud/pubsub';
import type { Clock } from '../../ports/clock.ts';
import type { Message, Publisher } from '../../ports/publisher.ts';
import { Unavailable } from '../../ports/unavailable.ts';
import { assertWithinPubsubLimits, messageSizeBytes } from '../pubsub-limits.ts';
import { systemClock } from '../system-clock.ts';
import { channelOptions } from './channel-options.ts';
import { emulatorChannel } from './emulator-channel.ts';
import { errorCode, grpcStatus, toUnavailable } from './unavailable.ts';

interface PublisherSettings {
  /**
   * Messages of one topic that are sent in one request: the client collects them from all calls of `publish`. Google's
   * limit is 1,000. Default 500; the client's own default of 100 makes five times the requests.
   */
  readonly maxBatchMessages: number;
  /**
   * Bytes of one request; a larger message is a request by itself. Default 4,000,000: the limit is 10 MB, and half of it
   * leaves room for what the protocol adds.
   */
  readonly maxBatchBytes: number;
  /**
   * Wait for further messages before a request that is not full is sent. Every ingest request waits for it once, so it is
   * short. Default 5; the client's own is 10.
   */
  readonly maxBatchDelayMillis: number;
  /** Longest wait for the answer to one attempt. Default 4,000; the client's own is 60,000. */
  readonly attemptTimeoutMillis: number;
  /**
   * Longest time from `publish` to its answer, with every attempt: after it the caller answers 503, and its client
   * resends. Default 8,000; the client's own is 60,000, longer than an SDK waits.
   */
  readonly totalTimeoutMillis: number;
  /** Wait before the second attempt; it grows fourfold each time, as Google's client does for this method. Default 100. */
  readonly retryDelayMillis: number;
  /**
   * Flow control: bytes that are on their way at once. More are refused at once, because a caller that waits holds its
   * memory too. A single call is never too large by itself. Default 64 MiB.
   *
   * The client's own flow control makes callers wait without an end, counts by topic, and is skipped by
   * `publishMessage`.
   */
  readonly maxOutstandingBytes: number;
}

const publisherDefaults: PublisherSettings = {
  maxBatchMessages: 500,
  maxBatchBytes: 4_000_000,
  maxBatchDelayMillis: 5,
  attemptTimeoutMillis: 4_000,
  totalTimeoutMillis: 8_000,
  retryDelayMillis: 100,
  maxOutstandingBytes: 64 * 1_048_576,
};

/** As `patientFirestore`: on an emulator, where nobody resends. */
export const patientPublisher = { attemptTimeoutMillis: 30_000, totalTimeoutMillis: 60_000 } as const;

export interface PubSubPublisherOptions {
  readonly projectId: string;
  /** `host:port` of Google's emulator. */
  readonly emulatorHost?: string;
  readonly settings?: Partial<PublisherSettings>;
  readonly clock?: Clock;
}

export interface PubSubPublisher extends Publisher {
  /** Resolves when nothing is on its way any more, whatever became of it. */
  flush(): Promise<void>;
  /** Refuses new messages, waits for those on their way and closes the connection. */
  close(): Promise<void>;
}

/** The client replaces this text in attributes by the project's id (its package projectify). */
const replacedText = '{{projectId}}';

/**
 * Publishes to Google's Pub/Sub; the client and its modules are loaded with the first message.
 *
 * Messages carry no ordering key: order is not needed, and a key would put every message behind the one before it and
 * stop the key for good when one fails. A request that is tried again can store its messages twice; dedup removes them.
 */
export function createPubSubPublisher(options: PubSubPublisherOptions): PubSubPublisher {
  return new ClientPublisher(options);
}

class ClientPublisher implements PubSubPublisher {
  readonly #options: PubSubPublisherOptions;
  readonly #settings: PublisherSettings;
  readonly #clock: Clock;
  readonly #topics = new Map<string, Topic>();
  readonly #onTheirWay = new Set<Promise<unknown>>();
  #outstandingBytes = 0;
  #client: Promise<PubSub> | undefined;
  #closed = false;

  constructor(options: PubSubPublisherOptions) {
    this.#options = options;
    this.#settings = { ...publisherDefaults, ...options.settings };
    this.#clock = options.clock ?? systemClock;
  }

  async publish(topic: string, messages: readonly Message[]): Promise<void> {
    assertWithinPubsubLimits(messages);
    for (const message of messages) assertUnreplaced(message);
    if (messages.length === 0) return;
    if (this.#closed) throw new Unavailable('publisher', 'the publisher is closed');
    const bytes = messages.reduce((sum, message) => sum + messageSizeBytes(message), 0);
    if (this.#outstandingBytes > 0 && this.#outstandingBytes + bytes > this.#settings.maxOutstandingBytes) {
      throw new Unavailable('publisher', `${this.#outstandingBytes} bytes are on their way to Pub/Sub already`);
    }
    this.#outstandingBytes += bytes;
    const sent = this.#send(topic, messages).finally(() => {
      this.#outstandingBytes -= bytes;
      this.#onTheirWay.delete(sent);
    });
    this.#onTheirWay.add(sent);
    await this.#inTime(topic, sent);
  }

  async flush(): Promise<void> {
    await Promise.allSettled([...this.#onTheirWay]);
  }

  async close(): Promise<void> {
    this.#closed = true;
    await this.flush();
    const client = await this.#client;
    await client?.close();
  }

  /** Bounds what the client does not: the wait in its batch, and for the first connection and its credentials. */
  async #inTime(topic: string, sent: Promise<void>): Promise<void> {
    const { totalTimeoutMillis } = this.#settings;
    let cancel = (): void => undefined;
    const late = new Promise<never>((_, reject) => {
      cancel = this.#clock.after(totalTimeoutMillis, () =>
        reject(new Unavailable('publisher', `Pub/Sub did not answer for ${topic} within ${totalTimeoutMillis} ms`)),
      );
    });
    try {
      await Promise.race([sent, late]);
    } finally {
      cancel();
    }
  }

  async #send(topic: string, messages: readonly Message[]): Promise<void> {
    try {
      const target = await this.#topicOf(topic);
      await Promise.all(messages.map((message) => target.publishMessage(toClient(message))));
    } catch (error) {
      if (errorCode(error) === grpcStatus.notFound) {
        throw new Error(`topic "${topic}" does not exist in ${this.#options.projectId}: deploy it`);
      }
      if (errorCode(error) === grpcStatus.invalidArgument) {
        throw new Error(`Pub/Sub takes the messages or the name of topic "${topic}" for invalid`);
      }
      throw toUnavailable('publisher', 'Pub/Sub', error);
    }
  }

  async #topicOf(name: string): Promise<Topic> {
    this.#client ??= connect(this.#options);
    const client = await this.#client;
    const topic = this.#topics.get(name) ?? client.topic(name, publishOptions(this.#settings));
    this.#topics.set(name, topic);
    return topic;
  }
}

async function connect({ projectId, emulatorHost }: PubSubPublisherOptions): Promise<PubSub> {
  const { PubSub: Client } = await import('@google-cloud/pubsub');
  if (emulatorHost === undefined) return new Client({ projectId, ...channelOptions });
  const { authClient } = await emulatorChannel(emulatorHost);
  return new Client({ projectId, ...channelOptions, apiEndpoint: emulatorHost, authClient });
}

function publishOptions(settings: PublisherSettings): PublishOptions {
  const { totalTimeoutMillis, retryDelayMillis } = settings;
  const attemptTimeoutMillis = Math.min(settings.attemptTimeoutMillis, totalTimeoutMillis);
  return {
    batching: {
      maxMessages: settings.maxBatchMessages,
      maxBytes: settings.maxBatchBytes,
      maxMilliseconds: settings.maxBatchDelayMillis,
    },
    // Without `backoffSettings` gax lets `timeout` stand for one attempt and for all of them: there is no second one
    // after a stall. Which errors are tried again stays the client's choice (all that a publish can recover from).
    gaxOpts: {
      timeout: attemptTimeoutMillis,
      retry: {
        backoffSettings: {
          initialRetryDelayMillis: retryDelayMillis,
          retryDelayMultiplier: 4,
          maxRetryDelayMillis: totalTimeoutMillis,
          initialRpcTimeoutMillis: attemptTimeoutMillis,
          rpcTimeoutMultiplier: 1,
          maxRpcTimeoutMillis: attemptTimeoutMillis,
          totalTimeoutMillis,
        },
      },
    },
    messageOrdering: false,
  };
}

/** A Buffer over the same bytes: the client walks through every byte of another kind of array. */
function toClient({ data, attributes }: Message) {
  const buffer = Buffer.from(data.buffer, data.byteOffset, data.byteLength);
  return { data: buffer, attributes: { ...attributes } };
}

function assertUnreplaced({ attributes }: Message): void {
  if (Object.values(attributes).some((value) => value.includes(replacedText))) {
    throw new RangeError(`an attribute holds "${replacedText}", which the client of Pub/Sub would replace`);
  }
}
