import type { BrowserContextOptions, Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';

// What a person does with the catalog, in a deployment that others use, too.

export const trackPage = 'types/playback.track-played.v1.html';

/** Opens a path below the catalog's root. */
type Open = (path?: string, options?: BrowserContextOptions) => Promise<Page>;

export function shownTypes(page: Page): Promise<string[]> {
  return page.locator('.types > li:visible h3 a').allTextContents();
}

export function describeCatalogList(open: Open): void {
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

    it.each([
      'events.playback_track_played_v1',
      'events_raw.playback_track_played_v1',
      'PII of customers',
      'pseudonymised customer',
      'which types hold personal data of customers?',
    ])('finds the types that hold it: %s', async (question) => {
      const page = await open();
      await page.getByRole('searchbox').fill(question);
      expect(await shownTypes(page)).toEqual(['playback.track-played.v1']);
      const names = await page.locator('.matches a').allTextContents();
      if (question.includes('customer')) expect(names).toContain('client.device_id');
      else expect(names).toEqual([]);
    });

    it('people, treatments and tables of other types are not mixed with those that are asked for', async () => {
      const page = await open();
      const found = async (question: string) => {
        await page.getByRole('searchbox').fill(question);
        return shownTypes(page);
      };
      const ofGithub = await found('personal data of github users');
      expect(ofGithub).toHaveLength(8);
      for (const type of ofGithub) expect(type).toMatch(/^github\./);
      expect(await found('pseudonymized')).toEqual(expect.arrayContaining(['playback.track-played.v1', ...ofGithub]));
      expect(await found('pii')).not.toContain('edi.events-dropped.v1');
      expect(await found('personal data of martians')).toEqual([]);
    });

    it('Enter on a field goes to it, unfolds what is around it, and marks it', async () => {
      const page = await open();
      await page.getByRole('searchbox').fill('requested_reviewers');
      await page.keyboard.press('Enter');
      await page.waitForURL(/types\/github\.pull-request\.v1\.html#field-.*requested_reviewers/);
      const field = page.locator(':target');
      await expect.poll(() => field.isVisible()).toBe(true);
      expect(await field.getAttribute('id')).toMatch(/requested_reviewers$/);
      await expect.poll(() => field.evaluate((element) => element.getBoundingClientRect().top)).toBeLessThan(200);
      const colours = await field.evaluate((element) => {
        const styles = element.ownerDocument.defaultView;
        return [
          styles?.getComputedStyle(element).backgroundColor,
          styles?.getComputedStyle(element.ownerDocument.body).backgroundColor,
        ];
      });
      expect(colours[0]).not.toBe(colours[1]);
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
      await page.goto(new URL('?domain=playback&stage=ga', page.url()).href);
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
        'searchbox "Search types, tables, fields, owners, and whose personal data they hold"',
        'combobox "Owner"',
        'region "github"',
        'heading "github" [level=2]',
        'heading "github.push.v1 ga" [level=3]',
      ]) {
        expect(tree).toContain(part);
      }
    });
  });
}

export function describeTypePages(open: Open): void {
  describe('a type', () => {
    it('its texts are copied as they are, and it is announced', async () => {
      const page = await open(trackPage, { permissions: ['clipboard-read', 'clipboard-write'] });
      await page.getByRole('button', { name: 'Copy curl: send one event' }).click();
      await expect.poll(() => page.locator('#announcement').textContent()).toBe('Copied: curl: send one event');
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

  describe('a long type', () => {
    const longPage = 'types/github.pull-request.v1.html';
    const shownFields = (page: Page) => page.locator('#fields > .fields .field:visible').count();

    it('is folded, unfolded and filtered; a filter shows what it finds wherever it is', async () => {
      const page = await open(longPage);
      const folded = await shownFields(page);
      expect(await page.locator('#fields-found').textContent()).toBe('142 fields');
      await page.getByRole('button', { name: 'Unfold all' }).click();
      expect(await shownFields(page)).toBe(142);
      await page.getByRole('button', { name: 'Fold all', exact: true }).click();
      expect(await shownFields(page)).toBe(folded);
      expect(folded).toBeLessThan(30);
      await page.getByLabel('Filter fields').fill('pseudonymized login');
      const found = Number(
        /^(\d+) of 142 fields$/.exec((await page.locator('#fields-found').textContent()) ?? '')?.[1],
      );
      expect(found).toBeGreaterThan(0);
      expect(await shownFields(page)).toBeGreaterThanOrEqual(found);
      await page.keyboard.press('Enter');
      await expect.poll(() => page.locator('.field:target').textContent()).toMatch(/pseudonymized/);
      await page.getByLabel('Filter fields').press('Escape');
      await expect.poll(() => page.locator('#fields-found').textContent()).toBe('142 fields');
    });

    it('is no longer ten screens of fields before anything else', async () => {
      const page = await open(longPage);
      expect(await page.evaluate('document.documentElement.scrollHeight')).toBeLessThan(10_000);
      const order = await page.locator('main > section > h2').allTextContents();
      expect(order.slice(0, 2)).toEqual(['Query', 'Fields']);
    });
  });
}
