import type { Browser, BrowserContext, BrowserContextOptions, Page } from 'playwright-core';
import { afterEach, describe, expect, it } from 'vitest';
import type { LocalProcess } from '../helpers/local-deployment.ts';
import { trackPlayedTable } from '../helpers/local-events.ts';
import { query, waitUntilIdle } from '../helpers/local-operator.ts';

const phone = { width: 360, height: 740 };
const slow = { timeout: 30_000 };
/** What a browser prints of an answer that the page itself asked for. */
const wantedFailure = /status of 503/;

/** What a person does with the playground, in a deployment that others use, too. */
export function describePlayground(deployment: () => LocalProcess, browser: () => Browser): void {
  describe('the playground', () => {
    const open: { readonly context: BrowserContext; readonly problems: string[] }[] = [];
    afterEach(async () => {
      for (const { context, problems } of open.splice(0)) {
        await context.close();
        expect(problems).toEqual([]);
      }
    });

    async function visit(options: BrowserContextOptions = {}): Promise<Page> {
      const context = await browser().newContext(options);
      const problems: string[] = [];
      open.push({ context, problems });
      context.on('request', (request) => {
        if (!request.url().startsWith(deployment().url)) problems.push(request.url());
      });
      const page = await context.newPage();
      page.on('pageerror', (error) => problems.push(error.message));
      page.on('console', (message) => {
        if (message.type() === 'error' && !wantedFailure.test(message.text())) problems.push(message.text());
      });
      await page.goto(`${deployment().url}/playground/`);
      // The counts of the deployment are there.
      await expect.poll(() => number(page, 'duplicates'), slow).toBeGreaterThanOrEqual(0);
      return page;
    }

    it('a play becomes a row, and its resend a duplicate that is removed', async () => {
      // What others sent has arrived, so that the counts stand still.
      const { duplicates = 0, rows = 0 } = await waitUntilIdle(deployment());
      const page = await visit();
      expect([await number(page, 'duplicates'), await number(page, 'rows')]).toEqual([duplicates, rows]);
      await play(page, 'Slow Train to Lille');
      await expect.poll(() => states(page), slow).toEqual(['row']);
      await expect.poll(() => number(page, 'rows'), slow).toBe(rows + 1);
      await expect
        .poll(() => page.locator('#plays .detail').textContent(), slow)
        .toMatch(/sequence 0 · subject \S+… · in its table \d+ ms/);
      await page.getByRole('button', { name: 'Resend' }).click();
      await expect.poll(() => number(page, 'duplicates'), slow).toBe(duplicates + 1);
      await expect
        .poll(() => page.locator('#requests li').first().textContent(), slow)
        .toBe('Resent 1 event, the same bytes: accepted 1');
      await waitUntilIdle(deployment());
      expect(await number(page, 'rows')).toBe(rows + 1);
      expect(await rowsOf(deployment(), page)).toEqual({ 'pg-1': 1 });
    });

    it('plays that were heard offline, with a failing server and with answers lost arrive once', async () => {
      const page = await visit();
      const duplicates = await number(page, 'duplicates');
      await page.getByRole('button', { name: 'Go offline' }).click();
      await play(page, 'Copper Rain');
      await play(page, 'Paper Lanterns');
      await expect.poll(() => number(page, 'queued'), slow).toBe(2);
      await expect.poll(() => page.locator('#requests').textContent(), slow).toContain('no answer');
      await page.reload();
      await expect.poll(() => states(page), slow).toHaveLength(2);
      await expect.poll(() => states(page), slow).toEqual(['row', 'row']);
      await page.getByRole('button', { name: 'Make the server fail' }).click();
      await play(page, 'Slow Train to Lille');
      await expect.poll(() => page.locator('#requests').textContent(), slow).toContain('503');
      await expect.poll(async () => (await states(page))[0], slow).toBe('in the queue');
      await page.getByRole('button', { name: 'Lose the answers' }).click();
      await page.getByRole('button', { name: 'Make the server fail' }).click();
      await expect.poll(() => page.locator('#requests').textContent(), slow).toContain('stored, answer lost');
      await page.getByRole('button', { name: 'Lose the answers' }).click();
      await expect.poll(() => number(page, 'queued'), slow).toBe(0);
      await expect.poll(() => states(page), slow).toEqual(['row', 'row', 'row']);
      await expect.poll(() => number(page, 'duplicates'), slow).toBeGreaterThan(duplicates);
      await waitUntilIdle(deployment());
      expect(await rowsOf(deployment(), page)).toEqual({ 'pg-1': 1, 'pg-2': 1, 'pg-3': 1 });
    });

    it('what played when the tab was closed is a row after the next visit', async () => {
      const page = await visit();
      await page.getByRole('button', { name: 'Play Copper Rain' }).click();
      await page.getByRole('button', { name: 'Close the tab' }).click();
      await page.waitForURL(/closed\.html$/);
      await page.getByRole('link', { name: 'Open the playground again' }).click();
      await page.waitForURL(/playground\/$/);
      const landed = () => rowsOf(deployment(), page);
      await expect.poll(landed, slow).toEqual({ 'pg-2': 1 });
    });

    it('is used with the keyboard, and tells assistive technology what is what', async () => {
      const page = await visit();
      await page.keyboard.press('Tab');
      expect(await page.locator(':focus').textContent()).toBe('Skip to the content');
      for (let tabs = 0; tabs < 3; tabs++) await page.keyboard.press('Tab');
      expect(await page.locator(':focus').getAttribute('aria-label')).toBe('Play Slow Train to Lille');
      await page.getByRole('button', { name: 'Go offline' }).press('Space');
      expect(await page.getByRole('status').textContent()).toBe('Go offline: on');
      const tree = await page.locator('body').ariaSnapshot();
      for (const part of [
        'heading "Playground" [level=1]',
        'region "Player"',
        'progressbar "Played"',
        'button "Go offline" [pressed]',
        'button "Resend" [disabled]',
        'region "Where the events are"',
        'term: Duplicates removed',
        'region "Plays, and their rows as they land"',
      ]) {
        expect(tree).toContain(part);
      }
      // Last: a play ends by itself after seconds, and its event is sent.
      await page.getByRole('button', { name: 'Play Slow Train to Lille' }).press('Enter');
      expect(await page.locator('#now').textContent()).toBe('Slow Train to Lille, Nadia Ferrant');
    });

    it('fits a phone', async () => {
      const page = await visit({ viewport: phone });
      await play(page, 'Paper Lanterns');
      await expect.poll(() => states(page), slow).toEqual(['row']);
      expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(phone.width);
    });
  });
}

