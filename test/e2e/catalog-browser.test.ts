import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { BrowserContextOptions, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { renderCatalog } from '../../infra/catalog/render.ts';
import { describeInBrowser } from '../helpers/browser.ts';
import { catalogOf, catalogType } from '../helpers/catalog.ts';
import { type LocalProcess, startLocal } from '../helpers/local-deployment.ts';
import { makeEvent, sendBatch } from '../helpers/local-events.ts';
import { makeScratchFolder } from '../helpers/local-process.ts';
import { schemaDocument } from '../helpers/schemas.ts';
import { describeCatalogList, describeTypePages, shownTypes, trackPage } from './catalog-scenes.ts';
import { describeLivePage, violations } from './live-scenes.ts';
import { describePlayground } from './playground-scenes.ts';
import { startVisit, type Visit } from './visits.ts';

// What a person does with the catalog and with the playground, in a real browser.

const slow = { timeout: 30_000 };
/** Axe looks at many pages, each of them for seconds where the machine is busy. */
const manyPages = { timeout: 600_000 };
const phone = { width: 360, height: 740 };

describeInBrowser('the pages beside ingest in a browser', (browser) => {
  let deployment: LocalProcess;
  let root: string;
  const visits: Visit[] = [];

  beforeAll(async () => {
    deployment = await startLocal();
    root = `${deployment.url}/catalog/`;
  });
  afterAll(async () => {
    await deployment.stop();
  });
  afterEach(async () => {
    for (const visit of visits.splice(0)) {
      await visit.context.close();
      // Whatever a test does: nothing of another host is asked for, and nothing goes wrong in the page.
      expect(visit.foreignRequests).toEqual([]);
      expect(visit.problems).toEqual([]);
    }
  });

  async function open(path = '', options: BrowserContextOptions = {}): Promise<Page> {
    const visit = await startVisit(browser(), root, options);
    visits.push(visit);
    await visit.page.goto(`${root}${path}`);
    return visit.page;
  }

  describeCatalogList(open);
  describeTypePages(open);

  const everyPage = ['', 'sdks.html', 'subjects.html', trackPage, 'types/github.pull-request.v1.html'];
  const unfold = (page: Page) =>
    page.evaluate("for (const details of document.querySelectorAll('details')) details.open = true;");

  it.each(['light', 'dark'] as const)(
    'fits a phone, and axe finds nothing on any page, %s',
    manyPages,
    async (colorScheme) => {
      const page = await open('', { viewport: phone, colorScheme });
      for (const path of everyPage) {
        await page.goto(`${root}${path}`);
        await unfold(page);
        expect(await violations(page), path).toEqual([]);
        expect(await page.evaluate('document.documentElement.scrollWidth'), path).toBe(phone.width);
      }
    },
  );

  it('axe finds nothing on the page of any other type', manyPages, async () => {
    const page = await open();
    const others = (await shownTypes(page))
      .map((type) => `types/${type}.html`)
      .filter((path) => !everyPage.includes(path));
    expect(others).toHaveLength(10);
    for (const path of others) {
      await page.goto(`${root}${path}`);
      await unfold(page);
      expect(await violations(page), path).toEqual([]);
    }
  });

  it('follows the wish for light or dark', async () => {
    const page = await open();
    const background = async (colorScheme: 'light' | 'dark') => {
      await page.emulateMedia({ colorScheme });
      return page.evaluate('getComputedStyle(document.body).backgroundColor');
    };
    expect(await background('light')).toBe('rgb(255, 255, 255)');
    expect(await background('dark')).toBe('rgb(16, 20, 27)');
  });

  it('reads without JavaScript', async () => {
    const page = await open('', { javaScriptEnabled: false });
    expect(await shownTypes(page)).toHaveLength(12);
    expect(await page.locator('#search').isVisible()).toBe(false);
    await page.getByRole('link', { name: 'playback.track-played.v1' }).click();
    expect(await page.getByText('data.companions.display_name').first().isVisible()).toBe(true);
  });

  it('live counts change when events come', async () => {
    const page = await open(trackPage);
    const line = page.locator('#live');
    await expect.poll(() => line.textContent()).toBe('Last hour: 0 rows, none rejected');
    await sendBatch(deployment.url, { events: [makeEvent(), makeEvent(), makeEvent({ data: {} })] });
    await expect.poll(() => line.textContent(), slow).toBe('Last hour: 2 rows, rejected: 1 schema');
    await sendBatch(deployment.url, { events: [makeEvent({ type: 'shop.not-there.v1' })] });
    await page.goto(root);
    await expect
      .poll(() => page.locator('#live-total').textContent(), slow)
      .toBe('Last hour, rejected without a type of this catalog: 1 unknown-type');
    const item = page.locator('li[data-type="playback.track-played.v1"] .live');
    expect(await item.textContent()).toBe('Last hour: 2 rows, rejected: 1 schema');
  });

  it('completeness and freshness are drawn, and told as text', async () => {
    const page = await open(trackPage);
    const drawn = (id: string) => page.reload().then(() => page.locator(`#${id} figcaption`).textContent(slow));
    await expect
      .poll(() => drawn('completeness'), slow)
      .toMatch(/The last day with events is .*: \d+ received, none of them numbered/);
    await expect
      .poll(() => drawn('freshness'), slow)
      .toMatch(/\d+ rows?, half within .*, 99 of 100 within .* The newest row/);
    expect(await page.locator('#completeness rect.part').count()).toBe(14);
    expect(await page.locator('#freshness rect.part').count()).toBe(24);
    expect(await page.getByRole('img', { name: /^Received of what was sent/ }).count()).toBe(1);
  });

  it('the share of legacy files is drawn, and told as text', async () => {
    await sendBatch(deployment.url, { events: [makeEvent()] });
    const page = await open(trackPage);
    await expect
      .poll(() => page.reload().then(() => page.locator('#legacy-share figcaption').textContent()), slow)
      .toMatch(/^Weeks from .* The last week with events is .*: 0\.0%, 0 of \d+\.$/);
    expect(await page.locator('#legacy-share rect.part').count()).toBe(13);
    expect(await page.locator('#legacy-share svg').getAttribute('aria-label')).toContain(': no events; ');
  });

  // Last: the counts above are exact.
  describePlayground(() => deployment, browser);
  // After all: it publishes a type, and empties everything.
  describeLivePage(() => deployment, browser);
});

describeInBrowser('the catalog as a folder', (browser) => {
  const scratch = makeScratchFolder();
  const root = pathToFileURL(`${scratch.path}/`).href;
  afterAll(() => scratch.remove());

  it('is searched without a server, and a schema that would like to be a script is text', async () => {
    const attack = `</script><script>window.attacked = 1</script><img src=x onerror="window.attacked = 2">`;
    const properties = { field: { type: 'string', description: attack } };
    const document = schemaDocument({ properties, edi: { description: attack, owner: attack } });
    for (const [path, { render }] of renderCatalog(catalogOf([catalogType(document)]))) {
      mkdirSync(join(scratch.path, path, '..'), { recursive: true });
      writeFileSync(join(scratch.path, path), render());
    }
    const { page, context, foreignRequests, problems } = await startVisit(browser(), root);
    await page.goto(`${root}index.html`);
    await page.getByRole('searchbox').fill('attacked');
    expect(await page.locator('#found').textContent()).toBe('1 type');
    await page.getByRole('searchbox').fill('fiel');
    await page.getByRole('link', { name: 'field', exact: true }).click();
    await page.waitForURL(/#field-field$/);
    expect(await page.getByText(attack).first().isVisible()).toBe(true);
    expect(await page.evaluate('window.attacked')).toBeUndefined();
    await context.close();
    expect(foreignRequests).toEqual([]);
    expect(problems).toEqual([]);
  });
});
