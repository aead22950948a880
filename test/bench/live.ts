import { monitorEventLoopDelay } from 'node:perf_hooks';
import { parseArgs } from 'node:util';
import type { Browser, Page } from 'playwright-core';
import { findBrowser, launchBrowser } from '../helpers/browser.ts';
import { type FedLivePage, serveFedLivePage } from '../helpers/live-page.ts';
import { eventSchema, schemaDocument } from '../helpers/schemas.ts';

// The live page in a browser while events pass: npm run bench -- live [--seconds 10] [--paints 10]

const { values } = parseArgs({
  options: { seconds: { type: 'string', default: '10' }, paints: { type: 'string', default: '10' } },
});
const seconds = Number(values.seconds);
const paints = Number(values.paints);
const ratesPerSecond = [0, 10, 1_000, 10_000];
const publishEveryMillis = 10;
const clickEveryMillis = 250;
const typeCount = 40;

const types = Array.from({ length: typeCount }, (_, at) => `shop.type-${at}.v1`);
const schemas = types.map((type) => eventSchema(schemaDocument({ type })));
const tables = types.map((_, at) => ({ dataset: 'events_raw', table: `shop_type_${at}_v1` }));

/** A row of an ordinary size, some 700 bytes. */
function rowOf(number: number): string {
  return JSON.stringify({
    event_key: `key-${number}`,
    event_id: `0196f3a2-7c1e-4d60-8a51-${String(number).padStart(12, '0')}`,
    event_time: '2026-11-29T12:00:00.000000Z',
    received_time: new Date().toISOString(),
    source: 'AS'.repeat(22),
    subject: 'BT'.repeat(22),
    sdk: ['ios', 'android', 'web'][number % 3],
    data: { track: { track_id: `t-${number}`, artist_ids: ['a-1', 'a-2'] }, ms_played: number, note: 'x'.repeat(300) },
  });
}

/** Publishes rows at a rate until it is stopped; answers how many. */
function startFeed({ feed }: FedLivePage, rate: number): () => number {
  let published = 0;
  const startedMillis = performance.now();
  const timer = setInterval(() => {
    const due = Math.floor(((performance.now() - startedMillis) * rate) / 1_000);
    const rows = Array.from({ length: due - published }, (_, at) => rowOf(published + at));
    const table = tables[published % tables.length];
    if (table !== undefined && rows.length > 0) feed.publish(table, rows);
    published = due;
  }, publishEveryMillis);
  return () => {
    clearInterval(timer);
    return published;
  };
}

/** What a page notes of itself: tasks above 50 ms, frames, and from an input to the paint behind it. */
const observe = `(() => {
  window.seen = { longTasks: [], inputs: [], frames: 0 };
  new PerformanceObserver((list) => window.seen.longTasks.push(...list.getEntries().map((e) => e.duration))).observe({ type: 'longtask' });
  new PerformanceObserver((list) => {
    for (const e of list.getEntries()) if (e.name === 'click') window.seen.inputs.push([e.processingStart - e.startTime, e.duration]);
  }).observe({ type: 'event', durationThreshold: 16 });
  const frame = () => { window.seen.frames++; requestAnimationFrame(frame); };
  frame();
})()`;

interface Seen {
  readonly longTasks: readonly number[];
  readonly inputs: readonly (readonly [delay: number, duration: number])[];
  readonly frames: number;
  readonly nodes: number;
}

async function watch(page: Page): Promise<Seen & { readonly clickMillis: readonly number[] }> {
  await page.evaluate(observe);
  const clickMillis: number[] = [];
  const endMillis = performance.now() + seconds * 1_000;
  while (performance.now() < endMillis) {
    const began = performance.now();
    await page.locator('#hold').click();
    clickMillis.push(performance.now() - began);
    // The list goes on, so that there is something to do.
    await page.locator('#hold').click();
    await page.waitForTimeout(clickEveryMillis);
  }
  const seen = await page.evaluate<Seen>('({ ...window.seen, nodes: document.querySelectorAll("*").length })');
  return { ...seen, clickMillis };
}

function at(values: readonly number[], part: number): number {
  return values.toSorted((a, b) => a - b)[Math.min(values.length - 1, Math.floor(values.length * part))] ?? 0;
}

const told = (millis: number) => `${millis.toFixed(0)} ms`;

const paintPollMillis = 20;

async function firstPaint(browser: Browser, url: string): Promise<number> {
  const page = await browser.newPage();
  await page.goto(url);
  // Not `waitForFunction`, whose text the page's policy forbids to evaluate there.
  const painted = () =>
    page.evaluate<number | null>("performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? null");
  let millis = await painted();
  while (millis === null) {
    await page.waitForTimeout(paintPollMillis);
    millis = await painted();
  }
  await page.close();
  return millis;
}

/** In turns with a page of one line without any style, which is what the browser and the machine take by themselves. */
async function measurePaints(browser: Browser, { url }: FedLivePage): Promise<void> {
  const [own, floor]: [number[], number[]] = [[], []];
  for (let run = 0; run < paints; run++) {
    floor.push(await firstPaint(browser, new URL('/one-line', url).href));
    own.push(await firstPaint(browser, url));
  }
  const text = (millis: readonly number[]) =>
    `${told(at(millis, 0.5))} (${told(Math.min(...millis))} to ${told(Math.max(...millis))})`;
  console.log(
    `first paint, an empty cache each, the median of ${paints}: ${text(own)}; of a page of one line ${text(floor)}`,
  );
}

async function measureRate(browser: Browser, live: FedLivePage, rate: number): Promise<void> {
  const page = await browser.newPage();
  await page.goto(live.url);
  const delay = monitorEventLoopDelay({ resolution: 5 });
  const stop = startFeed(live, rate);
  const cpuBefore = process.cpuUsage();
  delay.enable();
  const began = performance.now();
  const { longTasks, inputs, frames, nodes, clickMillis } = await watch(page);
  const lasted = (performance.now() - began) / 1_000;
  const { user, system } = process.cpuUsage(cpuBefore);
  const published = stop();
  delay.disable();
  await page.close();
  const input = inputs.map(([first]) => first);
  console.log(
    [
      `${(published / lasted).toFixed(0)} events/s:`,
      `${longTasks.length} tasks above 50 ms (the longest ${told(Math.max(0, ...longTasks))}),`,
      `input delay p99 ${told(at(input, 0.99))}, a click p50 ${told(at(clickMillis, 0.5))} p99 ${told(at(clickMillis, 0.99))},`,
      `${(frames / lasted).toFixed(0)} frames/s, ${nodes} elements;`,
      `server and load: ${((user + system) / 10_000 / lasted).toFixed(0)}% of a core, event loop p99 ${told(delay.percentile(99) / 1e6)}`,
    ].join(' '),
  );
}

const executablePath = findBrowser();
if (executablePath === undefined) console.log('no browser is in PATH: nothing is measured');
else {
  const browser = await launchBrowser(executablePath);
  await using live = await serveFedLivePage(schemas);
  await measurePaints(browser, live);
  for (const rate of ratesPerSecond) await measureRate(browser, live, rate);
  await browser.close();
}
