import { readFileSync } from 'node:fs';
import { SourceMap } from 'node:module';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { beforeAll, expect, test } from 'vitest';
import { functions } from '../../../functions/index.ts';
import type { BundledFunction } from '../../../infra/bundle/build.ts';
import type { AnyNeeds } from '../../../shared/needs/needs.ts';
import { bundlesTimeoutMillis, sharedBundles } from '../../helpers/run-socket.ts';

let bundles: readonly BundledFunction[] = [];

beforeAll(async () => {
  bundles = await sharedBundles();
}, bundlesTimeoutMillis);

function sourcesOf({ sources }: BundledFunction): readonly string[] {
  return sources;
}

/** Packages that a bundle holds something of. */
function packagesIn(bundle: BundledFunction): Set<string> {
  return new Set(
    sourcesOf(bundle).flatMap((source) => /.*node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(source)?.[1] ?? []),
  );
}

/** Whether a function needs what each client opens: no needs, no client. */
const needsClient: Readonly<Record<string, (needs: AnyNeeds) => boolean>> = {
  '@google-cloud/pubsub': ({ publishes }) => publishes.length > 0,
  '@google-cloud/firestore-api': ({ databases }) => Object.keys(databases).length > 0,
  '@google-cloud/storage': ({ buckets }) => Object.keys(buckets).length > 0,
  '@google-cloud/kms': ({ secrets }) => secrets.includes('masterKeyset'),
  '@google-cloud/bigquery': ({ describes, rows = [], changes = [] }) =>
    describes.length + rows.length + changes.length > 0,
};

test.each(Object.entries(needsClient))(
  '%s is in the bundles of functions that need it, and no other',
  (name, isNeeded) => {
    const carrying = bundles.filter((bundle) => packagesIn(bundle).has(name));
    expect(carrying.length).toBeGreaterThan(0);
    expect(carrying.map((bundle) => bundle.name)).toEqual(functions.filter(isNeeded).map((needs) => needs.name));
  },
);

test('only the functions that open subject keys carry the client of KMS', () => {
  const withKms = bundles.filter((bundle) => packagesIn(bundle).has('@google-cloud/kms'));
  expect(withKms.map(({ name }) => name)).toEqual(['pseudonymize', 'export-subject']);
});

test('only what describes tables or reads their rows carries the client of BigQuery', () => {
  const withBigQuery = bundles.filter((bundle) => packagesIn(bundle).has('@google-cloud/bigquery'));
  expect(withBigQuery.map(({ name }) => name)).toEqual([
    'publish-schema',
    'replay',
    'erase-subject',
    'finish-erasures',
    'export-subject',
    'scrub-property',
    'prove-erasure',
  ]);
});

test('only functions off the path of events carry the Firestore client that has transactions', () => {
  const withTransactions = bundles.filter((bundle) => packagesIn(bundle).has('@google-cloud/firestore'));
  expect(withTransactions.map(({ name }) => name)).toEqual([
    'publish-schema',
    'export-legacy',
    'replay',
    'erase-subject',
    'erase-inactive',
  ]);
});

test('no bundle carries what a Firestore client loads and nobody uses', () => {
  const unused = /@google-cloud\/firestore-api\/.*(protos\.js|firestore_admin_client\.\w+)$/;
  expect(bundles.flatMap(sourcesOf).filter((source) => unused.test(source))).toEqual([]);
  expect(bundles.flatMap(sourcesOf).some((source) => /firestore-api\/.*\/firestore_client\.\w+$/.test(source))).toBe(
    true,
  );
});

test('no bundle carries polyfills for what Node has, names of traces, or clients of Pub/Sub that read', () => {
  const unused = /\/(tr46|@opentelemetry\/semantic-conventions|pubsub-api\/.*\/(subscriber|schema_service)_client\.js)/;
  expect(bundles.flatMap(sourcesOf).filter((source) => unused.test(source))).toEqual([]);
  expect(bundles.flatMap(sourcesOf).some((source) => /pubsub-api\/.*\/publisher_client\.js$/.test(source))).toBe(true);
});

test('no bundle carries analytics, the bundler or the terraform bindings', () => {
  for (const bundle of bundles) {
    const packages = packagesIn(bundle);
    expect(packages.size).toBeGreaterThan(0);
    for (const name of ['@duckdb/node-api', 'cdktf', 'commander', 'esbuild']) {
      expect(packages).not.toContain(name);
    }
  }
});

test('stack traces name our own files and lines; packages, two thirds of a map, are left out of it', () => {
  for (const { name, folder } of bundles) {
    const map = JSON.parse(readFileSync(join(folder, 'function.js.map'), 'utf8'));
    expect(map.sources.filter((source: string) => source.includes('node_modules'))).toEqual([]);
    const lines = readFileSync(join(folder, 'function.js'), 'utf8').split('\n');
    const ours = 'must be set`';
    const line = lines.findIndex((text) => text.includes(ours));
    const entry = new SourceMap(map).findEntry(line, lines[line]?.indexOf(ours) ?? 0);
    const source = join(folder, 'originalSource' in entry ? entry.originalSource : '');
    expect(source, name).toMatch(/shared\/needs\/settings\.ts$/);
    const original = readFileSync(join(import.meta.dirname, '..', '..', '..', 'shared/needs/settings.ts'), 'utf8');
    const place = 'originalLine' in entry ? entry.originalLine : -1;
    expect(original.split('\n')[place], name).toContain(ours);
    const first = new SourceMap(map).findEntry(0, 0);
    expect(first).not.toHaveProperty('originalSource', expect.stringContaining('node_modules'));
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
