import { expect, test } from 'vitest';
import { requiredApis } from '../../infra/apis.ts';
import { environmentNames } from '../../infra/environment-names.ts';
import { EnvironmentError } from '../../infra/environments/environment.ts';
import { checkApart, knownEnvironment, knownEnvironments } from '../../infra/known-environments.ts';
import { asObject, isJsonObject } from '../../shared/event/json.ts';
import { at, environments, resourcesIn, synthesise } from '../helpers/infra.ts';

const { dev, prod } = environments;
const staging = {
  ...dev,
  name: 'staging',
  projectId: 'edi-staging-example',
  projectNumber: '100000000009',
  stateBucket: 'edi-staging-example-terraform',
};

const stacksOf = { dev: synthesise({ environment: dev }), prod: synthesise({ environment: prod }) };

test('every file of the folder is an environment, asked for by its name', async () => {
  expect(environmentNames()).toEqual(['dev', 'prod']);
  expect(await knownEnvironments()).toEqual([dev, prod]);
  expect(await knownEnvironment('prod')).toBe(prod);
});

test('a copy with a project and a bucket of its own is a third environment, with a state of its own', () => {
  expect(() => checkApart([dev, prod, staging])).not.toThrow();
  const backends = [stacksOf.dev, synthesise({ environment: staging })].flatMap((stacks) =>
    [...stacks.values()].map(({ terraform }) =>
      JSON.stringify(isJsonObject(terraform) ? terraform['backend'] : undefined),
    ),
  );
  expect(new Set(backends).size).toBe(backends.length);
  expect(backends.filter((backend) => backend.includes('"prefix":"staging/state"'))).toHaveLength(1);
});

test.each(['stateBucket', 'projectId', 'projectNumber'] as const)('refuses two environments of one %s', (path) => {
  const check = () => checkApart([dev, prod, { ...staging, [path]: dev[path] }]);
  expect(check).toThrow(EnvironmentError);
  expect(check).toThrow(`${path} is "${dev[path]}" in dev and staging`);
});

test('refuses two environments of one name', () => {
  expect(() => checkApart([dev, { ...staging, name: 'dev' }])).toThrow('name is "dev" in dev and dev');
});

test('refuses two environments behind one domain', () => {
  const second = { ...staging, edge: { domain: 'events.example.com', maxRequestsPerMinute: 60 } };
  expect(() => checkApart([prod, second])).toThrow('edge.domain');
});

test('adding, removing and reordering ingest regions leaves secrets as they are', () => {
  const [first = '', second = ''] = prod.regions;
  const secretLocations = [...prod.secretLocations].reverse();
  const changed = synthesise({ environment: { ...prod, regions: ['europe-west9', second, first], secretLocations } });
  const [before, after] = [secretsIn(stacksOf.prod), secretsIn(changed)];
  expect(before.length).toBeGreaterThan(0);
  expect(after).toEqual(before);
});

test('a region that goes leaves the load balancer before its group of endpoints is deleted, which Google refuses of what is in use', () => {
  const groups = resourcesIn(stacksOf.prod).filter(
    ({ type }) => type === 'google_compute_region_network_endpoint_group',
  );
  expect(groups.map((one) => at(one, 'region'))).toEqual(prod.regions);
  // Terraform deletes what nothing declares any more beside the update of what named it, unless it was made so.
  for (const one of groups) expect(at(one, 'lifecycle.create_before_destroy')).toBe(true);
});

test.each([
  ['events-eu.example.com', 'events.eu.example.com'],
  [`${'events.'.repeat(7)}example.com`, `${'events.'.repeat(7)}example.net`],
])('the certificate of %s is not called as that of %s, which follows it before it goes', (before, after) => {
  const names = [before, after].map((domain) => {
    const stacks = synthesise({ environment: { ...prod, edge: { domain, maxRequestsPerMinute: 60 } } });
    const certificate = resourcesIn(stacks).find(({ type }) => type === 'google_compute_managed_ssl_certificate');
    expect(at(certificate, 'lifecycle.create_before_destroy')).toBe(true);
    return String(at(certificate, 'name'));
  });
  expect(new Set(names).size).toBe(2);
  for (const name of names) expect(name).toMatch(/^[a-z](?:[-a-z0-9]{0,61}[a-z0-9])?$/);
});

