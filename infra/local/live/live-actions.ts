import type { KeyObject } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { isJsonObject, parseJson } from '../../../shared/event/json.ts';
import { readBody } from '../../../shared/http/body.ts';
import { passedToken } from '../../../shared/http/caller.ts';
import type { HttpHandler } from '../../../shared/http/http.ts';
import type { Observer } from '../../../shared/observe/observer.ts';
import type { QuarantineRecord, QuarantineRecords } from '../../../shared/ports/quarantine-records.ts';
import { openQuarantined } from '../../../shared/quarantine/quarantine-record.ts';
import { localCaller } from '../local-caller.ts';
import { answerLive, answerText } from '../local-pages.ts';

export interface LiveActionParts {
  readonly records: QuarantineRecords;
  /** Opens payloads of refused events; nothing but a local deployment has it beside a page. */
  readonly privateKey: KeyObject;
  /** The function replay, once it has started. */
  readonly replay: () => HttpHandler | undefined;
  /** Has a record wait no longer, whose corrected event was accepted. */
  readonly settle: (recordKey: string) => Promise<'settled' | 'busy'>;
  /** Empties tables and queues. */
  readonly reset: () => Promise<void>;
  readonly observer: Observer;
}

export type LiveAction = (request: IncomingMessage, response: ServerResponse) => Promise<void>;

/** A request is the key of a record. */
const maxBodyBytes = 1_024;

/** What a page may have done, each with POST; who may ask was decided before. */
export function makeLiveActions(parts: LiveActionParts): ReadonlyMap<string, LiveAction> {
  return new Map([
    ['payload', (request, response) => showPayload(request, response, parts)],
    ['settle', (request, response) => settle(request, response, parts)],
    ['replay', (request, response) => replay(request, response, parts)],
    ['reset', (request, response) => reset(request, response, parts)],
  ]);
}

/** `{"key"}`: what the record holds, as its client wrote it. That it was shown is in the log. */
async function showPayload(
  request: IncomingMessage,
  response: ServerResponse,
  { records, privateKey, observer }: LiveActionParts,
): Promise<void> {
  const key = await askedKey(request);
  if (key === undefined) return answerText(response, 400, noKey);
  const record = await recordOf(records, key);
  if (record === undefined) return answerText(response, 404, noRecord);
  const opened = openQuarantined(privateKey, record);
  if (opened === undefined) return answerText(response, 409, 'It is not encrypted to the key of this deployment.');
  observer.log('INFO', 'the payload of a refused event was shown in the live page', { record: key });
  const { sdk, events } = record;
  const text = Buffer.from(opened.payload).toString('utf8');
  answerLive(response, { text, sdk: sdk ?? null, events: events ?? 1 });
}

const noKey = 'Send {"key"}.';
const noRecord = 'There is no such record in the quarantine.';

async function askedKey(request: IncomingMessage): Promise<string | undefined> {
  const body = await readBody(request, maxBodyBytes);
  const value = body.kind === 'body' ? parseJson(body.bytes.toString('utf8')) : undefined;
  const key = isJsonObject(value) ? value['key'] : undefined;
  return typeof key === 'string' ? key : undefined;
}

/** `{"key"}`: its event was corrected, and accepted. A record that holds several events is none of those. */
async function settle(
  request: IncomingMessage,
  response: ServerResponse,
  { records, settle: mark, observer }: LiveActionParts,
): Promise<void> {
  const key = await askedKey(request);
  if (key === undefined) return answerText(response, 400, noKey);
  const record = await recordOf(records, key);
  if (record === undefined || (record.events ?? 1) > 1) return answerText(response, 404, noRecord);
  if ((await mark(key)) === 'busy')
    return answerText(response, 409, 'A replay runs: the record waits until it has ended.');
  observer.log('INFO', 'a refused event was corrected in the live page', { record: key });
  answerLive(response, {});
}

async function recordOf(records: QuarantineRecords, recordKey: string): Promise<QuarantineRecord | undefined> {
  for await (const [record] of records.read({ recordKey })) return record;
  return undefined;
}

/** A request of the function replay, which this user may call. */
async function replay(
  request: IncomingMessage,
  response: ServerResponse,
  { replay: find }: LiveActionParts,
): Promise<void> {
  const called = find();
  if (called === undefined) return answerText(response, 503, 'Replay has not started.');
  request.url = '/';
  // The page's own; the function takes no other page's.
  delete request.headers.origin;
  request.headers.authorization = passedToken(localCaller());
  await called(request, response);
}

async function reset(request: IncomingMessage, response: ServerResponse, parts: LiveActionParts): Promise<void> {
  request.resume();
  await parts.reset();
  parts.observer.log('INFO', 'tables and queues were emptied from the live page');
  answerLive(response, {});
}
