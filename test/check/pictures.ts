import { mkdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { findBrowser, launchBrowser } from '../helpers/browser.ts';
import { type LocalProcess, startLocal } from '../helpers/local-deployment.ts';
import { makeEvent, sendBatch, trackPlayedData } from '../helpers/local-events.ts';
import { waitUntilIdle } from '../helpers/local-operator.ts';
import { projectFolder, spawnChild, waitFor } from '../helpers/local-process.ts';

/*
 * The README's pictures, made from a deployment that runs: npm run check -- pictures
 * A picture that is larger than a page may be is refused.
 */

const folder = join(projectFolder, 'infra/local/pictures');
const maxBytes = 150 * 1_024;
const viewport = { width: 1_120, height: 880 };
/** What a person types after the first start, and is answered. */
const commands = [
  ['query', 'SELECT sdk, count(*) AS events FROM events.playback_track_played_v1 GROUP BY ALL ORDER BY ALL'],
  ['quarantine', 'list'],
];

/** Of the terminal, with a common fixed-width font. */
const [fontPixels, linePixels, margin, columnPixels] = [13, 18, 20, 7.83];

const executablePath = findBrowser();
if (executablePath === undefined) {
  process.stderr.write('A Chromium in PATH draws the pictures, and there is none.\n');
  process.exit(3);
}
mkdirSync(folder, { recursive: true });
const deployment = await startLocal();
const browser = await launchBrowser(executablePath);
try {
  const page = await browser.newPage({ viewport, colorScheme: 'light' });
  await page.goto(deployment.livePageUrl);
  await edi(deployment, 'demo', '--url', deployment.url);
  await sendBroken(deployment);
  await waitUntilIdle(deployment);
  keep('live-page.png', await draw(page));
  keep('terminal.svg', Buffer.from(await drawTerminal(deployment)));
} finally {
  await browser.close();
  await deployment.stop();
}

function keep(name: string, bytes: Buffer): void {
  const path = join(folder, name);
  if (bytes.length > maxBytes) throw new Error(`${name} has ${bytes.length} bytes, and may have ${maxBytes}`);
  writeFileSync(path, bytes);
  process.stdout.write(`${path}: ${statSync(path).size} bytes\n`);
}

/** Something to be understood in the picture, the newest of all. */
async function sendBroken({ url }: LocalProcess): Promise<void> {
  const data = { ...trackPlayedData(), ms_played: 'two minutes' };
  const events = [makeEvent({ data }), makeEvent({ data }), makeEvent(), makeEvent()];
  await sendBatch(url, { events, key: 'local-dev-key:ios' });
}

/** The top of the live page, once it shows what was sent last. */
async function draw(page: Page): Promise<Buffer> {
  await waitFor('the refused event', async () => {
    const texts = await Promise.all(['#events', '#refused'].map((id) => page.locator(id).textContent()));
    return texts.every((text) => text?.includes('/data/ms_played')) ? true : undefined;
  });
  return page.screenshot({ type: 'png' });
}

/** What `edi` prints; rejects when it fails. */
async function edi({ env }: LocalProcess, ...args: readonly string[]): Promise<string> {
  const cli = join(projectFolder, 'infra/cli/main.ts');
  const child = spawnChild({ command: process.execPath, args: [cli, ...args], env });
  const { code } = await child.exited;
  if (code !== 0) throw new Error(`edi ${args.join(' ')} failed: ${child.stderr()}`);
  return child.stdout();
}

async function drawTerminal(running: LocalProcess): Promise<string> {
  const lines: string[] = [];
  for (const args of commands) {
    const typed = args.map((arg) => (/\s/.test(arg) ? `"${arg}"` : arg)).join(' ');
    lines.push(`$ npm run -s edi -- ${typed}`);
    lines.push(...(await edi(running, ...args, '--url', running.url)).trimEnd().split('\n'), '');
  }
  return terminalSvg(lines.slice(0, -1));
}

/** Lines as a terminal shows them. Of a viewer's own fixed-width font: none is embedded. */
function terminalSvg(lines: readonly string[]): string {
  const columns = Math.max(...lines.map((line) => line.length));
  const [width, height] = [Math.ceil(columns * columnPixels) + 2 * margin, lines.length * linePixels + 2 * margin];
  const texts = lines.map((line, at) => {
    const fill = line.startsWith('$ ') ? '#8fb4ff' : '#e6eaf0';
    const length = line === '' ? '' : ` textLength="${(line.length * columnPixels).toFixed(1)}"`;
    return `<text x="${margin}" y="${margin + fontPixels + at * linePixels}" fill="${fill}"${length}>${escapeXml(line)}</text>`;
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img">
<title>A terminal: questions to a local deployment, and its answers</title>
<rect width="100%" height="100%" rx="8" fill="#10141b"/>
<g font-family="ui-monospace, SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono', monospace" font-size="${fontPixels}" xml:space="preserve">
${texts.join('\n')}
</g>
</svg>
`;
}

function escapeXml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
