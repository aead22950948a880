import type { BrowserContext, Page } from 'playwright-core';
import { trackPlayed, trackPlayedData } from './local-events.ts';

/** Pages of an origin of their own that use the client. */
export interface ClientPages {
  /** A tab with a client that has its storage open. */
  open(context: BrowserContext): Promise<Page>;
  /** Tracks so many events; answers with what became of them. */
  track(page: Page, count: number, data?: object): Promise<{ kind: string; id: string; durability: string }[]>;
  /** Sends what there is until nothing is left. */
  flush(page: Page): Promise<void>;
}

/** `site` serves the client at `/client.js`. */
export function makeClientPages(site: string, receiver: string): ClientPages {
  const options = JSON.stringify({ url: receiver, key: 'local-dev-key', lingerMillis: 50 });
  return {
    async open(context) {
      const page = await context.newPage();
      await page.goto(site);
      await page.evaluate(`import('/client.js').then(async ({ createClient }) => {
        window.client = createClient(${options});
        window.told = [];
        window.client.on('state', ({ durability }) => window.told.push(durability));
        await window.client.flush();
      })`);
      return page;
    },
    track: (page, count, data = trackPlayedData()) =>
      page.evaluate(
        `Promise.all(Array.from({ length: ${count} }, () =>
          window.client.track('${trackPlayed}', ${JSON.stringify(data)}, { subject: 'somebody' })))`,
      ),
    flush: (page) =>
      page.evaluate(`(async () => {
        while ((await window.client.flush()).queued > 0) await new Promise((done) => setTimeout(done, 50));
      })()`),
  };
}
