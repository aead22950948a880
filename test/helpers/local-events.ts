import { randomUUID } from 'node:crypto';
import { Agent, type OutgoingHttpHeaders, request } from 'node:http';
import type { JsonObject } from '../../shared/event/json.ts';
import { type HttpAnswer, send } from './local-http.ts';

export const trackPlayed = 'playback.track-played.v1';
export const trackPlayedTable = 'playback_track_played_v1';

/** Data of `playback.track-played.v1` that fits its schema. */
export function trackPlayedData(): JsonObject {
  return {
    track: { track_id: 'trk-0001' },
    played_at: new Date().toISOString(),
    ms_played: 1_000,
    reason_start: 'autoplay',
    reason_end: 'track_done',
    client: { os: 'iOS', app_version: '9.1.0' },
  };
}

/** A valid event; its id is a UUID, which the row shows. */
export function makeEvent(parts: JsonObject = {}): JsonObject & { readonly id: string } {
  return {
    specversion: '1.0',
    source: 'test-installation',
    type: trackPlayed,
    time: new Date().toISOString(),
    data: trackPlayedData(),
    ...parts,
    id: typeof parts['id'] === 'string' ? parts['id'] : randomUUID(),
  };
}

export interface BatchCall {
  /** Events, or the JSON text of a batch. */
  readonly events: readonly JsonObject[] | string;
  /** Default `local-dev-key`. */
  readonly key?: string;
  readonly headers?: OutgoingHttpHeaders;
  readonly agent?: Agent;
}

/** Posts a batch to `/v1/events` as an SDK does. */
export function sendBatch(url: string, { events, key = 'local-dev-key', headers = {}, agent }: BatchCall) {
  return send({
    url: `${url}/v1/events`,
    headers: {
      authorization: `Bearer ${key}`,
      'content-type': 'application/cloudevents-batch+json',
      ...headers,
    },
    body: typeof events === 'string' ? events : JSON.stringify(events),
    ...(agent === undefined ? {} : { agent }),
  });
}

export interface UnfinishedRequest {
  /** Sends the rest of the event and waits for the answer. */
  finish(): Promise<HttpAnswer>;
  /** Never sends the rest; the connection stays until the server ends it. */
  leave(): void;
}

/** A client that announces an event and sends half of it. Resolves when the server has the connection. */
export async function beginRequest(url: string, event: JsonObject): Promise<UnfinishedRequest> {
  const unfinished = await sendHalf(url, event);
  // Connections are accepted in order, so the one before this answer has been, too.
  await send({ url: `${url}/health`, agent: new Agent() });
  return unfinished;
}

function sendHalf(url: string, event: JsonObject): Promise<UnfinishedRequest> {
  const text = JSON.stringify(event);
  const half = Math.floor(text.length / 2);
  return new Promise((resolve, reject) => {
    const answer = Promise.withResolvers<HttpAnswer>();
    const headers = { authorization: 'Bearer local-dev-key', 'content-type': 'application/cloudevents+json' };
    const outgoing = request(`${url}/v1/events`, { method: 'POST', headers, agent: false }, (response) => {
      let body = '';
      response.setEncoding('utf8').on('data', (part: string) => {
        body += part;
      });
      response.on('end', () =>
        answer.resolve({ status: response.statusCode ?? 0, headers: response.headers, text: body }),
      );
    });
    outgoing.on('error', (error) => {
      reject(error);
      answer.reject(error);
    });
    outgoing.write(text.slice(0, half), () => {
      resolve({
        finish() {
          outgoing.end(text.slice(half));
          return answer.promise;
        },
        leave() {
          answer.promise.catch(() => undefined);
        },
      });
    });
  });
}
