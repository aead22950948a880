import { describe, expect, test } from 'vitest';
import { instancesOf } from '../../infra/environments/environment.ts';
import { makeTopology } from '../../infra/topology.ts';
import { at, environments, type Resource, resourcesIn, synthesise } from '../helpers/infra.ts';
import { projectSchemas } from '../helpers/schemas-of-project.ts';

const schemas = await projectSchemas();
const topology = makeTopology(schemas);

describe.each(Object.values(environments))('what $name delivers', (environment) => {
  const resources = resourcesIn(synthesise({ environment, schemas }));
  const ofType = (type: string) => resources.filter((resource) => resource.type === type);
  const topics = ofType('google_pubsub_topic');
  const subscriptions = ofType('google_pubsub_subscription');
  const isFiles = (resource: Resource) => at(resource, 'cloud_storage_config') !== undefined;
  const topicOf = (reference: unknown) =>
    topics.find(({ address }) => reference === `\${google_pubsub_topic.${address}.id}`);
  const named = (list: readonly Resource[]) =>
    new Map(list.map((resource) => [String(at(resource, 'name')), resource]));

  test('is every topic and subscription of the topology, and the raw archive where it is asked for', () => {
    expect([...named(topics).keys()].sort()).toEqual(topology.topics.map(({ name }) => name).sort());
    const archives =
      environment.rawArchive === undefined
        ? []
        : ['alpha', ...schemas.map(({ edi }) => edi.type)].map((sink) => `archive.event.${sink}`);
    const expected = [...topology.subscriptions.map(({ name }) => name), ...archives];
    expect([...named(subscriptions).keys()].sort()).toEqual(expected.sort());
  });

  test('has the topology’s deadlines, backoff and attempts, and never expires', () => {
    for (const {
      name,
      topic,
      ackDeadlineSeconds,
      minBackoffSeconds,
      maxBackoffSeconds,
      retentionDays,
      deadLetter,
    } of topology.subscriptions) {
      const declared = named(subscriptions).get(name);
      expect(at(topicOf(at(declared, 'topic')), 'name')).toBe(topic);
      expect(declared?.config).toMatchObject({
        ack_deadline_seconds: ackDeadlineSeconds,
        retry_policy: { minimum_backoff: `${minBackoffSeconds}s`, maximum_backoff: `${maxBackoffSeconds}s` },
        expiration_policy: { ttl: '' },
        message_retention_duration: `${retentionDays * 86_400}s`,
      });
      expect(at(declared, 'dead_letter_policy.max_delivery_attempts')).toBe(deadLetter?.maxDeliveryAttempts);
      expect(at(topicOf(at(declared, 'dead_letter_policy.dead_letter_topic')), 'name')).toBe(deadLetter?.topic);
    }
  });

  test('delivers the dead letters of each subscription to its own target again', () => {
    const first = topology.subscriptions.filter(({ deadLetter }) => deadLetter !== undefined);
    expect(first.length).toBeGreaterThan(0);
    for (const { name } of first) {
      const [fast, again] = [named(subscriptions).get(name), named(subscriptions).get(`second-line.${name}`)];
      const deadLetters = topicOf(at(fast, 'dead_letter_policy.dead_letter_topic'));
      expect(topicOf(at(again, 'topic'))?.address).toBe(deadLetters?.address);
      for (const target of ['push_config', 'bigquery_config']) expect(at(again, target)).toEqual(at(fast, target));
      expect(at(again, 'dead_letter_policy')).toBeUndefined();
    }
  });

  test('writes what a table of events did not take down as messages with their attributes', () => {
    const unfit = subscriptions.filter((subscription) => String(at(subscription, 'name')).startsWith('unfit-rows.'));
    expect(unfit.length).toBe(schemas.length + 1);
    for (const subscription of unfit) {
      expect(at(subscription, 'bigquery_config')).toEqual({
        table: `${environment.projectId}.operations.unfit_rows`,
        write_metadata: true,
      });
    }
  });

  test('keeps files of event topics alone, without versions and soft delete; clear topics are under our key', () => {
    const buckets = named(ofType('google_storage_bucket'));
    for (const subscription of subscriptions.filter(isFiles)) {
      const bucket = buckets.get(String(at(subscription, 'cloud_storage_config.bucket')));
      expect(at(topicOf(at(subscription, 'topic')), 'name')).toMatch(/^event\./);
      expect(bucket?.config).toMatchObject({
        versioning: { enabled: false },
        soft_delete_policy: { retention_duration_seconds: 0 },
        public_access_prevention: 'enforced',
        uniform_bucket_level_access: true,
      });
    }
    const clear = topics.filter((topic) => at(topic, 'kms_key_name') !== undefined).map((topic) => at(topic, 'name'));
    const expected = topology.topics.filter(({ clearPersonalData }) => clearPersonalData).map(({ name }) => name);
    expect(clear.sort()).toEqual(expected.sort());
  });

  test('keeps nothing of a legacy file beyond its days, nor of one whose upload broke off', () => {
    const legacy = named(ofType('google_storage_bucket')).get(`${environment.projectId}-legacy-files`);
    expect(at(legacy, 'lifecycle_rule')).toEqual([
      {
        action: { type: 'Delete' },
        // gcloud cp makes objects of the parts of a large file, there.
        condition: { age: 28, matches_prefix: ['files/', 'gcloud/tmp/', 'gsutil/tmp/'] },
      },
      { action: { type: 'AbortIncompleteMultipartUpload' }, condition: { age: 1 } },
    ]);
    expect(at(legacy, 'versioning.enabled')).toBe(false);
    expect(at(legacy, 'soft_delete_policy.retention_duration_seconds')).toBe(0);
  });

  test('pushes to the bare URL of each function, as the account and for the audience that the function takes', () => {
    const functions = ofType('google_cloudfunctions2_function');
    const pushes = subscriptions.filter((subscription) => at(subscription, 'push_config') !== undefined);
    expect(pushes.length).toBe(2 * topology.functions.filter(({ callers }) => callers.kind === 'push').length);
    for (const push of pushes) {
      const endpoint = at(push, 'push_config.push_endpoint');
      expect(endpoint).toMatch(/^https:\/\/[a-z-]+-\d+\.[a-z0-9-]+\.run\.app$/);
      expect(at(push, 'push_config.oidc_token.audience')).toBe(endpoint);
      const callee = functions.find(
        (one) => at(one, 'service_config.environment_variables.EDI_PUSH_AUDIENCE') === endpoint,
      );
      expect(at(callee, 'service_config.environment_variables.EDI_PUSH_SERVICE_ACCOUNT')).toBe(
        at(push, 'push_config.oidc_token.service_account_email'),
      );
      expect(Number(at(callee, 'service_config.timeout_seconds'))).toBeLessThanOrEqual(
        Number(at(push, 'ack_deadline_seconds')),
      );
    }
  });

  test('runs ingest and heartbeat in every region, the others where the state is, each with its size and own account', () => {
    const functions = ofType('google_cloudfunctions2_function');
    for (const spec of topology.functions) {
      const { name, callers, size } = spec;
      const deployed = functions.filter((one) => at(one, 'name') === name);
      const isEverywhere = callers.kind === 'public' || name === 'heartbeat';
      const regions = isEverywhere ? environment.regions : [environment.stateRegion];
      expect(deployed.map((one) => at(one, 'location'))).toEqual(regions);
      for (const one of deployed) {
        expect(at(one, 'build_config.runtime')).toBe('nodejs24');
        expect(one.config['service_config']).toMatchObject({
          available_memory: `${size.memoryMiB}Mi`,
          available_cpu: `${size.cpu}`,
          max_instance_request_concurrency: size.concurrency,
          min_instance_count: instancesOf(environment, spec).min,
          max_instance_count: instancesOf(environment, spec).max,
          service_account_email: `edi-${name}@${environment.projectId}.iam.gserviceaccount.com`,
        });
      }
    }
  });
});

