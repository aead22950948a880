import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildBundles, unbundled } from '../../infra/bundle/build.ts';
import { allowedLicences, deployedPackages, refusedPackages } from '../../infra/checks/licences.ts';
import { isJsonObject, type JsonValue } from '../../shared/event/json.ts';
import { projectFolder } from '../helpers/local-process.ts';

/*
 * The licences of what is deployed: npm run check -- licences
 *
 * Builds the functions' archives and looks up every package in them, and every one that Cloud Build installs beside them,
 * in package-lock.json.
 */

const folder = mkdtempSync(join(tmpdir(), 'edi-licences-'));
try {
  const bundles = await buildBundles(folder);
  const lock: JsonValue = JSON.parse(readFileSync(join(projectFolder, 'package-lock.json'), 'utf8'));
  if (!isJsonObject(lock)) throw new TypeError('package-lock.json is no JSON object');
  const sources = bundles.flatMap((bundle) => bundle.sources);
  const packages = deployedPackages(lock, { sources, installed: unbundled });
  const refused = new Set(refusedPackages(packages));
  for (const [licence, group] of Map.groupBy(packages, (each) => each.licence ?? 'no licence')) {
    const named = group.map((each) => `  ${each.name} ${each.version}${refused.has(each) ? '  <- not allowed' : ''}\n`);
    process.stdout.write(`${licence}\n${named.join('')}`);
  }
  process.stdout.write(`\n${packages.length} packages, ${refused.size} not allowed (${allowedLicences.join(', ')})\n`);
  if (refused.size > 0) process.exitCode = 1;
} finally {
  rmSync(folder, { recursive: true, force: true });
}
