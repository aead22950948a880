import { expect, it } from 'vitest';
import { describeInBrowser } from '../helpers/browser.ts';
import { serveFedLivePage } from '../helpers/live-page.ts';
import { eventSchema, schemaDocument } from '../helpers/schemas.ts';

// What `npm run bench -- live` measures is bounded here: how much of a fast stream comes into the page.

const table = { dataset: 'events_raw', table: 'shop_order_v1' };
const [perTick, tickMillis] = [100, 10];
const slow = { timeout: 30_000 };

describeInBrowser('the live page beside a flood of events', (browser) => {
  it('shows some of each second, counts all, and does what it is told', async () => {
    await using live = await serveFedLivePage([eventSchema(schemaDocument({}))]);
    const page = await browser().newPage();
    await page.goto(live.url);
    let published = 0;
    const timer = setInterval(() => {
      const rows = Array.from({ length: perTick }, () =>
        JSON.stringify({ event_key: `${published++}`, sdk: 'web', received_time: new Date().toISOString(), data: {} }),
      );
      live.feed.publish(table, rows);
    }, tickMillis);
    try {
      const lines = page.locator('#events li');
      const passed = async () => Number((await page.locator('#accepted').textContent())?.replaceAll(',', ''));
      await expect.poll(passed, slow).toBeGreaterThan(10_000);
      expect(await lines.count()).toBeLessThanOrEqual(20);
      expect(await page.locator('#sampled').textContent()).toMatch(
        / of .* that have passed; of a fast stream some of each second/,
      );

      await page.getByRole('button', { name: 'Hold' }).click();
      const held = await lines.first().textContent();
      const before = await passed();
      await expect.poll(passed, slow).toBeGreaterThan(before);
      expect(await lines.first().textContent()).toBe(held);
      await lines.first().getByRole('button').focus();
      await page.keyboard.press('Enter');
      await expect.poll(() => page.getByRole('dialog').textContent(), slow).toMatch(/A row|no longer kept here/);
      await page.keyboard.press('Escape');
      await page.getByRole('button', { name: 'Hold' }).click();
      await expect.poll(() => lines.first().textContent(), slow).not.toBe(held);
      expect(await lines.count()).toBeLessThanOrEqual(21);
      expect(await page.evaluate('document.querySelectorAll("*").length')).toBeLessThan(600);
    } finally {
      clearInterval(timer);
      await page.close();
    }
    expect(published).toBeGreaterThan(10_000);
  });
});
