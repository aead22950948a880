import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { describeInBrowser } from '../helpers/browser.ts';
import { type ClientPages, serveClientPages } from '../helpers/client-pages.ts';
import { type LocalProcess, startLocal } from '../helpers/local-deployment.ts';
import { makeEvent, trackPlayed, trackPlayedData, trackPlayedTable } from '../helpers/local-events.ts';
import { query, waitUntilIdle } from '../helpers/local-operator.ts';

// How pages of another origin send, in a real browser; each way has to end in a row.

const json = 'application/json';
const trace = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';

/** With these headers, whichever they are. */
const fetchWith = (headers: string): string =>
  `(url, text) => fetch(url, { method: 'POST', headers: { 'content-type': '${json}', ${headers} }, body: text }).then((r) => r.status)`;

/** In binary mode, with a further attribute. */
const binaryWith = (name: string, value: string): string => `(url, text) => {
  const { data, ...attributes } = JSON.parse(text);
  const headers = { 'content-type': '${json}', 'ce-${name}': '${value}' };
  for (const [name, value] of Object.entries(attributes)) headers['ce-' + name] = value;
  return fetch(url, { method: 'POST', headers, body: JSON.stringify(data) }).then((r) => r.status);
}`;

/** Functions in the page's language, as text: the page has no modules of ours. */
const senders: Readonly<Record<string, string>> = {
  'beacon of a Blob of JSON': `(url, text) => navigator.sendBeacon(url, new Blob([text], { type: '${json}' }))`,
  'beacon of a Blob of a CloudEvents batch': `(url, text) =>
    navigator.sendBeacon(url, new Blob(['[' + text + ']'], { type: 'application/cloudevents-batch+json' }))`,
  'beacon of a string': '(url, text) => navigator.sendBeacon(url, text)',
  'beacon of a Blob without a type': '(url, text) => navigator.sendBeacon(url, new Blob([text]))',
  'beacon of a form': '(url, text) => navigator.sendBeacon(url, new URLSearchParams({ data: text }))',
  'beacon of a form that holds the key': `(url, text) => {
    const { origin, pathname, searchParams } = new URL(url);
    return navigator.sendBeacon(origin + pathname, new URLSearchParams({ key: searchParams.get('key'), data: text }));
  }`,
  'fetch that outlives the page': `(url, text) =>
    fetch(url, { method: 'POST', keepalive: true, headers: { 'content-type': '${json}' }, body: text }).then((r) => r.status)`,
  'fetch with credentials': `(url, text) =>
    fetch(url, { method: 'POST', credentials: 'include', headers: { 'content-type': '${json}' }, body: text }).then((r) => r.status)`,
  'XMLHttpRequest with credentials': `(url, text) => new Promise((done) => {
    const request = new XMLHttpRequest();
    request.open('POST', url);
    request.withCredentials = true;
    request.setRequestHeader('content-type', '${json}');
    request.onloadend = () => done(request.status);
    request.send(text);
  })`,
  'fetch with traceparent': fetchWith(`traceparent: '${trace}'`),
  'fetch with tracestate and baggage': fetchWith(`traceparent: '${trace}', tracestate: 'shop=1', baggage: 'a=1'`),
  'fetch with a header that nobody knows': fetchWith(`'x-datadog-origin': 'rum'`),
  'binary mode with a sequence': binaryWith('sequence', '7'),
  'binary mode with a schema': binaryWith('dataschema', 'https://example.com/s'),
  'binary mode with an extension of its own': binaryWith('partitionkey', 'a'),
};

