import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { cloudNames } from '../../infra/cloud-names.ts';
import { asObject } from '../../shared/event/json.ts';
import { kinds } from '../../shared/needs/kinds.ts';
import { at, environments, type Resource, resourcesIn, synthesise } from '../helpers/infra.ts';
import { projectSchemas } from '../helpers/schemas-of-project.ts';

const schemas = await projectSchemas();
const inDev = resourcesIn(synthesise({ environment: environments.dev, schemas }));
const inProd = resourcesIn(synthesise({ environment: environments.prod, schemas }));
const isView = (resource: Resource) => at(resource, 'view') !== undefined;

/** What something is lost with. */
const statefulTypes = [
  'google_bigquery_dataset',
  'google_bigquery_table',
  'google_firestore_database',
  'google_kms_crypto_key',
  'google_kms_key_ring',
  'google_pubsub_subscription',
  'google_pubsub_topic',
  'google_secret_manager_secret',
  'google_storage_bucket',
];

describe('in prod', () => {
  const resources = inProd;
  const ofType = (type: string) => resources.filter((resource) => resource.type === type && !isView(resource));

  test.each(statefulTypes)('Terraform destroys no %s', (type) => {
    expect(ofType(type).length).toBeGreaterThan(0);
    for (const resource of ofType(type)) {
      expect(at(resource, 'lifecycle.prevent_destroy'), resource.address).toBe(true);
    }
  });

  test('Google itself refuses to delete what can be protected', () => {
    for (const table of ofType('google_bigquery_table')) expect(at(table, 'deletion_protection')).toBe(true);
    for (const secret of ofType('google_secret_manager_secret')) expect(at(secret, 'deletion_protection')).toBe(true);
    for (const database of ofType('google_firestore_database')) {
      expect(at(database, 'delete_protection_state')).toBe('DELETE_PROTECTION_ENABLED');
    }
    for (const bucket of ofType('google_storage_bucket')) expect(at(bucket, 'force_destroy')).toBe(false);
    for (const dataset of ofType('google_bigquery_dataset')) {
      expect(at(dataset, 'delete_contents_on_destroy')).toBe(false);
    }
  });

  test('the registry can be had back; subject keys cannot, since what is erased is to be gone', () => {
    const recovery = new Map(
      ofType('google_firestore_database').map((one) => [at(one, 'name'), at(one, 'point_in_time_recovery_enablement')]),
    );
    expect(recovery.get('registry')).toBe('POINT_IN_TIME_RECOVERY_ENABLED');
    expect(recovery.get('subject-keys')).toBe('POINT_IN_TIME_RECOVERY_DISABLED');
    const backups = ofType('google_firestore_backup_schedule').map((one) => String(at(one, 'database')));
    expect(backups.some((database) => database.includes('registry'))).toBe(true);
    expect(backups.some((database) => database.includes('subject-keys'))).toBe(false);
  });

  test('claims expire, and are in no index', () => {
    const fields = ofType('google_firestore_field').filter((field) => at(field, 'collection') === 'claims');
    const byName = new Map(fields.map((field) => [at(field, 'field'), field.config]));
    expect(byName.get('expireAt')).toMatchObject({ ttl_config: {}, index_config: {} });
    expect(byName.get('claims')).toMatchObject({ index_config: {} });
    expect(byName.get('*')).toMatchObject({ index_config: {} });
  });
});

test('dev can be taken down, scales to zero, and has no load balancer', () => {
  const resources = inDev;
  for (const resource of resources) {
    // Their loss is that of all pseudonyms: whoever takes dev down deletes them by hand.
    if (resource.type === 'google_secret_manager_secret') continue;
    expect(at(resource, 'lifecycle.prevent_destroy')).toBeUndefined();
    if (resource.type === 'google_bigquery_table') expect(at(resource, 'deletion_protection')).toBe(false);
    if (resource.type === 'google_storage_bucket') expect(at(resource, 'force_destroy')).toBe(true);
    if (resource.type === 'google_bigquery_dataset') expect(at(resource, 'delete_contents_on_destroy')).toBe(true);
    if (resource.type === 'google_firestore_database') {
      expect(at(resource, 'delete_protection_state')).toBe('DELETE_PROTECTION_DISABLED');
      // Terraform's default would leave it there, and the next deployment meet it.
      expect(at(resource, 'deletion_policy')).toBe('DELETE');
    }
    if (resource.type !== 'google_cloudfunctions2_function') continue;
    expect(at(resource, 'service_config.min_instance_count')).toBe(0);
  }
  expect(resources.filter(({ type }) => type.startsWith('google_compute_'))).toEqual([]);
});

