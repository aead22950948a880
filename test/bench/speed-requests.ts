import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { makeGitHubEvents } from '../../infra/cli/demo/github-events.ts';
import type { JsonObject } from '../../shared/event/json.ts';
import { makeEvent } from '../helpers/local-events.ts';
import { webhookExamples } from '../helpers/local-webhooks.ts';

/** What a request of a run is made of. */
export interface Traffic {
  readonly kind: 'playback' | 'github';
  readonly events: number;
  readonly coding: 'plain' | 'gzip';
  readonly writeKey: string;
  /** So many installations take turns, a request each; without it all requests are of one. Needs a body that is not gzip. */
  readonly installations?: number;
  /** Sent as it is, instead of events. */
  readonly bodyFile?: string;
}

/** Bodies that cannot be changed as they are sent (gzip) are so many, in turns. */
const zippedBodies = 64;
const counterDigits = 12;
/** The last characters of the source's name become the number of its installation. */
const sourceDigits = 6;
const sourceDigitsAt = '"source":"test-installation'.length - sourceDigits;

/**
 * For each connection the next request, whole: head and body. No two events of a run have one id, which is written into the
 * body before it is sent; in gzip bodies it repeats after `zippedBodies` requests.
 */
export function makeRequests(traffic: Traffic, url: string, connections: number): (() => Buffer)[] {
  if (traffic.bodyFile !== undefined) {
    const request = requestOf(url, traffic, readFileSync(traffic.bodyFile));
    return Array.from({ length: connections }, () => () => request);
  }
  let counter = 0;
  const text = bodyText(traffic);
  const idPlaces = [...text.matchAll(/"id":"[0-9a-f-]{24}([0-9a-f]{12})"/g)].map(({ index }) => index + 6 + 24);
  if (idPlaces.length !== traffic.events) throw new Error('each event has one id that is changed');
  const number = (bytes: Buffer, start: number) => {
    for (const place of idPlaces)
      bytes.write((counter++).toString(16).padStart(counterDigits, '0'), start + place, 'latin1');
  };
  const sourcePlaces = [...text.matchAll(/"source":"test-installation"/g)].map(({ index }) => index + sourceDigitsAt);
  const { installations } = traffic;
  let requests = 0;
  const nameSource = (bytes: Buffer, start: number) => {
    if (installations === undefined) return;
    const digits = String(requests++ % installations).padStart(sourceDigits, '0');
    for (const place of sourcePlaces) bytes.write(digits, start + place, 'latin1');
  };
  if (traffic.coding === 'gzip') {
    const zipped = Array.from({ length: zippedBodies }, () => {
      const body = Buffer.from(text);
      number(body, 0);
      return requestOf(url, traffic, gzipSync(body));
    });
    let next = 0;
    return Array.from({ length: connections }, () => () => zipped[next++ % zippedBodies] ?? Buffer.alloc(0));
  }
  const body = Buffer.from(text, 'latin1');
  return Array.from({ length: connections }, () => {
    const request = requestOf(url, traffic, body);
    return () => {
      number(request, request.length - body.length);
      nameSource(request, request.length - body.length);
      return request;
    };
  });
}

function requestOf(url: string, { coding, writeKey, bodyFile }: Traffic, body: Buffer): Buffer {
  const { pathname, search, host } = new URL(url);
  const head = [
    `POST ${pathname}${search} HTTP/1.1`,
    `host: ${host}`,
    ...(bodyFile === undefined ? [`authorization: Bearer ${writeKey}`] : []),
    `content-type: ${bodyFile === undefined ? 'application/cloudevents-batch+json' : 'application/json'}`,
    ...(coding === 'gzip' ? ['content-encoding: gzip'] : []),
    `content-length: ${body.length}`,
  ];
  return Buffer.concat([Buffer.from(`${head.join('\r\n')}\r\n\r\n`), body]);
}

/** ASCII alone, so that places in the text are places in the bytes. */
function bodyText({ kind, events }: Traffic): string {
  const made = kind === 'playback' ? playbackEvents(events) : githubEvents(events);
  return JSON.stringify(made).replace(/[^ -~]/g, '?');
}

/** As phones send them: what one installation has played. */
function playbackEvents(count: number): JsonObject[] {
  const now = Date.now();
  return Array.from({ length: count }, (_, at) => makeEvent({ time: new Date(now - at * 1_000).toISOString() }));
}

/** GitHub's own example payloads, from 3 to 30 KB, over and over. */
function githubEvents(count: number): JsonObject[] {
  const types = new Set(
    ['push', 'issues', 'issue-comment', 'star', 'fork', 'release'].map((name) => `github.${name}.v1`),
  );
  const webhooks = webhookExamples().map(({ name, payload }) => ({ name, payloads: [payload] }));
  const { events } = makeGitHubEvents(webhooks, {
    run: { idPrefix: '00000000-0000-7000-8000', tag: 'bench', startMillis: Date.now() },
    types,
    maxEventBytes: 65_536,
  });
  return Array.from({ length: count }, (_, at) => ({ ...events[at % events.length], id: randomUUID() }));
}
