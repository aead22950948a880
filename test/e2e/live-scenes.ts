import axe from 'axe-core';
import type { Browser, BrowserContext, BrowserContextOptions, Locator, Page } from 'playwright-core';
import { afterEach, describe, expect, it } from 'vitest';
import { isJsonObject, type JsonObject } from '../../shared/event/json.ts';
import type { LocalProcess } from '../helpers/local-deployment.ts';
import { makeEvent, sendBatch, trackPlayed, trackPlayedData } from '../helpers/local-events.ts';
import { parseJson, send } from '../helpers/local-http.ts';
import { query } from '../helpers/local-operator.ts';
import { schemaDocument } from '../helpers/schemas.ts';

const phone = { width: 360, height: 740 };
const desk = { width: 1_280, height: 900 };
const slow = { timeout: 30_000 };
/** Everything that the page loads, its first answer included. */
const maxPageBytes = 60 * 1_024;

/** What a person does with the live page, in a deployment that others use, too. It is emptied at the end. */
export function describeLivePage(deployment: () => LocalProcess, browser: () => Browser): void {
  describe('the live page', () => {
    const open: { readonly context: BrowserContext; readonly problems: string[] }[] = [];
    afterEach(async () => {
      for (const { context, problems } of open.splice(0)) {
        await context.close();
        expect(problems).toEqual([]);
      }
    });

    async function visit(options: BrowserContextOptions = {}, link = deployment().livePageUrl): Promise<Page> {
      const context = await browser().newContext(options);
      const problems: string[] = [];
      open.push({ context, problems });
      context.on('request', (request) => {
        if (!request.url().startsWith(deployment().url)) problems.push(request.url());
      });
      const page = await context.newPage();
      page.on('pageerror', (error) => problems.push(error.message));
      page.on('console', (message) => {
        if (message.type() === 'error') problems.push(message.text());
      });
      await page.goto(link);
      await expect.poll(() => page.locator('#accepted').textContent(), slow).toMatch(/^[\d,]+$/);
      return page;
    }

    const sendOne = (event: JsonObject, key = 'local-dev-key:web') =>
      sendBatch(deployment().url, { events: [event], key });

    it('tells why an event was refused and how to mend it; corrected there it becomes a row', async () => {
      const page = await visit();
      const wrong = { ...trackPlayedData(), ms_played: 'two minutes' };
      const event = makeEvent({ data: wrong });
      await sendOne(event);
      const line = page.locator('#events li').filter({ hasText: '/data/ms_played' }).first();
      await expect.poll(() => line.count(), slow).toBe(1);
      await expect.poll(() => groupOf(page, trackPlayed).count(), slow).toBeGreaterThan(0);
      await expect.poll(() => page.locator('#refused').textContent(), slow).toContain('/data/ms_played');
      const dialog = page.getByRole('dialog');
      await clickUntilOpen(line.getByRole('button'), dialog);
      await expect.poll(() => dialog.textContent()).toContain('wanted: integer, at least 0');
      await expect.poll(() => dialog.textContent()).toContain('To do: Correct what sends it');
      await dialog.getByRole('button', { name: 'Show the payload' }).click();
      const payload = dialog.getByLabel('The payload, decrypted on this machine');
      await expect.poll(() => payload.inputValue().catch(() => ''), slow).toContain('"two minutes"');
      await payload.fill((await payload.inputValue()).replace('"two minutes"', '120000'));
      await dialog.getByRole('button', { name: 'Send it corrected' }).click();
      await expect.poll(() => dialog.textContent(), slow).toContain('accepted');
      await expect.poll(() => dialog.textContent(), slow).toContain('The refused one waits no longer.');
      await dialog.getByRole('button', { name: 'Close' }).click();
      await expect.poll(() => rowShown(page, event.id), slow).toBe(true);
      const refused = page.locator('#refused');
      await expect
        .poll(() => refused.textContent(), slow)
        .toContain('1 record went on by a replay, or corrected here.');
      expect(await refused.textContent()).not.toContain('/data/ms_played');
      await expect
        .poll(() =>
          query(
            deployment(),
            `SELECT data.ms_played AS ms FROM events.playback_track_played_v1 WHERE event_id = '${event.id}'`,
          ),
        )
        .toEqual([{ ms: 120_000 }]);
    });

    it('a type that nobody knew is published, and its event goes on with a replay', async () => {
      const type = 'home.lamp-switched.v1';
      const event = makeEvent({ type, data: { on: true } });
      await sendOne(event);
      const page = await visit();
      const group = groupOf(page, type);
      await expect.poll(() => group.textContent(), slow).toContain('no schema of this type is active');
      await expect.poll(() => group.textContent()).toContain('publish its schema');
      await publish(
        deployment(),
        type,
        schemaDocument({ type, properties: { on: { type: 'boolean', description: 'Whether it shines now.' } } }),
      );
      // The group is made anew when its type is known: a click that begins on the old button and ends on the new one is none.
      await expect.poll(() => group.getByRole('link', { name: type }).count(), slow).toBe(1);
      await group.getByRole('button', { name: 'Replay 1 event' }).click();
      await expect.poll(() => group.textContent(), slow).toContain('1 event went on');
      await expect.poll(() => rowShown(page, event.id), slow).toBe(true);
    });

    it('without its link it shows counts, and says how events are seen', async () => {
      await sendOne(makeEvent({ data: {} }));
      const page = await visit({}, `${deployment().url}/`);
      await expect.poll(() => page.locator('#locked').isVisible()).toBe(true);
      await expect.poll(() => page.locator('#refused article').count(), slow).toBeGreaterThan(0);
      expect(await page.locator('#events li').count()).toBe(0);
    });

    it('is used with the keyboard, and tells assistive technology what is what', async () => {
      await sendOne(makeEvent());
      const page = await visit();
      await page.keyboard.press('Tab');
      expect(await page.locator(':focus').textContent()).toBe('Skip to the content');
      const first = page.locator('#events button').first();
      await expect.poll(() => first.count(), slow).toBe(1);
      await page.getByRole('button', { name: 'Hold' }).press('Enter');
      await expect.poll(() => page.getByRole('status').first().textContent()).toBe('The list is held.');
      await first.press('Enter');
      const dialog = page.getByRole('dialog');
      await expect.poll(() => dialog.isVisible(), slow).toBe(true);
      await page.keyboard.press('Escape');
      await expect.poll(() => dialog.isVisible()).toBe(false);
      await expect.poll(() => first.evaluate((element) => element.matches(':focus'))).toBe(true);
      const tree = await page.locator('body').ariaSnapshot();
      for (const part of [
        'heading "Live" [level=1]',
        'navigation "Other pages"',
        'region "Last five minutes"',
        'img "Rows a second over the last five minutes',
        'button "Hold" [pressed]',
        'region "Refused, and what was wanted"',
        'table "What waits"',
        'rowheader "dedup"',
      ]) {
        expect(tree).toContain(part);
      }
    });

    it.each(['light', 'dark'] as const)('fits a phone and axe finds nothing, %s', async (colorScheme) => {
      await sendOne(makeEvent({ data: {} }));
      const page = await visit({ colorScheme, viewport: phone });
      await expect.poll(() => page.locator('#refused article').count(), slow).toBeGreaterThan(0);
      await expect.poll(() => page.locator('#events li').count(), slow).toBeGreaterThan(0);
      expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(phone.width);
      expect(await violations(page)).toEqual([]);
      await page.setViewportSize(desk);
      const widths = await page.evaluate<readonly [number, number]>(
        "['#plot', '#plot svg'].map((part) => document.querySelector(part).getBoundingClientRect().width)",
      );
      expect(widths[1]).toBe(widths[0]);
      expect(widths[0]).toBeGreaterThan(phone.width);
      await page.setViewportSize(phone);
      await clickUntilOpen(page.locator('#refused .record').first(), page.getByRole('dialog'));
      await page.getByRole('button', { name: 'Show the payload' }).click();
      await expect.poll(() => page.getByRole('dialog').getByRole('textbox').count(), slow).toBe(1);
      expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(phone.width);
      expect(await violations(page)).toEqual([]);
      for (const path of ['/playground/', '/playground/closed.html']) {
        await page.goto(`${deployment().url}${path}`);
        await expect.poll(() => page.locator('h1').count()).toBe(1);
        expect(await violations(page), path).toEqual([]);
      }
    });

    it('weighs little', async () => {
      const context = await browser().newContext();
      open.push({ context, problems: [] });
      const page = await context.newPage();
      const sizes: Promise<number>[] = [];
      page.on('response', (response) => {
        if (!response.url().includes('state.json')) sizes.push(response.body().then((body) => body.length));
      });
      const answered = page.waitForResponse((response) => response.url().includes('state.json'));
      await page.goto(deployment().livePageUrl);
      const state = (await (await answered).body()).length;
      await expect.poll(() => page.locator('#accepted').textContent(), slow).not.toBe('–');
      const bytes = (await Promise.all(sizes)).reduce((sum, size) => sum + size, state);
      expect(sizes.length).toBeGreaterThan(5);
      expect(bytes).toBeLessThan(maxPageBytes);
    });

    it('emptied it waits for the first event, says how to send one, and knows its types still', async () => {
      const page = await visit();
      await expect.poll(() => page.locator('#events li').count(), slow).toBeGreaterThan(0);
      const ask = page.getByRole('button', { name: 'Empty everything' });
      const dialog = page.getByRole('dialog');
      await ask.click();
      await dialog.getByRole('button', { name: 'Keep them' }).click();
      await expect.poll(() => dialog.isVisible()).toBe(false);
      expect(await page.locator('#waiting').isVisible()).toBe(false);
      await ask.click();
      expect(await violations(page)).toEqual([]);
      await dialog.getByRole('button', { name: 'Delete them' }).click();
      await expect.poll(() => page.locator('#waiting').isVisible(), slow).toBe(true);
      await expect.poll(() => page.locator('#accepted').textContent(), slow).toBe('0');
      await expect.poll(() => page.locator('#refused').textContent(), slow).toBe('Nothing waits in quarantine.');
      expect(await page.locator('#events li').count()).toBe(0);
      await expect.poll(() => page.locator('#curl').textContent(), slow).toMatch(/^curl -s http.*\/v1\/events /);
      const event = makeEvent();
      await sendOne(event);
      await expect.poll(() => rowShown(page, event.id), slow).toBe(true);
      await expect
        .poll(() => query(deployment(), 'SELECT count(*) AS n FROM events.playback_track_played_v1'))
        .toEqual([{ n: 1 }]);
    });
  });
}