test('the commands that set dev up again adopt, by their addresses, all that Google or Terraform keeps of its state', () => {
  const page = readFileSync(new URL('../../infra/stacks/README.md', import.meta.url), 'utf8');
  const [, section = ''] = /## Take dev down(.*?)\n## /s.exec(page) ?? [];
  const variables = { KEY_LOCATION: String(/KEY_LOCATION=(\S+)/.exec(page)?.[1]), PROJECT: environments.dev.projectId };
  const secrets = Object.values(kinds.secrets).map(({ id }) => id);
  const keys = (/for KEY in (.*?); do/.exec(section)?.[1] ?? '').split(' ');
  const adopted = [...section.matchAll(/terraform import (\S+) (\S+)/g)].flatMap(([, address = '', id = '']) => {
    const each = address.includes('$SECRET')
      ? secrets
      : address.includes('$KEY') && !address.includes('$KEY_')
        ? keys
        : [''];
    return each.map((name) => [address, id].map((text) => expand(text, { ...variables, KEY: name, SECRET: name })));
  });
  const kept = inDev.filter(
    ({ type }) => /^google_kms_(?:key_ring|crypto_key)$/.test(type) || type === 'google_secret_manager_secret',
  );
  expect(adopted.map(([address]) => address).sort()).toEqual(
    kept.map(({ type, address }) => `${type}.${address}`).sort(),
  );
  const { keyRing, cryptoKey } = { keyRing: adopted[0]?.[1], cryptoKey: adopted[1]?.[1] };
  expect(cryptoKey).toBe(cloudNames(environments.dev).key('master'));
  expect(cryptoKey?.startsWith(`${keyRing}/cryptoKeys/`)).toBe(true);
});

/** As a shell does. */
function expand(text: string, variables: Readonly<Record<string, string>>): string {
  return text.replaceAll(/\$(\w+)/g, (_, name: string) => variables[name] ?? `no ${name}`);
}

test('prod takes SDKs’ requests through the load balancer alone, which ejects at most half of the regions', () => {
  const resources = inProd;
  const [service] = resources.filter(({ type }) => type === 'google_compute_backend_service');
  expect(at(service, 'outlier_detection.max_ejection_percent')).toBe(50);
  expect(at(service, 'log_config.enable')).toBe(false);
  expect(at(service, 'backend')).toHaveLength(environments.prod.regions.length);
  const functions = resources.filter(({ type }) => type === 'google_cloudfunctions2_function');
  // Operators call from their own machines; IAM refuses everybody else before the function runs.
  const ingress: Readonly<Record<string, string>> = {
    ingest: 'ALLOW_INTERNAL_AND_GCLB',
    replay: 'ALLOW_ALL',
    'erase-subject': 'ALLOW_ALL',
    'export-subject': 'ALLOW_ALL',
    'scrub-property': 'ALLOW_ALL',
  };
  for (const one of functions) {
    const name = String(at(one, 'name'));
    const expected = ingress[name] ?? 'ALLOW_INTERNAL_ONLY';
    expect(at(one, 'service_config.ingress_settings')).toBe(expected);
  }
});

test('the edge is watched from outside where there is one: health, certificate, refusals', () => {
  const resources = inProd;
  const check = resources.find(({ type }) => type === 'google_monitoring_uptime_check_config');
  expect(at(check, 'http_check')).toMatchObject({ path: '/health', use_ssl: true, validate_ssl: true });
  expect(at(check, 'monitored_resource.labels.host')).toBe(environments.prod.edge?.domain);
  const alerts = resources.filter(({ type }) => type === 'google_monitoring_alert_policy');
  const alertOf = (id: string) => alerts.find(({ address }) => address === `alert_${id}`);
  const conditionOf = (id: string) => JSON.stringify(alertOf(id)?.config);
  expect(conditionOf('front-door')).toContain('uptime_check/check_passed');
  expect(conditionOf('certificate')).toContain('time_until_ssl_cert_expires');
  // The unit of that metric is days; Google's certificates have 90 at most.
  expect(at(alertOf('certificate'), 'conditions.0.condition_threshold.threshold_value')).toBe(14);
  expect(conditionOf('edge-throttles')).toContain('429');
  expect(conditionOf('no-events')).toContain('condition_absent');
  const slo = resources.find(
    ({ type, address }) => type === 'google_monitoring_slo' && address.includes('availability'),
  );
  expect(JSON.stringify(slo?.config)).toContain('5..|429');
});

test('the edge asks of its serverless backends what Google takes of them, without success rates', () => {
  const service = inProd.find(({ type }) => type === 'google_compute_backend_service');
  const detection = Object.keys(asObject(at(service, 'outlier_detection')));
  expect(detection).toContain('consecutive_gateway_failure');
  expect(detection.filter((name) => name.includes('success_rate'))).toEqual([]);
});