describeInBrowser('5, 6: a page of another origin', (browser) => {
  let deployment: LocalProcess;
  let pages: ClientPages;
  const ids = new Map(Object.keys(senders).map((way) => [way, makeEvent().id]));

  beforeAll(async () => {
    deployment = await startLocal();
    pages = await serveClientPages(deployment.url);
  });
  afterAll(async () => {
    await pages.close();
    await deployment.stop();
  });

  it.each(Object.entries(senders))('sends by %s', async (way, sender) => {
    const context = await browser().newContext();
    const tab = await context.newPage();
    const problems: string[] = [];
    tab.on('console', (message) => message.type() === 'error' && problems.push(message.text()));
    await tab.goto(pages.url);
    const url = `${deployment.url}/v1/events?key=local-dev-key`;
    const event = JSON.stringify(makeEvent({ id: ids.get(way) ?? '', source: 'page' }));
    const answered = tab.waitForResponse((response) => response.request().method() === 'POST');
    const returned = await tab.evaluate(`(${sender})(${JSON.stringify(url)}, ${JSON.stringify(event)})`);
    expect((await answered).status()).toBe(200);
    expect([true, 200]).toContain(returned);
    expect(problems).toEqual([]);
    await context.close();
  });

  describe('the client', () => {
    const idsOf = (tracked: readonly { readonly id: string }[]) => tracked.map(({ id }) => id);

    async function rowsOf(wanted: readonly string[]) {
      await waitUntilIdle(deployment);
      const list = wanted.map((id) => `'${id}'`).join();
      const columns = 'event_id, source, "sequence"';
      return query(deployment, `SELECT ${columns} FROM events.${trackPlayedTable} WHERE event_id IN (${list})`);
    }

    it.each([
      ['Web Locks', true],
      ['a lease', false],
    ])(
      'sends what two tabs tracked, as one installation without a gap, from one of them, by %s',
      async (_, hasLocks) => {
        const context = await browser().newContext();
        if (!hasLocks) await context.addInitScript('delete Navigator.prototype.locks');
        const tabs = [await pages.open(context), await pages.open(context)] as const;
        expect(await tabs[0].evaluate(`'locks' in navigator`)).toBe(hasLocks);
        const senders = new Set<number>();
        for (const [at, tab] of tabs.entries()) {
          tab.on('request', (request) => request.method() === 'POST' && senders.add(at));
        }
        const tracked = (await Promise.all(tabs.map((tab) => pages.track(tab, 20)))).flat();
        expect(new Set(tracked.map(({ durability }) => durability))).toEqual(new Set(['page-close']));
        await pages.flush(tabs[1]);
        const rows = await rowsOf(idsOf(tracked));
        expect(new Set(rows.map((row) => row['source'])).size).toBe(1);
        const numbers = rows.map((row) => Number(row['sequence'])).sort((a, b) => a - b);
        expect(numbers).toEqual(Array.from({ length: 40 }, (_, at) => at));
        expect(senders.size).toBe(1);
        await context.close();
      },
    );

    it('keeps what it tracked while the receiver was gone, over a reload', async () => {
      const context = await browser().newContext();
      const unreachable = `${deployment.url}/**`;
      await context.route(unreachable, (route) => route.abort());
      const tab = await pages.open(context);
      const before = await pages.track(tab, 5);
      await pages.load(tab);
      const after = await pages.track(tab, 5);
      await context.unroute(unreachable);
      await pages.flush(tab);
      const rows = await rowsOf(idsOf([...before, ...after]));
      const numbers = rows.map((row) => Number(row['sequence'])).sort((a, b) => a - b);
      expect(numbers).toEqual(Array.from({ length: 10 }, (_, at) => at));
      await context.close();
    });

    it('loses nothing when the page is closed right after track', async () => {
      const context = await browser().newContext();
      const tab = await pages.open(context);
      const data = JSON.stringify({ ...trackPlayedData(), played_at: '2026-01-02T03:04:05Z' });
      await tab.evaluate(`void window.client.track('${trackPlayed}', ${data}); void 0`);
      await tab.close({ runBeforeUnload: false });
      await pages.flush(await pages.open(context));
      await waitUntilIdle(deployment);
      const where = `data.played_at = TIMESTAMP '2026-01-02 03:04:05+00'`;
      const rows = await query(deployment, `SELECT event_id FROM events.${trackPlayedTable} WHERE ${where}`);
      expect(rows.length).toBe(1);
      await context.close();
    });

    it('sends from memory, and says so, where the storage is full or refused', async () => {
      const context = await browser().newContext();
      await context.addInitScript(() => {
        Object.defineProperty(globalThis, 'indexedDB', {
          get() {
            throw new DOMException('refused', 'SecurityError');
          },
        });
      });
      const refused = await pages.open(context);
      const inMemory = await pages.track(refused, 2);
      await pages.flush(refused);
      const other = await browser().newContext();
      const devTools = await other.newCDPSession(await other.newPage());
      await devTools.send('Storage.overrideQuotaForOrigin', { origin: new URL(pages.url).origin, quotaSize: 1 });
      const full = await pages.open(other);
      const overQuota = await pages.track(full, 2);
      await pages.flush(full);
      const all = [...inMemory, ...overQuota];
      expect(all.map(({ durability }) => durability)).toEqual(['memory', 'memory', 'memory', 'memory']);
      expect((await rowsOf(idsOf(all))).length).toBe(4);
      await Promise.all([context.close(), other.close()]);
    });

    it('that nobody consents to keeps and sends nothing', async () => {
      const context = await browser().newContext();
      const tab = await pages.open(context);
      await tab.evaluate('window.client.setConsent(false)');
      const other = await pages.open(context);
      expect((await pages.track(other, 1)).map(({ kind }) => kind)).toEqual(['refused']);
      await context.close();
    });

    it('sends nothing as its page is hidden, where another tab has withdrawn consent', async () => {
      const context = await browser().newContext();
      const [first, other] = [await pages.open(context), await pages.open(context)];
      await first.evaluate('window.client.setConsent(false)');
      expect((await pages.track(other, 1)).map(({ kind }) => kind)).toEqual(['refused']);
      const methods: string[] = [];
      other.on('request', (request) => methods.push(request.method()));
      await other.evaluate(`dispatchEvent(new Event('pagehide')); fetch('/').then(() => undefined)`);
      expect(methods).toEqual(['GET']);
      await context.close();
    });
  });

  describe('and then', () => {
    it('each of them has a row', async () => {
      await waitUntilIdle(deployment);
      const rows = await query(deployment, `SELECT event_id FROM events.${trackPlayedTable}`);
      const stored = new Set(rows.map((row) => row['event_id']));
      expect([...ids].filter(([, id]) => !stored.has(id)).map(([way]) => way)).toEqual([]);
    });
  });
});
