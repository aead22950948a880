import type { IncomingMessage } from 'node:http';
import { parseInstant } from '../../shared/event/time.ts';
import type { KnownKey } from '../../shared/event-types/check-event.ts';
import type { EventTypes } from '../../shared/event-types/event-types.ts';
import { readBody } from '../../shared/http/body.ts';
import { connectionClock } from '../../shared/http/connection-clock.ts';
import type { Observer } from '../../shared/observe/observer.ts';
import { traceFields } from '../../shared/observe/trace.ts';
import type { Random } from '../../shared/ports/random.ts';
import type { WriteKeys } from '../../shared/ports/write-keys.ts';
import { type Guest, makeAdmission } from './admission.ts';
import { answerText } from './answer-text.ts';
import { mayHoldKey } from './body-format.ts';
import { makeClientOf } from './client-address.ts';
import type { IngestConfig } from './config.ts';
import type { IngestRequest } from './decide.ts';
import { type Answer, type Problem, problem } from './problem.ts';
import { type RequestEvents, readEvents } from './read-events.ts';
import type { IngestAnswer } from './stage.ts';
import { findKey, findWriteKey, type KeyAnswer } from './write-key.ts';

export interface ReceiverOptions {
  readonly random: Random;
  readonly eventTypes: EventTypes;
  readonly writeKeys: WriteKeys;
  readonly observer: Observer;
  readonly config: IngestConfig;
  readonly ingest: (request: IngestRequest) => Promise<IngestAnswer>;
}

interface Visit {
  readonly client: string;
  readonly guest: Guest;
}

type FoundKey = KnownKey | { readonly kind: 'missing' };

/** `POST /v1/events`: key, body, events, answer; in this order, so that a stranger costs no memory. */
export function makeReceiver(options: ReceiverOptions): (request: IncomingMessage, url: URL) => Promise<Answer> {
  const { config, observer, random } = options;
  const admission = makeAdmission(config, connectionClock);
  const clientOf = makeClientOf(config.forwardedEntry, random);

  async function receive(request: IncomingMessage, url: URL, visit: Visit): Promise<Answer> {
    const { guest } = visit;
    const found = await findKey(request, url, options.writeKeys);
    // Where the key may be in the body, a stranger costs memory, too, within the bounds of everybody.
    const key = found.kind === 'missing' && mayHoldKey(request.headers) ? found : authorize(found, options);
    if (key.kind === 'problem') return key;
    if (!joinsKey(key, guest)) return busy(config);
    const body = await readBody(request, config.maxBodyBytes, guest.watch);
    if (body.kind === 'body') return receiveBody(request, visit, { key, body: body.bytes });
    if (body.kind === 'aborted') return problem(400, 'Incomplete body', 'The connection ended before the body did.');
    if (body.kind === 'busy') return busy(config);
    if (body.kind === 'slow') return tooSlow(config);
    return problem(413, 'Body too large', `A request is at most ${config.maxBodyBytes} bytes; split the batch.`);
  }

  /**
   * Neither this nor what it calls waits with a body or events in hand: they are let go once they are decided, while the
   * answer waits for what was stored.
   */
  function receiveBody(
    request: IncomingMessage,
    visit: Visit,
    { key, body }: { readonly key: FoundKey; readonly body: Buffer },
  ): Answer | Promise<Answer> {
    const events = readEvents(request.headers, body, config.maxBodyBytes);
    if (events.kind === 'problem') return events;
    const inflatedBytes = events.bodyBytes - body.length;
    if (inflatedBytes > 0 && !visit.guest.hold(inflatedBytes)) return busy(config);
    return key.kind === 'missing'
      ? receiveWithKey(request, visit, events)
      : receiveEvents(request, visit, { key, events });
  }

  /** Of a body that holds its own key. */
  async function receiveWithKey(request: IncomingMessage, visit: Visit, events: RequestEvents): Promise<Answer> {
    const key = authorize(await findWriteKey(events.key, options.writeKeys), options);
    if (key.kind === 'problem') return key;
    if (!joinsKey(key, visit.guest)) return busy(config);
    return receiveEvents(request, visit, { key, events });
  }

  function receiveEvents(
    request: IncomingMessage,
    { client }: Visit,
    { key, events }: { readonly key: KnownKey; readonly events: RequestEvents },
  ): Answer | Promise<Answer> {
    const count = events.events.length;
    if (count === 0) return problem(400, 'Empty batch', 'A batch holds at least one event.');
    if (count > config.maxRequestEvents) {
      const detail = `A request holds at most ${config.maxRequestEvents} events, this one ${count}; split the batch.`;
      return problem(413, 'Too many events', detail);
    }
    const sentAtMillis = readSentAt(request.headers['x-edi-sent-at']);
    const sentAt = sentAtMillis === undefined ? {} : { sentAtMillis };
    const subjectToken = request.headers['x-edi-subject-token'];
    const token = typeof subjectToken === 'string' ? { subjectToken } : {};
    return answerTo(request, key, options.ingest({ events, key, client, ...sentAt, ...token }));
  }

  async function answerTo(request: IncomingMessage, key: KnownKey, ingested: Promise<IngestAnswer>): Promise<Answer> {
    const result = await ingested;
    if (result.rejected.length > 0) logRejections(observer, result, traceFields(request.headers, config.projectId));
    if (isOnlyTransient(result)) return notNow(config, result);
    return { kind: 'json', status: 200, body: answerText(result), ...(key.kind === 'sdk' ? { sdk: key.sdk } : {}) };
  }

  /** False where a binding with a secret key holds its share. Public keys are shared by all who have the page. */
  function joinsKey(key: FoundKey, guest: Guest): boolean {
    if (key.kind !== 'sdk' || options.eventTypes.sdks.get(key.sdk)?.key !== 'secret') return true;
    return guest.joinKey(key.sdk);
  }

  return async (request, url) => {
    const client = clientOf(request);
    const guest = admission.enter(client);
    if (guest === undefined) return busy(config);
    try {
      return await receive(request, url, { client, guest });
    } finally {
      guest.leave();
    }
  };
}

