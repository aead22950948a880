import type { Clock } from '../../ports/clock.ts';
import type { PulledMessage } from '../../ports/message-reader.ts';
import type { DeliveredMessage } from '../../ports/publisher.ts';
import type { Subscription } from './pubsub-subscription.ts';

/**
 * Sends a push request and resolves with the status of the answer; rejects when there was none within `timeoutMillis`,
 * and gives the request up then.
 */
export type Push = (endpoint: string, body: string, timeoutMillis: number) => Promise<number>;

/** Takes a message inside this process; resolves with the status that a push of it would be answered with. */
export type Taker = (message: DeliveredMessage) => Promise<number>;

interface PushDispatcherOptions {
  readonly push: Push;
  /** By endpoint, those of this process: what is for them is handed over as it is, without a request. */
  readonly takers?: ReadonlyMap<string, Taker> | undefined;
  readonly clock: Clock;
  /** The wait after storage that did not answer. */
  readonly retryMillis: number;
}

/** Statuses that acknowledge a push (cloud.google.com/pubsub/docs/push#receive_push). */
const acknowledging: ReadonlySet<number> = new Set([102, 200, 201, 202, 204]);

/** Pushes the messages of one subscription to its endpoint, so many at once as it allows. */
export class PushDispatcher {
  readonly #subscription: Subscription;
  readonly #options: PushDispatcherOptions;
  readonly #inFlight = new Set<Promise<void>>();
  #running = false;
  #leasing = false;
  #cancelRetry: () => void = () => undefined;
  #unsubscribe: () => void = () => undefined;

  constructor(subscription: Subscription, options: PushDispatcherOptions) {
    this.#subscription = subscription;
    this.#options = options;
  }

  start(): void {
    if (this.#running) return;
    this.#running = true;
    this.#unsubscribe = this.#subscription.onMessage(() => this.#pump());
  }

  /** Sends nothing new. What is on its way goes on: see `settled`. */
  stop(): void {
    this.#running = false;
    this.#unsubscribe();
    this.#cancelRetry();
  }

  /** After `stop`: resolves when everything on its way is answered, and the answers are stored. */
  async settled(): Promise<void> {
    while (this.#inFlight.size > 0) await Promise.all(this.#inFlight);
  }

  #pump(): void {
    const { declaration, leasedMessages, mayHaveMessages } = this.#subscription;
    const free = (declaration.push?.maxOutstandingMessages ?? 0) - leasedMessages;
    if (!this.#running || this.#leasing || free <= 0 || !mayHaveMessages) return;
    this.#leasing = true;
    // Counted as on its way: a stop that comes between the lease and the request waits for the request too.
    this.#track(
      this.#subscription.lease(free).then(
        (messages) => {
          this.#leasing = false;
          for (const message of messages) this.#track(this.#deliver(message));
          this.#pump();
        },
        () => {
          this.#leasing = false;
          this.#retryLater();
        },
      ),
    );
  }

  #retryLater(): void {
    if (!this.#running) return;
    this.#cancelRetry();
    this.#cancelRetry = this.#options.clock.after(this.#options.retryMillis, () => this.#pump());
  }

  #track(work: Promise<void>): void {
    this.#inFlight.add(work);
    work.finally(() => this.#inFlight.delete(work));
  }

  async #deliver(message: PulledMessage): Promise<void> {
    const { push: target, ackDeadlineSeconds } = this.#subscription.declaration;
    if (target === undefined) return;
    const ackIds = [message.ackId];
    const status = await this.#send(target.endpoint, message, ackDeadlineSeconds * 1_000).catch(() => 0);
    const settling = acknowledging.has(status)
      ? this.#subscription.acknowledge(ackIds)
      : this.#subscription.nack(ackIds);
    // An answer that cannot be stored is an answer that did not come: the ack deadline takes care of it.
    await settling.catch(() => undefined);
    this.#pump();
  }

  #send(endpoint: string, message: PulledMessage, timeoutMillis: number): Promise<number> {
    const { push, takers, clock } = this.#options;
    const take = takers?.get(endpoint);
    if (take === undefined) return push(endpoint, pushBody(message), timeoutMillis);
    return new Promise((resolve, reject) => {
      const cancel = clock.after(timeoutMillis, () => reject(new Error('no answer within the ack deadline')));
      take(message).then(resolve, reject).finally(cancel);
    });
  }
}

/**
 * The body that Google sends to a push endpoint with wrapping (cloud.google.com/pubsub/docs/push#properties_of_a_push):
 * JSON, `data` in base64, absent when it is empty. Put together by hand: `JSON.stringify` would look for characters to
 * escape in megabytes of base64.
 */
function pushBody(message: PulledMessage): string {
  const time = new Date(message.publishTimeMillis).toISOString();
  const data =
    message.data.byteLength === 0
      ? ''
      : `"data":"${Buffer.from(message.data.buffer, message.data.byteOffset, message.data.byteLength).toString('base64')}",`;
  const attempt = message.deliveryAttempt === undefined ? '' : `,"deliveryAttempt":${message.deliveryAttempt}`;
  return (
    `{"message":{"attributes":${JSON.stringify(message.attributes)},${data}"messageId":"${message.messageId}",` +
    `"message_id":"${message.messageId}","publishTime":"${time}","publish_time":"${time}"},` +
    `"subscription":${JSON.stringify(message.subscription)}${attempt}}`
  );
}
