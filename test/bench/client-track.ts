import { findBrowser, launchBrowser } from '../helpers/browser.ts';
import { serveClientPages } from '../helpers/client-pages.ts';
import { trackPlayed, trackPlayedData } from '../helpers/local-events.ts';

/** Main-thread time of one `track` in Chromium, with the queue in IndexedDB and a receiver that cannot be reached. */
const rounds = 200;
const callsOfRound = 50;

const program = findBrowser();
if (program === undefined) throw new Error('there is no Chromium in PATH');
const pages = await serveClientPages('http://127.0.0.1:9');
const browser = await launchBrowser(program);
try {
  const page = await pages.open(await browser.newContext());
  const micros = await page.evaluate(`(async () => {
    const data = ${JSON.stringify(trackPlayedData())};
    const micros = [];
    for (let round = 0; round < ${rounds}; round++) {
      const began = performance.now();
      for (let at = 0; at < ${callsOfRound}; at++) client.track('${trackPlayed}', data, { subject: 'somebody' });
      micros.push(((performance.now() - began) * 1_000) / ${callsOfRound});
      // What the queue does with them is not what the caller waits for.
      await new Promise((done) => setTimeout(done, 10));
    }
    return micros;
  })()`);
  const sorted = (Array.isArray(micros) ? micros.map(Number) : []).sort((a, b) => a - b);
  const at = (share: number) => (sorted[Math.floor(sorted.length * share)] ?? 0).toFixed(1);
  console.log(`bundle: ${pages.bundle.minifiedBytes} bytes minified, ${pages.bundle.gzipBytes} gzipped`);
  console.log(`track: ${at(0.5)} µs in the median, ${at(0.95)} µs at 95% of ${rounds} rounds of ${callsOfRound} calls`);
} finally {
  await browser.close();
  await pages.close();
}
