import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Bundle, buildBundles } from '../../../infra/bundle/build.ts';
import { makeScratchFolder } from '../../helpers/local-process.ts';

const scratch = makeScratchFolder();
let bundles: readonly Bundle[] = [];

beforeAll(async () => {
  bundles = await buildBundles(scratch.path);
});
afterAll(() => scratch.remove());

/** Packages that a bundle holds something of. */
function packagesIn({ folder }: Bundle): Set<string> {
  const { sources } = JSON.parse(readFileSync(join(folder, 'index.js.map'), 'utf8'));
  return new Set(sources.flatMap((source: string) => /.*node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(source)?.[1] ?? []));
}

test('only the function that has subject keys carries the client of KMS', () => {
  const withKms = bundles.filter((bundle) => packagesIn(bundle).has('@google-cloud/kms'));
  expect(withKms.map(({ name }) => name)).toEqual(['pseudonymize']);
});

test('only the function that describes tables carries the client of BigQuery', () => {
  const withBigQuery = bundles.filter((bundle) => packagesIn(bundle).has('@google-cloud/bigquery'));
  expect(withBigQuery.map(({ name }) => name)).toEqual(['publish-schema']);
});

test('no bundle carries analytics, the bundler or the terraform bindings', () => {
  for (const bundle of bundles) {
    const packages = packagesIn(bundle);
    expect(packages).toContain('@google-cloud/pubsub');
    for (const name of ['@duckdb/node-api', 'cdktf', 'commander', 'esbuild']) {
      expect(packages).not.toContain(name);
    }
  }
});
