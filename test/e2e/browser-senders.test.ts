import { createServer, type Server } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { closeServer, listenOnLoopback } from '../../infra/local/function-servers.ts';
import { describeInBrowser } from '../helpers/browser.ts';
import { type LocalProcess, startLocal } from '../helpers/local-deployment.ts';
import { makeEvent, trackPlayedTable } from '../helpers/local-events.ts';
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
  let site: Server;
  let page: string;
  const ids = new Map(Object.keys(senders).map((way) => [way, makeEvent().id]));

  beforeAll(async () => {
    deployment = await startLocal({ startTimeoutMillis: 60_000 });
    site = createServer((_request, response) => {
      response.writeHead(200, { 'content-type': 'text/html' }).end('<!doctype html><title>shop</title>');
    });
    page = `http://localhost:${await listenOnLoopback(site, 0)}/`;
  });
  afterAll(async () => {
    await closeServer(site);
    await deployment.stop();
  });

  it.each(Object.entries(senders))('sends by %s', async (way, sender) => {
    const context = await browser().newContext();
    const tab = await context.newPage();
    const problems: string[] = [];
    tab.on('console', (message) => message.type() === 'error' && problems.push(message.text()));
    await tab.goto(page);
    const url = `${deployment.url}/v1/events?key=local-dev-key`;
    const event = JSON.stringify(makeEvent({ id: ids.get(way) ?? '', source: 'page' }));
    const answered = tab.waitForResponse((response) => response.request().method() === 'POST');
    const returned = await tab.evaluate(`(${sender})(${JSON.stringify(url)}, ${JSON.stringify(event)})`);
    expect((await answered).status()).toBe(200);
    expect([true, 200]).toContain(returned);
    expect(problems).toEqual([]);
    await context.close();
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