test('a group may be written with capitals: BigQuery answers in small letters, and a plan would change its datasets for ever', () => {
  const groups = { ...prod.groups, analysts: 'EDI-Analysts@Example.com' };
  const datasets = resourcesIn(synthesise({ environment: { ...prod, groups } })).filter(
    ({ type }) => type === 'google_bigquery_dataset',
  );
  const access = JSON.stringify(datasets.map((one) => at(one, 'access')));
  expect(access).toContain('"edi-analysts@example.com"');
  expect(access).not.toMatch(/_by_email":"[^"]*[A-Z]/);
});

test('secrets are protected in every environment, whatever else is', () => {
  for (const secret of Object.values(stacksOf).flatMap(secretsIn)) {
    expect(at(secret, 'lifecycle.prevent_destroy')).toBe(true);
    expect(at(secret, 'deletion_protection')).toBe(true);
  }
});

test('a write key that leaked can be replaced, and nothing that made what is stored', () => {
  const functions = Object.values(stacksOf)
    .flatMap(resourcesIn)
    .filter(({ type }) => type === 'google_cloudfunctions2_function');
  const secrets = functions.flatMap((one) => at(one, 'service_config.secret_environment_variables') ?? []);
  const versions = Map.groupBy(secrets.map(asObject), ({ version }) => String(version));
  const idsOf = (version: string) => new Set(versions.get(version)?.map(({ secret }) => secret));
  expect(idsOf('latest')).toEqual(new Set(['edi-heartbeat-key', 'edi-proof-key', 'edi-subject-token-secrets']));
  expect([...versions.keys()].sort()).toEqual(['1', 'latest']);
  expect(idsOf('1').intersection(idsOf('latest')).size).toBe(0);
});

test.each([
  ['EU', {}, 'europe'],
  ['europe-west1', { dataLocation: 'europe-west1' }, 'europe-west1'],
])(
  'data in %s: datasets, their schedules, the snapshot and the key that opens subject keys',
  (location, change, keys) => {
    const stacks = location === prod.dataLocation ? stacksOf.prod : synthesise({ environment: { ...prod, ...change } });
    const resources = resourcesIn(stacks);
    const locationsOf = (type: string, name: (one: (typeof resources)[number]) => boolean) =>
      new Set(resources.filter((one) => one.type === type && name(one)).map((one) => at(one, 'location')));
    expect(locationsOf('google_bigquery_dataset', () => true)).toEqual(new Set([location]));
    expect(locationsOf('google_bigquery_data_transfer_config', () => true)).toEqual(new Set([location]));
    const isSnapshot = (one: (typeof resources)[number]) => at(one, 'name') === `${prod.projectId}-registry-snapshot`;
    expect(locationsOf('google_storage_bucket', isSnapshot)).toEqual(new Set([location]));
    const master = resources.find((one) => one.type === 'google_kms_crypto_key' && at(one, 'name') === 'master-keyset');
    expect(at(master, 'key_ring')).toContain(`ring-${keys}.`);
  },
);

function secretsIn(stacks: ReturnType<typeof synthesise>) {
  return resourcesIn(stacks).filter(({ type }) => type === 'google_secret_manager_secret');
}

test('nothing is uploaded before somebody reads of it, may be called, and may publish what it activates', () => {
  const resources = resourcesIn(stacksOf.prod);
  const sdks = resources.find(({ type, address }) => type === 'google_storage_bucket_object' && address === 'sdks');
  const before = at(sdks, 'depends_on');
  const needed = resources.filter(
    ({ stack, type }) =>
      stack === 'prod-pipeline' &&
      [
        'google_cloudfunctions2_function',
        'google_cloud_run_v2_service_iam_member',
        'google_pubsub_subscription',
        'google_pubsub_topic_iam_member',
        'google_pubsub_topic_iam_policy',
        'google_storage_notification',
      ].includes(type),
  );
  expect(needed.length).toBeGreaterThan(20);
  for (const { type, address } of needed) expect(before).toContain(`${type}.${address}`);
});

test('the APIs that a deployment is checked for are those that the stack foundation enables', () => {
  const enabled = resourcesIn(stacksOf.prod)
    .filter(({ type }) => type === 'google_project_service')
    .map((resource) => String(at(resource, 'service')).replace('.googleapis.com', ''));
  expect(enabled.length).toBeGreaterThan(15);
  expect(requiredApis).toEqual(expect.arrayContaining(enabled));
});
