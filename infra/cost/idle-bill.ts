import { isJsonObject, type JsonObject, type JsonValue } from '../../shared/event/json.ts';
import { type Bill, type BillLine, billOf, line, tebibyte } from './bill.ts';
import { assumptions, secondsPerMonth } from './workload.ts';

/** A resource as Terraform is told of it. */
export interface Declared {
  readonly type: string;
  readonly config: JsonObject;
}

const hoursPerMonth = 730;
/** How often Cloud Monitoring evaluates a condition that says nothing of it ("Manage alerting costs"). */
const evaluationSeconds = 30;
/** BigQuery bills so much of each table that a query names ("On-demand query size calculation"). */
const leastBytesOfTable = 10 * 2 ** 20;
/** Uptime checks of a month that cost nothing, and the places that each is made from. */
const [freeUptimeChecks, uptimePlaces] = [1_000_000, 6];

/**
 * A month of an environment that nobody sends anything to, but its own heartbeats: what its resources cost by being there,
 * at list prices without free tiers. Storage of what is not there and single requests are left out.
 */
export function idleBill(resources: readonly Declared[]): Bill {
  const ofType = (type: string) => resources.filter((one) => one.type === type).map(({ config }) => config);
  const locations = ofType('google_secret_manager_secret').reduce((sum, one) => sum + replicasOf(one), 0);
  const functions = ofType('google_cloudfunctions2_function');
  const kept = functions.reduce((sum, one) => sum + Number(valueAt(one, 'service_config', 'min_instance_count')), 0);
  const jobs = ofType('google_cloud_scheduler_job');
  const wakings = jobs.reduce((sum, { name, schedule }) => sum + wokenBy(name) * callsAnHour(String(schedule)), 0);
  return billOf([
    ...alerting(resources),
    line(
      'keys',
      'kmsKeyVersion',
      ofType('google_kms_crypto_key').length * assumptions.keyVersions,
      'versions after a year',
    ),
    line('secrets', 'secretVersion', locations, 'one version in each location'),
    line('schedules', 'schedulerJob', jobs.length, 'jobs'),
    line('scheduled queries', 'bigQueryScanned', scheduledBytes(resources) / tebibyte, '10 MiB a table and statement'),
    ...scheduledCalls(wakings),
    line('images', 'imageStored', functions.length * assumptions.imageGib, 'one a function and region'),
    line('instances', 'functionIdle', kept * secondsPerMonth, 'kept warm'),
    ...edge(ofType),
  ]);
}

/** Nested blocks are objects, or lists of one. */
function valueAt(config: JsonObject, block: string, name: string): JsonValue | undefined {
  const value = config[block];
  const one = Array.isArray(value) ? value[0] : value;
  return isJsonObject(one) ? one[name] : undefined;
}

function replicasOf(secret: JsonObject): number {
  const managed = valueAt(secret, 'replication', 'user_managed');
  const replicas = isJsonObject(managed) ? managed['replicas'] : undefined;
  return Array.isArray(replicas) ? replicas.length : 1;
}

/** Enabled conditions, one price a metric that each names; and the series that they return at each evaluation. */
function alerting(resources: readonly Declared[]): BillLine[] {
  const policies = resources.filter(
    ({ type, config }) => type === 'google_monitoring_alert_policy' && config['enabled'] !== false,
  );
  const conditions = policies.flatMap(({ config }) => objectsIn(config['conditions']));
  const named = conditions.map((condition) => ({ condition, metrics: metricsOf(condition) }));
  const references = named.reduce((sum, { metrics }) => sum + metrics, 0);
  const points = named.reduce((sum, { condition, metrics }) => {
    const seconds = Number.parseInt(String(promQlOf(condition)?.['evaluation_interval'] ?? evaluationSeconds), 10);
    return sum + (metrics * seriesOf(condition, resources) * secondsPerMonth) / seconds;
  }, 0);
  return [
    line('alerts', 'alertCondition', references, 'metrics that enabled conditions name'),
    line('alerts', 'alertSeries', points / 1e6, 'series at each evaluation'),
  ];
}

function objectsIn(value: JsonValue | undefined): JsonObject[] {
  return (Array.isArray(value) ? value : []).filter(isJsonObject);
}

function promQlOf(condition: JsonObject): JsonObject | undefined {
  const value = condition['condition_prometheus_query_language'];
  return isJsonObject(value) ? value : undefined;
}

function metricsOf(condition: JsonObject): number {
  const query = promQlOf(condition)?.['query'];
  return typeof query === 'string' ? query.split(' and ').length : 1;
}

