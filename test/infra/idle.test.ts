import { expect, test } from 'vitest';
import { type Declared, idleBill } from '../../infra/cost/idle-bill.ts';
import { environments, resourcesIn, synthesise } from '../helpers/infra.ts';
import { projectSchemas } from '../helpers/schemas-of-project.ts';

const schemas = await projectSchemas();
const usdOf = (resources: readonly Declared[], component: string) =>
  idleBill(resources).lines.reduce((sum, one) => sum + (one.component === component ? one.usd : 0), 0);

test('dev costs at most 15 USD a month while nobody sends anything', () => {
  const resources = resourcesIn(synthesise({ environment: environments.dev, schemas }));
  const { lines, totalUsd } = idleBill(resources);
  expect(totalUsd, JSON.stringify(lines, null, 1)).toBeLessThanOrEqual(15);
  for (const component of [
    'alerts',
    'keys',
    'secrets',
    'schedules',
    'scheduled queries',
    'scheduled calls',
    'images',
  ]) {
    expect(usdOf(resources, component), component).toBeGreaterThan(0);
  }
  // With all alerts enabled it would not.
  const all = resources.map((one) => ({ ...one, config: { ...one.config, enabled: true } }));
  expect(idleBill(all).totalUsd).toBeGreaterThan(15);
});

const policy = (config: object, enabled = true): Declared => ({
  type: 'google_monitoring_alert_policy',
  config: { enabled, conditions: [JSON.parse(JSON.stringify(config))] },
});
const subscription: Declared = { type: 'google_pubsub_subscription', config: {} };

test('an idle bill by hand: a month has 2,628,000 seconds, and conditions are evaluated every 30 of them', () => {
  const threshold = {
    condition_threshold: { aggregations: [{ group_by_fields: ['resource.label.subscription_id'] }] },
  };
  const promQl = { condition_prometheus_query_language: { query: 'a > 1 and b > 1', evaluation_interval: '300s' } };
  const declared = [policy({ condition_absent: {} }), policy(threshold), policy(promQl), policy(threshold, false)];
  const resources = [...declared, subscription, subscription];
  // One, one and two metrics; 87,600 times 1 and 2 series, and 8,760 times 2 of each of two metrics.
  const points = 87_600 * 3 + 8_760 * 4;
  expect(usdOf(resources, 'alerts')).toBeCloseTo(4 * 1.5 + (points / 1e6) * 0.35, 9);

  const query =
    'DECLARE a INT64;\nINSERT INTO `p.operations.x` SELECT 1 FROM `p.events.y`, `p.events.y`;\nSELECT 1 FROM `p.events_raw.z`';
  const schedule = (times: string): Declared => ({
    type: 'google_bigquery_data_transfer_config',
    config: { schedule: times, params: { query } },
  });
  // x, y as the type's table and alpha's, and z: 10 MiB each.
  const usd = (runs: number) => ((runs * 4 * 10 * 2 ** 20) / 2 ** 40) * 6.25;
  expect(usdOf([schedule('every 6 hours')], 'scheduled queries')).toBeCloseTo(usd(730 / 6), 9);
  expect(usdOf([schedule('every day 04:10')], 'scheduled queries')).toBeCloseTo(usd(730 / 24), 9);
  expect(() => idleBill([schedule('1st monday of month 10:00')])).toThrow(RangeError);

  // A condition counts the subscriptions that its filter lets through.
  const filtered = {
    condition_threshold: {
      filter: 'resource.labels.subscription_id=monitoring.regex.full_match("(second-line|unfit-rows)\\\\..*")',
      aggregations: [{ group_by_fields: ['resource.label.subscription_id'] }],
    },
  };
  const named = ['second-line.a', 'unfit-rows.b', 'second-lines', 'a'].map((name) => ({
    ...subscription,
    config: { name },
  }));
  expect(usdOf([policy(filtered), ...named], 'alerts')).toBeCloseTo(1.5 + ((87_600 * 2) / 1e6) * 0.35, 9);

  // A heartbeat wakes four functions, each cold for six seconds: 730 calls of a month.
  const job = (name: string, cron: string): Declared => ({
    type: 'google_cloud_scheduler_job',
    config: { name, schedule: cron },
  });
  const seconds = (calls: number) => calls * 6 * (24e-6 + 2.5e-6);
  expect(usdOf([job('heartbeat', '5 * * * *')], 'scheduled calls')).toBeCloseTo(seconds(730 * 4), 9);
  expect(usdOf([job('heartbeat-europe-west4', '5 * * * *')], 'scheduled calls')).toBeCloseTo(seconds(730 * 4), 9);
  expect(usdOf([job('another', '5 */2 * * *')], 'scheduled calls')).toBeCloseTo(seconds(365), 9);

  const secret: Declared = {
    type: 'google_secret_manager_secret',
    config: { replication: { user_managed: { replicas: [{}, {}, {}] } } },
  };
  expect(usdOf([secret], 'secrets')).toBeCloseTo(3 * 0.06, 9);
  const check: Declared = { type: 'google_monitoring_uptime_check_config', config: { period: '60s' } };
  // 262,800 a month each, and a million is free.
  expect(usdOf([check], 'uptime check')).toBe(0);
  expect(usdOf([check, check, check, check], 'uptime check')).toBeCloseTo(51.2 * 0.3, 9);
});
