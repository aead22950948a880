import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Browser, BrowserContext, BrowserContextOptions, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { renderCatalog } from '../../infra/catalog/render.ts';
import { describeInBrowser } from '../helpers/browser.ts';
import { catalogOf, catalogType } from '../helpers/catalog.ts';
import { type LocalProcess, startLocal } from '../helpers/local-deployment.ts';
import { makeEvent, sendBatch } from '../helpers/local-events.ts';
import { makeScratchFolder } from '../helpers/local-process.ts';
import { schemaDocument } from '../helpers/schemas.ts';
import { describeLivePage } from './live-scenes.ts';
import { describePlayground } from './playground-scenes.ts';

// What a person does with the catalog and with the playground, in a real browser.

const phone = { width: 360, height: 740 };
const trackPage = 'types/playback.track-played.v1.html';

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

  function shownTypes(page: Page): Promise<string[]> {
    return page.locator('.types > li:visible h3 a').allTextContents();
  }

  describe('the list', () => {
    it('finds a type by one of its fields, and leads to the field', async () => {
      const page = await open();
      await page.getByRole('searchbox').fill('display_name');
      expect(await shownTypes(page)).toEqual(['playback.track-played.v1']);
      expect(await page.locator('#found').textContent()).toBe('1 of 12 types');
      await page.getByRole('link', { name: 'companions[].display_name' }).click();
      await page.waitForURL(/#field-companions/);
      const field = page.locator('[id="field-companions[].display_name"]');
      expect(await field.evaluate((element) => element.matches(':target'))).toBe(true);
      await expect.poll(() => field.evaluate((element) => element.getBoundingClientRect().top)).toBeLessThan(200);
    });

    it('narrows by owner, domain and stage, keeps it in the address, and says when nothing fits', async () => {
      const page = await open();
      await page.getByLabel('Owner', { exact: true }).selectOption('team-community');
      const ofTeam = await shownTypes(page);
      expect(ofTeam.length).toBeGreaterThan(0);
      expect(ofTeam.length).toBeLessThan(9);
      await page.waitForURL(/\?owner=team-community$/);
      await page.reload();
      expect(await shownTypes(page)).toEqual(ofTeam);
      await page.getByLabel('Domain', { exact: true }).selectOption('playback');
      expect(await shownTypes(page)).toEqual([]);
      expect(await page.locator('#nothing').isVisible()).toBe(true);
      await page.goto(`${root}?domain=playback&stage=ga`);
      expect(await shownTypes(page)).toEqual(['playback.track-played.v1']);
    });

    it('is used with the keyboard alone', async () => {
      const page = await open();
      await page.keyboard.press('Tab');
      expect(await page.locator(':focus').textContent()).toBe('Skip to the content');
      expect(await page.locator(':focus').boundingBox()).toMatchObject({ y: expect.closeTo(8, 0) });
      await page.keyboard.press('/');
      await page.keyboard.type('github v1');
      expect(await page.getByRole('searchbox').inputValue()).toBe('github v1');
      // Eight of theirs, and one that their relay may send.
      expect(await shownTypes(page)).toHaveLength(9);
      await page.keyboard.press('ArrowDown');
      await page.keyboard.press('ArrowDown');
      expect(await page.locator(':focus').textContent()).toBe('github.issue-comment.v1');
      expect(
        await page.locator(':focus').evaluate((e) => e.ownerDocument.defaultView?.getComputedStyle(e).outlineStyle),
      ).toBe('solid');
      await page.keyboard.press('ArrowUp');
      await page.keyboard.press('ArrowUp');
      expect(await page.getByRole('searchbox').evaluate((e) => e.matches(':focus'))).toBe(true);
      await page.keyboard.press('Escape');
      expect(await shownTypes(page)).toHaveLength(12);
      await page.keyboard.type('star');
      // Others have a field of that name; the type that is called so comes first.
      expect((await shownTypes(page)).slice(0, 1)).toEqual(['github.star.v1']);
      await page.keyboard.press('Enter');
      await page.waitForURL(/types\/github\.star\.v1\.html$/);
      await page.keyboard.press('/');
      await page.waitForURL(/index\.html#q$/);
      expect(await page.getByRole('searchbox').evaluate((e) => e.matches(':focus'))).toBe(true);
    });

    it('tells assistive technology what is what', async () => {
      const page = await open();
      const tree = await page.locator('body').ariaSnapshot();
      for (const part of [
        'heading "Event catalog" [level=1]',
        '- main:',
        'searchbox "Search types, fields, owners and descriptions"',
        'combobox "Owner"',
        'region "github"',
        'heading "github" [level=2]',
        'heading "github.push.v1 ga" [level=3]',
      ]) {
        expect(tree).toContain(part);
      }
    });
  });

  describe('a type', () => {
    it('its texts are copied as they are, and it is announced', async () => {
      const page = await open(trackPage, { permissions: ['clipboard-read', 'clipboard-write'] });
      await page.getByRole('button', { name: 'Copy curl: send one event' }).click();
      await expect.poll(() => page.getByRole('status').textContent()).toBe('Copied: curl: send one event');
      const copied = await page.evaluate('navigator.clipboard.readText()');
      expect(copied).toBe(await page.getByRole('region', { name: 'curl: send one event' }).textContent());
      expect(copied).toMatch(/^curl -s http:\/\/127\.0\.0\.1:\d+\/v1\/events \\\n {2}-H "authorization: /);
    });

    it('tells assistive technology what is what', async () => {
      const tree = await (await open(trackPage)).locator('body').ariaSnapshot();
      for (const part of [
        'navigation "Breadcrumb"',
        'navigation "On this page"',
        'heading "playback.track-played.v1 ga" [level=1]',
        'heading "Fields" [level=2]',
        'region "SQL: the newest events"',
        'button "Copy SQL: the newest events"',
        'term: Owner',
      ]) {
        expect(tree).toContain(part);
      }
    });
  });

  it.each(['light', 'dark'] as const)('fits a phone, %s', async (colorScheme) => {
    const page = await open('', { viewport: phone, colorScheme });
    for (const path of ['', trackPage, 'types/github.pull-request.v1.html']) {
      await page.goto(`${root}${path}`);
      for (const details of await page.locator('summary').all()) await details.click();
      expect(await page.evaluate('document.documentElement.scrollWidth'), path).toBe(phone.width);
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
    await expect.poll(() => line.textContent(), { timeout: 15_000 }).toBe('Last hour: 2 rows, rejected: 1 schema');
    await sendBatch(deployment.url, { events: [makeEvent({ type: 'shop.not-there.v1' })] });
    await page.goto(root);
    await expect
      .poll(() => page.locator('#live-total').textContent(), { timeout: 15_000 })
      .toBe('Last hour, rejected without a type of this catalog: 1 unknown-type');
    const item = page.locator('li[data-type="playback.track-played.v1"] .live');
    expect(await item.textContent()).toBe('Last hour: 2 rows, rejected: 1 schema');
  });

  it('the share of legacy files is drawn, and told as text', async () => {
    await sendBatch(deployment.url, { events: [makeEvent()] });
    const page = await open(trackPage);
    await expect
      .poll(() => page.reload().then(() => page.locator('#legacy-share figcaption').textContent()), { timeout: 30_000 })
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

interface Visit {
  readonly context: BrowserContext;
  readonly page: Page;
  /** URLs that are not below the catalog's root. */
  readonly foreignRequests: string[];
  /** What the page logged as an error, or threw, or was refused by its policy. */
  readonly problems: string[];
}

async function startVisit(browser: Browser, root: string, options: BrowserContextOptions = {}): Promise<Visit> {
  const context = await browser.newContext(options);
  const [foreignRequests, problems]: [string[], string[]] = [[], []];
  context.on('request', (request) => {
    if (!request.url().startsWith(root)) foreignRequests.push(request.url());
  });
  const page = await context.newPage();
  page.on('pageerror', (error) => problems.push(error.message));
  page.on('console', (message) => {
    if (message.type() === 'error') problems.push(message.text());
  });
  return { context, page, foreignRequests, problems };
}