test('a type that usually has events and has none is told by a query that fails, and by no other alert', () => {
  const schedules = inProd.filter(({ type }) => type === 'google_bigquery_data_transfer_config');
  const quiet = schedules.find((one) => at(one, 'display_name') === 'EDI: quiet types');
  expect(at(quiet, 'schedule')).toBe('every 1 hours');
  const query = String(at(quiet, 'params.query'));
  for (const region of environments.prod.regions) expect(query).toContain(`'${region}'`);
  const view = inProd.find((one) => at(one, 'table_id') === 'quiet_types');
  expect(query).toContain(String(at(view, 'view.query')));
  const id = `\${element(split("/", google_bigquery_data_transfer_config.${quiet?.address}.name), 5)}`;
  const runs = inProd.flatMap((one) => {
    const filter = String(at(one, 'conditions.0.condition_threshold.filter'));
    const [, which] = /completed_runs" AND (.*)$/.exec(filter) ?? [];
    return which === undefined ? [] : [[one.address, which]];
  });
  expect(runs).toEqual([
    ['alert_losses', `resource.labels.config_id!="${id}"`],
    ['alert_quiet-types', `resource.labels.config_id="${id}"`],
  ]);
});

test('how long events wait is asked of each subscription and of each type, never of a mean', () => {
  const objectives = inProd.filter(
    ({ type, address }) => type === 'google_monitoring_slo' && address.includes('fresh'),
  );
  const series = objectives.map((one) => String(at(one, 'windows_based_sli.metric_mean_in_range.time_series')));
  expect(series.map((filter) => /subscription_id="([^"]*)"$/.exec(filter)?.[1])).toEqual(['dedup', 'pseudonymize']);
  const burns = inProd
    .filter(({ address }) => address.startsWith('objective_freshness-event-tables'))
    .map((one) => String(at(one, 'conditions.0.condition_prometheus_query_language.query')));
  const age = 'subscription_oldest_unacked_message_age{monitored_resource="pubsub_subscription",';
  const part = (quantile: number, seconds: number) =>
    `quantile_over_time(${quantile}, pubsub_googleapis_com:${age}subscription_id=~"to-table\\\\.event\\\\..+"}[${seconds}s]) > 180`;
  // 14.4 and 6 times the hundredth of the time that may be bad.
  expect(burns).toEqual([
    `${part(0.856, 3_600)} and ${part(0.856, 300)}`,
    `${part(0.94, 21_600)} and ${part(0.94, 1_800)}`,
  ]);
});

test('an alert on a count of the logs refers to its metric, since Google takes none on one that is not there yet', () => {
  const alerts = inProd.filter(({ type }) => type === 'google_monitoring_alert_policy');
  const named = alerts.flatMap(({ config }) => JSON.stringify(config).match(/googleapis\.com\/user\/[^"\\]*/g) ?? []);
  expect(named.length).toBeGreaterThan(4);
  for (const name of named) expect(name).toMatch(/\/user\/\$\{google_logging_metric\.\S+\.name\}$/);
});

test('reads of subject keys and dead letters by people are in the audit logs, those of our functions are not', () => {
  const audits = inProd.filter(({ type }) => type === 'google_project_iam_audit_config');
  for (const service of ['datastore.googleapis.com', 'pubsub.googleapis.com']) {
    const audit = audits.find((one) => at(one, 'service') === service);
    expect(at(audit, 'audit_log_config.0.log_type')).toBe('DATA_READ');
    const exempted = JSON.stringify(at(audit, 'audit_log_config.0.exempted_members'));
    expect(exempted).toContain('serviceAccount:edi-pseudonymize@');
    expect(exempted).not.toMatch(/group:|allUsers/);
  }
});

test('request logs of ingest are kept out before it is deployed', () => {
  const resources = inProd;
  const exclusion = resources.find(({ type }) => type === 'google_logging_project_exclusion');
  expect(exclusion?.stack).toBe('prod-foundation');
  expect(at(exclusion, 'filter')).toContain('run.googleapis.com/requests');
});

test('of the stages, request logs of what was taken are kept out, and no others', () => {
  const exclusions = inProd.filter(({ type }) => type === 'google_logging_project_exclusion');
  const stages = exclusions.find((one) => at(one, 'name') === 'stages-request-logs');
  expect(at(stages, 'filter')).toContain('("dedup" OR "pseudonymize" OR "publish-schema"');
  expect(at(stages, 'filter')).toMatch(/httpRequest\.status>=200 AND httpRequest\.status<300$/);
});