function authorize(key: KeyAnswer, options: ReceiverOptions): KnownKey | Problem {
  if (key.kind === 'missing' || key.kind === 'unknown') {
    const detail =
      key.kind === 'missing'
        ? 'Send the write key as "Authorization: Bearer <write key>", or as ?key= from a beacon.'
        : 'This write key is not known here, or it was revoked.';
    return problem(401, 'Write key needed', detail, { 'www-authenticate': 'Bearer' });
  }
  if (key.kind === 'sdk' && options.eventTypes.sdks.size > 0 && !options.eventTypes.sdks.has(key.sdk)) {
    return problem(403, 'SDK may not send', 'The SDK of this write key has no binding in sdks.json.');
  }
  return key;
}

function busy(config: IngestConfig): Problem {
  const headers = { 'retry-after': String(config.retryAfterSeconds) };
  return problem(429, 'Too many requests', 'This instance is at its limit; send the request again later.', headers);
}

/** Silence is not waited for: nothing is on its way that the connection should be kept open for. */
function tooSlow(config: IngestConfig): Problem {
  const detail = `A body arrives within ${config.bodyDeadlineMillis / 1_000} s, at ${config.minBodyBytesPerSecond} bytes/s at least.`;
  return problem(408, 'Body too slow', detail, { connection: 'close' });
}

/** Nothing of the request was stored, neither for its table nor in quarantine, and all of it may be sent again. */
function isOnlyTransient({ accepted, duplicates, rejected }: IngestAnswer): boolean {
  return accepted === 0 && duplicates === 0 && rejected.length > 0 && rejected.every(({ transient }) => transient);
}

/** Senders that read no more of an answer than its status take any 200 for delivered, as CloudEvents SDKs do. */
function notNow(config: IngestConfig, result: IngestAnswer): Problem {
  const headers = { 'retry-after': String(config.retryAfterSeconds) };
  const detail = 'Nothing of this request could be decided now; send it again, all of it.';
  return { ...problem(503, 'Not stored', detail, headers), members: result };
}

/**
 * `x-edi-sent-at` as RFC 3339 or as Unix milliseconds, whole or not; anything else counts as not sent. Another scale
 * (seconds, microseconds) cannot be told from a wrong clock: what it makes of a time is checked where that is computed.
 */
function readSentAt(header: string | string[] | undefined): number | undefined {
  if (typeof header !== 'string') return undefined;
  if (/^\d{1,15}(?:\.\d+)?$/.test(header)) return Math.floor(Number(header));
  const instant = parseInstant(header);
  return instant === undefined ? undefined : instant.epochSeconds * 1_000 + Math.floor(instant.micros / 1_000);
}

function logRejections(observer: Observer, answer: IngestAnswer, trace: ReturnType<typeof traceFields>): void {
  const reasons: Record<string, number> = {};
  for (const { reason } of answer.rejected) reasons[reason] = (reasons[reason] ?? 0) + 1;
  const { accepted, duplicates } = answer;
  observer.log('WARNING', 'events rejected', { accepted, duplicates, reasons, ...trace });
}