async function play(page: Page, title: string): Promise<void> {
  const before = (await states(page)).length;
  await page.getByRole('button', { name: `Play ${title}` }).click();
  const skip = page.getByRole('button', { name: 'Skip' });
  await expect
    .poll(async () => {
      // A track ends by itself after seconds, and then there is nothing to skip.
      if (await skip.isEnabled()) await skip.click({ timeout: 1_000 }).catch(() => undefined);
      return (await states(page)).length;
    }, slow)
    .toBe(before + 1);
}

function states(page: Page): Promise<string[]> {
  return page.locator('#plays .badge').allTextContents();
}

async function number(page: Page, id: string): Promise<number> {
  return Number(await page.locator(`#${id}`).textContent());
}

/** Rows of the exact view by track, of this page alone. */
async function rowsOf(deployment: LocalProcess, page: Page): Promise<Record<string, number>> {
  const token = await page.evaluate("JSON.parse(localStorage.getItem('edi-playground')).token");
  const found = await query(
    deployment,
    `SELECT data.track.track_id AS track, count(*) AS n FROM events.${trackPlayedTable}
     WHERE data.tags->>'playground' = '${token}' GROUP BY ALL ORDER BY ALL`,
  );
  return Object.fromEntries(found.map(({ track, n }) => [String(track), Number(n)]));
}
