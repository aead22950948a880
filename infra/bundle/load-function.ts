import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { compile, functionFile, readCache } from './code-cache.ts';
import { nameSources } from './source-names.ts';

/**
 * Runs the bundle of a folder, and returns what it exports. V8 does not compile what the folder's code cache holds, where
 * that is of this Node and these flags; else the bundle starts as it would without one, and a line in the log says why.
 */
export function loadFunction(folder: string): object {
  const file = join(folder, functionFile);
  nameSources(file);
  const source = readFileSync(file);
  const cache = readCache(folder, source);
  const script = compile(file, source, cache === 'damaged' ? undefined : cache);
  if (cache === 'damaged') tell('is damaged');
  else if (script.cachedDataRejected === true) tell(`is not of Node ${process.version} with these flags`);
  const module = { exports: {} };
  script.runInThisContext()(module.exports, createRequire(file), module, file, folder);
  return module.exports;
}

function tell(why: string): void {
  const line = { severity: 'WARNING', message: 'the code cache is not used', problem: `it ${why}` };
  process.stdout.write(`${JSON.stringify(line)}\n`);
}
