import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Bundle, buildBundles } from '../../../infra/bundle/build.ts';
import { makeScratchFolder } from '../../helpers/local-process.ts';

const scratch = makeScratchFolder();
let bundles: readonly Bundle[] = [];

beforeAll(async () => {
  bundles = await buildBundles(scratch.path);
});
afterAll(() => scratch.remove());

function sourcesOf({ folder }: Bundle): readonly string[] {
  return JSON.parse(readFileSync(join(folder, 'index.js.map'), 'utf8')).sources;
}

/** Packages that a bundle holds something of. */
function packagesIn(bundle: Bundle): Set<string> {
  return new Set(
    sourcesOf(bundle).flatMap((source) => /.*node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(source)?.[1] ?? []),
  );
}

test('only the function that has subject keys carries the client of KMS', () => {
  const withKms = bundles.filter((bundle) => packagesIn(bundle).has('@google-cloud/kms'));
  expect(withKms.map(({ name }) => name)).toEqual(['pseudonymize']);
});

test('only the function that describes tables carries the client of BigQuery', () => {
  const withBigQuery = bundles.filter((bundle) => packagesIn(bundle).has('@google-cloud/bigquery'));
  expect(withBigQuery.map(({ name }) => name)).toEqual(['publish-schema']);
});

test('only the function that publishes carries the Firestore client that has transactions', () => {
  const withTransactions = bundles.filter((bundle) => packagesIn(bundle).has('@google-cloud/firestore'));
  expect(withTransactions.map(({ name }) => name)).toEqual(['publish-schema']);
});

test('no bundle carries what a Firestore client loads and nobody uses', () => {
  const unused = /@google-cloud\/firestore-api\/.*(protos\.js|firestore_admin_client\.\w+)$/;
  expect(bundles.flatMap(sourcesOf).filter((source) => unused.test(source))).toEqual([]);
  expect(bundles.flatMap(sourcesOf).some((source) => /firestore-api\/.*\/firestore_client\.\w+$/.test(source))).toBe(
    true,
  );
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

test('the thread of publish-schema runs from its own bundle', async () => {
  const folder = bundles.find(({ name }) => name === 'publish-schema')?.folder ?? '';
  const worker = new Worker(join(folder, 'check-worker.js'));
  const answered = new Promise((resolve, reject) => worker.once('message', resolve).once('error', reject));
  worker.postMessage({ text: '{}', type: 'shop.order.v1', active: undefined, sdks: {} });
  expect(await answered).toMatchObject({ kind: 'refused' });
  await worker.terminate();
});