/** Of a type, whatever the reason. */
function groupOf(page: Page, type: string) {
  return page.locator('#refused article').filter({ hasText: type }).first();
}

/** What is clicked may be made anew while it is: then nobody hears the click. */
async function clickUntilOpen(target: Locator, dialog: Locator): Promise<void> {
  await expect
    .poll(async () => {
      await target.click();
      return dialog.isVisible();
    }, slow)
    .toBe(true);
}

/** Whether a line of the list opens a row of this id. */
async function rowShown(page: Page, id: string): Promise<boolean> {
  const lines = page.locator('#events li').filter({ has: page.locator('.badge.accepted') });
  const dialog = page.getByRole('dialog');
  if ((await lines.count()) === 0) return false;
  await lines.first().getByRole('button').click();
  await expect.poll(() => dialog.isVisible(), slow).toBe(true);
  const shows = (await dialog.textContent())?.includes(id) ?? false;
  await dialog.getByRole('button', { name: 'Close' }).click();
  return shows;
}

/** What axe finds: its rules, and the places. A script of the page itself its policy would refuse. */
export async function violations(page: Page): Promise<unknown> {
  await page.evaluate(axe.source);
  // Of what is in order nothing is told, which would be most of the work on a page of thousands of fields.
  return page.evaluate(
    'axe.run({ resultTypes: ["violations"] }).then(({ violations }) => violations.map(({ id, nodes }) => [id, nodes.map(({ target }) => String(target))]))',
  );
}

/** As `edi schema publish` uploads it; resolves when it is active. */
async function publish({ operatorUrl, token }: LocalProcess, type: string, document: JsonObject): Promise<void> {
  const headers = { authorization: `Bearer ${token}` };
  const url = `${operatorUrl}/schemas`;
  await send({
    url,
    headers,
    body: JSON.stringify({ object: `${type.replace('.', '/')}.json`, text: JSON.stringify(document) }),
  });
  const isActive = async () => {
    const state = parseJson(await send({ url, headers }));
    const types = isJsonObject(state) && Array.isArray(state['types']) ? state['types'] : [];
    return types.some((active) => isJsonObject(active) && active['type'] === type);
  };
  await expect.poll(isActive, slow).toBe(true);
}
