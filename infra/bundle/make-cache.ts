import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { compile, functionFile, writeCache } from './code-cache.ts';

// `npm run gcp-build` in an archive, which Cloud Build does: writes the code cache of the bundle beside it. Every function of
// the bundle is compiled and none is run: that takes no settings, and the first request finds what it calls compiled as well.
const folder = import.meta.dirname;
const file = join(folder, functionFile);
const source = readFileSync(file);
setFlagsFromString('--no-lazy');
const script = compile(file, source);
// V8 takes a cache only with the flags that it was written with.
setFlagsFromString('--lazy');
const bytes = writeCache(folder, source, script.createCachedData());
process.stdout.write(`code cache for Node ${process.version}: ${(bytes / 1_024).toFixed(0)} KiB\n`);
