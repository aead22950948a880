import { relative, resolve } from 'node:path';
import { buildBundles } from './build.ts';
import { buildClient } from './client.ts';

const outFolder = resolve(import.meta.dirname, '..', '..', 'dist');
for (const { name, zipPath, zipBytes, sha256 } of await buildBundles(outFolder)) {
  const path = relative(process.cwd(), zipPath);
  process.stdout.write(`${name.padEnd(14)} ${path}  ${(zipBytes / 1_024).toFixed(0)} KiB  sha256 ${sha256}\n`);
}

const { minifiedBytes, gzipBytes } = await buildClient();
process.stdout.write(`client         shared/client/dist/browser.js  ${minifiedBytes} bytes, ${gzipBytes} gzipped\n`);
