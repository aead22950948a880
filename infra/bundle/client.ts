import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { gzipSync } from 'node:zlib';
import { type BuildOptions, build } from 'esbuild';
import { minify } from 'terser';

const clientFolder = resolve(import.meta.dirname, '..', '..', 'shared', 'client');

/** The build fails above it, which is 6 KiB: what every page loads grows by decision only. */
export const maxBrowserGzipBytes = 6_144;

/**
 * Properties that are a letter in the bundle for pages. None of them is of the client's interface, of what is sent, told or
 * kept in IndexedDB, or of what the code calls of the web: a name here is everywhere in the client the same property.
 */
const innerNames = `
  after again append appended ask batches chance clock drafts forget inOne isLate isProblem kept lead left
  lengthMillis lost memory meta newId newSource nowMillis pause policy read report restart retryAfterMillis seal send
  settings settle skip start stop store tell teller transport tried turns untilMillis waiting withdrawn
`
  .trim()
  .split(/\s+/);

export interface ClientBundle {
  readonly code: string;
  readonly minifiedBytes: number;
  readonly gzipBytes: number;
}

/** The client as one ES module for pages, without any other package. */
export async function bundleBrowserClient(): Promise<ClientBundle> {
  const bundled = await bundle({
    entryPoints: ['browser/index.ts'],
    platform: 'browser',
    target: 'es2022',
    charset: 'utf8',
    mangleProps: new RegExp(`^(${innerNames.join('|')})$`),
  });
  const code = await shrink(bundled);
  return { code, minifiedBytes: Buffer.byteLength(code), gzipBytes: gzipSync(code, { level: 9 }).length };
}

/**
 * Writes the package `@edi/client` into its `dist`, bundles and types, and answers with the bundle for browsers. Rejects
 * when that is larger than `maxBrowserGzipBytes`.
 */
export async function buildClient(): Promise<ClientBundle> {
  const browser = await bundleBrowserClient();
  checkSize(browser, maxBrowserGzipBytes);
  const node = await bundle({ entryPoints: ['node/index.ts'], platform: 'node', target: 'node24' });
  const folder = join(clientFolder, 'dist');
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'browser.js'), browser.code);
  writeFileSync(join(folder, 'node.js'), node);
  const compiler = join(clientFolder, '..', '..', 'node_modules', '.bin', 'tsc');
  execFileSync(compiler, ['-p', 'tsconfig.build.json'], { cwd: clientFolder, stdio: 'inherit' });
  return browser;
}

/** Throws when a bundle is larger than it may be. */
export function checkSize({ gzipBytes }: ClientBundle, maxGzipBytes: number): void {
  if (gzipBytes <= maxGzipBytes) return;
  throw new Error(`the client for browsers has ${gzipBytes} bytes gzipped, and may have ${maxGzipBytes}`);
}

/**
 * Terser makes it 6% smaller than esbuild, gzipped: it puts what is used once where it is used, and names the arguments of every function
 * alike, which gzip likes. Nothing here depends on what a page does to built-in objects, as its `unsafe` options would.
 */
async function shrink(code: string): Promise<string> {
  const smaller = await minify(code, {
    module: true,
    ecma: 2020,
    compress: { passes: 4, hoist_funs: true, arrows: false },
  });
  return smaller.code ?? '';
}

async function bundle(options: BuildOptions): Promise<string> {
  const { outputFiles } = await build({
    ...options,
    absWorkingDir: clientFolder,
    bundle: true,
    format: 'esm',
    minify: true,
    legalComments: 'none',
    write: false,
    logLevel: 'warning',
  });
  return outputFiles?.[0]?.text ?? '';
}
