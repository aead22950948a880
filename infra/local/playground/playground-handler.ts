import { readFile } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { join } from 'node:path';
import type { HttpHandler } from '../../../shared/http/http.ts';
import type { Clock } from '../../../shared/ports/clock.ts';
import type { LiveFeed } from '../live-feed.ts';
import type { LocalStatus } from '../local-deployment.ts';
import { answerFile, answerLive, answerText, servePages } from '../local-pages.ts';
import { makeLivePlays } from './live-plays.ts';

/** Where the playground is, beside ingest's own paths. */
export const playgroundPath = '/playground';

export interface PlaygroundSources {
  readonly feed: LiveFeed;
  readonly status: () => LocalStatus;
  readonly clock: Clock;
}

/** Files of `assets/`, by the name that a page asks for. */
const assets: Readonly<Record<string, readonly [file: string, contentType: string]>> = {
  '': ['index.html', 'text/html; charset=utf-8'],
  'closed.html': ['closed.html', 'text/html; charset=utf-8'],
  'playground.css': ['playground.css', 'text/css; charset=utf-8'],
  'playground.js': ['playground.js', 'text/javascript; charset=utf-8'],
  'player.js': ['player.js', 'text/javascript; charset=utf-8'],
  'transport.js': ['transport.js', 'text/javascript; charset=utf-8'],
};

/** A request to here is one to a receiver that fails: nothing is stored. Only the playground's page sends any. */
const failingName = 'failing';
const tokenPattern = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/**
 * `/playground/…` on loopback: a player that sends `playback.*` with the browser client, and `live.json`, what has become
 * of it: counts of the deployment, and the rows of that page alone.
 */
export function makePlaygroundHandler({ feed, status, clock }: PlaygroundSources): HttpHandler {
  const plays = makeLivePlays(feed, clock);
  let client: Promise<string> | undefined;

  async function read(name: string, response: ServerResponse, request: IncomingMessage): Promise<void> {
    if (name === 'live.json') return tellLive(request, response);
    if (name === 'client.js') {
      client ??= bundleClient();
      return answerFile(response, await client, 'text/javascript; charset=utf-8');
    }
    const [file, contentType] = (Object.hasOwn(assets, name) ? assets[name] : undefined) ?? [];
    if (file === undefined || contentType === undefined) {
      return answerText(response, 404, 'There is no such page in the playground.');
    }
    answerFile(response, await readFile(join(import.meta.dirname, 'assets', file), 'utf8'), contentType);
  }

  /** The bundler is loaded when the page is opened, not with each start. */
  async function bundleClient(): Promise<string> {
    try {
      const { bundleBrowserClient } = await import('../../bundle/client.ts');
      return (await bundleBrowserClient()).code;
    } catch (error) {
      client = undefined;
      throw error;
    }
  }

  function tellLive({ url = '' }: IncomingMessage, response: ServerResponse): void {
    const { searchParams } = new URL(url, 'http://playground');
    const [token, after] = [searchParams.get('token') ?? '', Number(searchParams.get('after') ?? 0)];
    if (!tokenPattern.test(token) || !Number.isSafeInteger(after)) {
      answerText(response, 400, 'Ask with ?token=UUID&after=NUMBER.');
      return;
    }
    const { accepted, duplicates, rejected, rows, backlog } = status();
    const counts = { accepted, duplicates, rejected, rows, backlog };
    answerLive(response, { counts, rows: plays.after(token, after) });
  }

  return servePages({ name: 'The playground', path: playgroundPath, read, posts: new Map([[failingName, fail]]) });
}

function fail(request: IncomingMessage, response: ServerResponse): void {
  request.on('error', () => undefined);
  request.resume().once('end', () => answerText(response, 503, 'This receiver fails, as it was asked to.'));
}