/** What can be grouped by, at its most: every subscription, scheduled query or function. */
const groups: readonly (readonly [label: string, type: string])[] = [
  ['subscription_id', 'google_pubsub_subscription'],
  ['config_id', 'google_bigquery_data_transfer_config'],
  ['component', 'google_cloudfunctions2_function'],
];

function seriesOf(condition: JsonObject, resources: readonly Declared[]): number {
  const threshold = condition['condition_threshold'];
  const [aggregation] = objectsIn(isJsonObject(threshold) ? threshold['aggregations'] : undefined);
  const by = String(aggregation?.['group_by_fields'] ?? (promQlOf(condition) === undefined ? '' : 'subscription_id'));
  const [, type] = groups.find(([label]) => by.includes(label)) ?? [];
  if (type === undefined) return 1;
  const isCounted = namesIn(String(isJsonObject(threshold) ? threshold['filter'] : ''));
  return resources.filter((one) => one.type === type && isCounted(String(one.config['name']))).length;
}

/** Which names the filter of a condition lets through: those that its regular expression matches whole, or all. */
function namesIn(filter: string): (name: string) => boolean {
  const [, quoted] = /regex\.full_match\("((?:[^"\\]|\\.)*)"\)/.exec(filter) ?? [];
  if (quoted === undefined) return () => true;
  const pattern = new RegExp(`^(?:${quoted.replaceAll('\\\\', '\\')})$`);
  return (name) => pattern.test(name);
}

/** Each statement's tables; an exact view reads the type's table and that of alpha. */
function scheduledBytes(resources: readonly Declared[]): number {
  const configs = resources.filter(({ type }) => type === 'google_bigquery_data_transfer_config');
  return configs.reduce((sum, { config }) => {
    const { query } = isJsonObject(config['params']) ? config['params'] : {};
    const tables = String(query)
      .split(';\n')
      .flatMap((statement) => [...new Set(statement.match(/`[^`]+\.(?:events|events_raw|operations)\.\w+`/g) ?? [])])
      .reduce((count, table) => count + (table.includes('.events.') ? 2 : 1), 0);
    return sum + runsOf(String(config['schedule'])) * tables * leastBytesOfTable;
  }, 0);
}

function runsOf(schedule: string): number {
  const hours = /^every (\d+) hours$/.exec(schedule)?.[1];
  if (hours !== undefined) return hoursPerMonth / Number(hours);
  if (/^every day \d\d:\d\d$/.test(schedule)) return hoursPerMonth / 24;
  throw new RangeError(`"${schedule}" is no schedule that is known here`);
}

/** Of a cron at some minute, by its hours. */
function callsAnHour(cron: string): number {
  const [, hours = ''] = /^\d+ (\S+) \* \* \*$/.exec(cron) ?? [];
  if (hours === '*') return 1;
  const step = /^\*\/(\d+)$/.exec(hours)?.[1];
  if (step !== undefined) return 1 / Number(step);
  if (/^\d+$/.test(hours)) return 1 / 24;
  throw new RangeError(`"${cron}" is no schedule that is known here`);
}

/**
 * Functions that a call of a schedule wakes. Heartbeats, each hour and region, wake the sender, ingest and both stages: one
 * request for all types. What is called alone is woken alone.
 */
function wokenBy(job: JsonValue | undefined): number {
  // Of another region than the job's, the function's region is in the name of the job.
  const [, woken = 1] =
    Object.entries(assumptions.wokenFunctions).find(([name]) => `${job}-`.startsWith(`${name}-`)) ?? [];
  return woken;
}

function scheduledCalls(wakingsAnHour: number): BillLine[] {
  const seconds = wakingsAnHour * hoursPerMonth * assumptions.coldCallSeconds;
  return [
    line('scheduled calls', 'functionVcpu', seconds, 'a cold call of each function that one wakes'),
    line('scheduled calls', 'functionMemory', seconds, 'the same, a GiB each'),
  ];
}

function edge(ofType: (type: string) => readonly JsonObject[]): BillLine[] {
  const checks = ofType('google_monitoring_uptime_check_config').map(({ period }) => Number.parseInt(`${period}`, 10));
  const made = checks.reduce((sum, seconds) => sum + (uptimePlaces * secondsPerMonth) / seconds, 0);
  const rules = ofType('google_compute_global_forwarding_rule').length;
  return [
    line('uptime check', 'uptimeCheck', Math.max(0, made - freeUptimeChecks) / 1e3, 'beyond a free million'),
    // Up to five rules are billed as one.
    line('load balancer', 'loadBalancer', Math.ceil(rules / 5), 'forwarding rules, five at a time'),
    line(
      'Cloud Armor',
      'armorPolicy',
      ofType('google_compute_security_policy').length,
      'the policy, and its two rules',
    ),
  ];
}
