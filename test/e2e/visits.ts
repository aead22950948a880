import type { Browser, BrowserContext, BrowserContextOptions, ConsoleMessage, Page } from 'playwright-core';

/** A page that somebody has open. */
export interface Visit {
  readonly context: BrowserContext;
  readonly page: Page;
  /** URLs that are not below the catalog's root. */
  readonly foreignRequests: string[];
  /** What the page logged as an error, or threw, or was refused by its policy. */
  readonly problems: string[];
}

export async function startVisit(browser: Browser, root: string, options: BrowserContextOptions = {}): Promise<Visit> {
  const context = await browser.newContext(options);
  const [foreignRequests, problems]: [string[], string[]] = [[], []];
  context.on('request', (request) => {
    if (!request.url().startsWith(root)) foreignRequests.push(request.url());
  });
  const page = await context.newPage();
  page.on('pageerror', (error) => problems.push(error.message));
  page.on('console', (message) => {
    if (message.type() === 'error' && !isLate(message)) problems.push(message.text());
  });
  return { context, page, foreignRequests, problems };
}

/** Counts that the warehouse of a busy machine cannot tell in time: the page says so, and asks again. */
function isLate(message: ConsoleMessage): boolean {
  return /status of 503/.test(message.text()) && message.location().url.endsWith('.json');
}
