import { createServer } from 'node:http';
import type { BrowserContext, Page } from 'playwright-core';
import { bundleBrowserClient, type ClientBundle } from '../../infra/bundle/client.ts';
import { closeServer, listenOnLoopback } from '../../infra/local/function-servers.ts';
import { trackPlayed, trackPlayedData } from './local-events.ts';

/** Pages of an origin of their own that use the client. */
export interface ClientPages {
  /** Where they are. */
  readonly url: string;
  readonly bundle: ClientBundle;
  /** A tab with a client that has its storage open. */
  open(context: BrowserContext): Promise<Page>;
  /** Loads the page of a tab, again where it was there: another client. */
  load(page: Page): Promise<void>;
  /** Tracks so many events; answers with what became of them. */
  track(page: Page, count: number, data?: object): Promise<{ kind: string; id: string; durability: string }[]>;
  /** Sends what there is until nothing is left. */
  flush(page: Page): Promise<void>;
  close(): Promise<void>;
}

/** Serves pages that send to a receiver. */
export async function serveClientPages(receiver: string): Promise<ClientPages> {
  const bundle = await bundleBrowserClient();
  const server = createServer(({ url }, response) => {
    if (url === '/client.js') response.writeHead(200, { 'content-type': 'text/javascript' }).end(bundle.code);
    else response.writeHead(200, { 'content-type': 'text/html' }).end('<!doctype html><title>shop</title>');
  });
  const url = `http://localhost:${await listenOnLoopback(server, 0)}/`;
  const options = JSON.stringify({ url: receiver, key: 'local-dev-key', lingerMillis: 50 });

  async function load(page: Page): Promise<void> {
    await page.goto(url);
    await page.evaluate(`import('/client.js').then(async ({ createClient }) => {
      window.client = createClient(${options});
      await window.client.flush();
    })`);
  }

  return {
    url,
    bundle,
    async open(context) {
      const page = await context.newPage();
      await load(page);
      return page;
    },
    load,
    track: (page, count, data = trackPlayedData()) =>
      page.evaluate(
        `Promise.all(Array.from({ length: ${count} }, () =>
          window.client.track('${trackPlayed}', ${JSON.stringify(data)}, { subject: 'somebody' })))`,
      ),
    flush: (page) =>
      page.evaluate(`(async () => {
        while ((await window.client.flush()).queued > 0) await new Promise((done) => setTimeout(done, 50));
      })()`),
    close: () => closeServer(server),
  };
}
