import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { type Browser, chromium } from 'playwright-core';
import { afterAll, beforeAll, describe, test } from 'vitest';

/** The first draws pages alone, as Chromium does: the others open a window of a browser for each context, 2 s of processor time. */
const programs = ['chromium-headless-shell', 'chromium', 'chromium-browser', 'google-chrome'];

/** Within 30 seconds, which is the default, a loaded machine has not started it. */
const launchMillis = 120_000;

/** Headless, without the requests that a browser makes for itself. A container's root needs `--no-sandbox`. */
const flags = [
  '--no-sandbox',
  '--disable-gpu',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** The path of a Chromium; undefined where the machine has none. */
export function findBrowser(): string | undefined {
  const folders = (process.env['PATH'] ?? '').split(delimiter);
  const paths = programs.flatMap((program) => folders.map((folder) => join(folder, program)));
  return paths.find((path) => {
    try {
      accessSync(path, constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

export function launchBrowser(executablePath: string): Promise<Browser> {
  return chromium.launch({ executablePath, args: flags, timeout: launchMillis });
}

/**
 * Runs `body` within a suite that has a headless Chromium. Where there is none the suite is skipped and says why, or fails
 * when EDI_REQUIRE_BROWSER=1.
 */
export function describeInBrowser(name: string, body: (browser: () => Browser) => void): void {
  const executablePath = findBrowser();
  const problem = executablePath === undefined ? `none of ${programs.join(', ')} is in PATH` : undefined;
  if (problem !== undefined && process.env['EDI_REQUIRE_BROWSER'] === '1') {
    test('a browser is there', () => {
      throw new Error(`EDI_REQUIRE_BROWSER=1, but ${problem}`);
    });
    return;
  }
  if (problem !== undefined) process.stderr.write(`Tests in a browser are skipped: ${problem}\n`);
  describe.skipIf(problem !== undefined)(`${name}${problem ? ` (${problem})` : ''}`, () => {
    let browser: Browser | undefined;
    beforeAll(async () => {
      browser = await launchBrowser(executablePath ?? '');
    });
    afterAll(() => browser?.close());
    body(() => {
      if (browser === undefined) throw new Error('the browser is started before the first test');
      return browser;
    });
  });
}