describe.each(Object.values(environments))('the sink of each event type in $name', (environment) => {
  const resources = resourcesIn(synthesise({ environment, schemas }));
  const find = (type: string, key: string, value: string) =>
    resources.find((resource) => resource.type === type && at(resource, key) === value);

  test.each(schemas.map((schema) => [schema.edi.type, schema] as const))('%s', (type, { edi, columns }) => {
    const table = `${type.replaceAll(/[.-]/g, '_')}`;
    const base = resources.find(
      (one) =>
        one.type === 'google_bigquery_table' && at(one, 'dataset_id') === 'events_raw' && at(one, 'table_id') === table,
    );
    const view = resources.find(
      (one) =>
        one.type === 'google_bigquery_table' && at(one, 'dataset_id') === 'events' && at(one, 'table_id') === table,
    );
    const fields: { name: string; mode: string }[] = JSON.parse(String(at(base, 'schema')).replaceAll('$${', '${'));
    expect(fields.map(({ name, mode }) => ({ name, mode }))).toEqual(columns.map(({ name, mode }) => ({ name, mode })));
    expect(base?.config).toMatchObject({
      time_partitioning: { type: 'DAY', field: 'event_time', expiration_ms: edi.retentionDays * 86_400_000 },
      clustering: ['event_key'],
      labels: { domain: type.split('.')[0], owner: edi.owner, stage: edi.stage },
    });
    const query = String(at(view, 'view.query'));
    expect(at(view, 'view.use_legacy_sql')).toBe(false);
    expect(query).toContain(`FROM \`${environment.projectId}.events_raw.${table}\``);
    const copies = 'PARTITION BY event_time, event_key ORDER BY COALESCE(replayed, FALSE), received_time';
    expect(query.endsWith(`QUALIFY ROW_NUMBER() OVER (${copies}) = 1`)).toBe(true);
    for (const { name } of columns) expect(query).toContain(`\`${name}\``);
    expect(query).toContain(`FROM \`${environment.projectId}.events_raw.alpha\`\nWHERE type = '${type}'`);
    const writer = find('google_pubsub_subscription', 'name', `to-table.event.${type}`);
    expect(at(writer, 'bigquery_config')).toMatchObject({ use_table_schema: true, drop_unknown_fields: false });
    const [domain, event, major] = type.split('.');
    const upload = find('google_storage_bucket_object', 'name', `${domain}/${event}.${major}.json`);
    const before = [base, view, writer].map((part) => `${part?.type}.${part?.address}`);
    expect(at(upload, 'depends_on')).toEqual(expect.arrayContaining(before));
  });
});
