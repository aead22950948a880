import { timingSafeEqual } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { join } from 'node:path';
import type { HttpHandler } from '../../../shared/http/http.ts';
import type { Clock } from '../../../shared/ports/clock.ts';
import { commonStyle } from '../../catalog/layout.ts';
import type { CatalogSite } from '../catalog/catalog-site.ts';
import type { LocalStatus } from '../local-deployment.ts';
import { answerFile, answerLive, answerText, servePages } from '../local-pages.ts';
import type { LiveAction } from './live-actions.ts';
import { countsAnswer, listedEvent, refusedAnswer, rowAnswer } from './live-answers.ts';
import type { RefusedGroup } from './live-quarantine.ts';
import type { StageBacklog } from './live-stages.ts';
import type { LiveWindow } from './live-window.ts';

/** Where the parts of the live page are, beside ingest's own paths; the page itself is at `/`. */
export const livePath = '/live';

export interface LiveSources {
  readonly window: LiveWindow;
  readonly site: () => Promise<CatalogSite>;
  readonly status: () => LocalStatus;
  readonly stages: () => readonly StageBacklog[];
  readonly quarantine: () => Promise<readonly RefusedGroup[] | undefined>;
  /** A command that sends one event; undefined where the schema folder has no example. */
  readonly exampleCurl: () => Promise<string | undefined>;
  /** Taken with POST, by name; each needs the token. */
  readonly actions: ReadonlyMap<string, LiveAction>;
  /** Whoever has it may read events and act; counts are for everybody on this machine. */
  readonly token: string;
  readonly clock: Clock;
}

/** The newest events of one answer: as many as the page shows. */
const maxListed = 20;

const assetFolder = join(import.meta.dirname, 'assets');
const javaScript = 'text/javascript; charset=utf-8';

/** The files of what the page asks for, by its name. What looks like the catalog comes with what it has alone: the first paint waits for one request less. */
const assets: Readonly<Record<string, { readonly files: readonly string[]; readonly contentType: string }>> = {
  '': { files: [join(assetFolder, 'index.html')], contentType: 'text/html; charset=utf-8' },
  'page.css': { files: [commonStyle, join(assetFolder, 'live.css')], contentType: 'text/css; charset=utf-8' },
  ...Object.fromEntries(
    ['live.js', 'page.js', 'plot.js', 'lists.js', 'refused.js', 'details.js'].map((name) => [
      name,
      { files: [join(assetFolder, name)], contentType: javaScript },
    ]),
  ),
};

/**
 * `/live/…` on loopback: the live page's files; `state.json?after=NUMBER`, what it shows; `event.json?number=NUMBER`, a
 * row; and its actions. What holds or changes an event needs the token, which the page takes from the link that the
 * deployment prints: the ports of a machine are open to all of its users.
 */
export function makeLiveHandler(sources: LiveSources): HttpHandler {
  const { window, site, actions, token } = sources;

  async function read(name: string, response: ServerResponse, request: IncomingMessage): Promise<void> {
    if (name === 'state.json') return answerLive(response, await stateOf(sources, request));
    if (name === 'event.json') return tellEvent(response, request);
    if (name === 'example.txt') return answerText(response, 200, (await sources.exampleCurl()) ?? '');
    const asset = Object.hasOwn(assets, name) ? assets[name] : undefined;
    if (asset === undefined) return answerText(response, 404, 'There is no such page here.');
    const texts = await Promise.all(asset.files.map((file) => readFile(file, 'utf8')));
    answerFile(response, texts.join(''), asset.contentType);
  }

  async function tellEvent(response: ServerResponse, request: IncomingMessage): Promise<void> {
    if (!hasToken(request, token)) return answerText(response, 401, needsToken);
    const event = window.event(numberOf(request, 'number'));
    if (event?.kind !== 'row') return answerText(response, 404, 'It is no longer kept here; its table has it.');
    answerLive(response, rowAnswer(event, (await site()).schemas));
  }

  const posts = new Map(
    [...actions].map(([name, action]): [string, LiveAction] => [
      name,
      async (request, response) => {
        if (hasToken(request, token)) return action(request, response);
        request.resume();
        answerText(response, 401, needsToken);
      },
    ]),
  );
  return servePages({ name: 'The live page', path: livePath, read, posts });
}

const needsToken = 'Open the live page with the link that the deployment printed: events are for whoever started it.';

async function stateOf(sources: LiveSources, request: IncomingMessage): Promise<object> {
  const { window, site, status, stages, quarantine, token, clock } = sources;
  const [{ schemas }, groups] = await Promise.all([site(), quarantine()]);
  const events = window.after(numberOf(request, 'after')).slice(0, maxListed);
  return {
    nowMillis: clock.nowMillis(),
    counts: status(),
    rates: window.rates(),
    passed: window.passed,
    types: countsAnswer(window.byType, schemas),
    sdks: countsAnswer(window.bySdk, schemas),
    stages: stages(),
    refused: groups === undefined ? null : refusedAnswer(groups, schemas),
    events: hasToken(request, token) ? events.map((event) => listedEvent(event, schemas)) : null,
  };
}

function numberOf({ url = '' }: IncomingMessage, name: string): number {
  const number = Number(new URL(url, 'http://live').searchParams.get(name) ?? 0);
  return Number.isSafeInteger(number) ? number : 0;
}

function hasToken({ headers }: IncomingMessage, token: string): boolean {
  const given = Buffer.from(headers.authorization ?? '');
  const expected = Buffer.from(`Bearer ${token}`);
  return given.length === expected.length && timingSafeEqual(given, expected);
}

/** Hands a browser that opens `/` to the live page; every other request to `handler`. */
export function behindLivePage(handler: HttpHandler, page: HttpHandler): HttpHandler {
  return (request, response) => {
    const { method = '', url = '', headers } = request;
    const opens = /^\/(?:\?|$)/.test(url) && (method === 'GET' || method === 'HEAD');
    if (!opens || !(headers.accept ?? '').includes('text/html')) return handler(request, response);
    request.url = `${livePath}/`;
    return page(request, response);
  };
}
