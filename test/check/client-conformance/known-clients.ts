import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { isJsonObject, parseJson } from '../../../shared/event/json.ts';

/** A client that the kit has an adapter for. */
interface KnownClient {
  /** Below `adapters/`. */
  readonly adapter: string;
  /** What has to be installed for it; none for our own. */
  readonly packageName?: string;
}

export const knownClients: Readonly<Record<string, KnownClient>> = {
  edi: { adapter: 'edi.ts' },
  segment: { adapter: 'segment.ts', packageName: '@segment/analytics-node' },
  posthog: { adapter: 'posthog.ts', packageName: 'posthog-node' },
  rudderstack: { adapter: 'rudderstack.ts', packageName: '@rudderstack/rudder-sdk-node' },
  snowplow: { adapter: 'snowplow.ts', packageName: '@snowplow/node-tracker' },
};

/** The line that runs an adapter. */
export function commandOf({ adapter }: KnownClient): string {
  return [process.execPath, join(import.meta.dirname, 'adapters', adapter)]
    .map((word) => JSON.stringify(word))
    .join(' ');
}

/** Installs a package into a folder that is no part of the project, without its scripts; answers with its version. */
export function installPackage(folder: string, packageName: string): string {
  const npm = ['install', '--silent', '--no-save', '--ignore-scripts', '--no-audit', '--no-fund', '--prefix', folder];
  execFileSync('npm', [...npm, packageName], { cwd: folder, stdio: ['ignore', 'ignore', 'inherit'] });
  const manifest = parseJson(readFileSync(join(folder, 'node_modules', packageName, 'package.json'), 'utf8'));
  return isJsonObject(manifest) ? String(manifest['version']) : 'unknown';
}
