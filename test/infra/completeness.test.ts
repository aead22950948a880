import { describe, expect, test } from 'vitest';
import type { JsonObject } from '../../shared/event/json.ts';
import { at, environments, type Resource, resourcesIn, synthesise } from '../helpers/infra.ts';
import { eventSchema, schemaDocument } from '../helpers/schemas.ts';

const retired = schemaDocument({ type: 'shop.visit.v1' });
const schemas = [
  eventSchema(schemaDocument()),
  eventSchema({ ...retired, edi: { ...Object(retired['edi']), stage: 'retired' } }),
];

describe.each(Object.values(environments))('how complete a day is, in $name', (environment) => {
  const resources = resourcesIn(synthesise({ environment, schemas }));
  const { projectId, regions } = environment;

  test('schedules run as an account of their own, for the types of each domain and for those in alpha', () => {
    const schedules = resources.filter(
      (one) =>
        one.type === 'google_bigquery_data_transfer_config' && String(at(one, 'display_name')).startsWith('EDI '),
    );
    const whose = schedules.map((one) => String(at(one, 'display_name'))).sort();
    expect(whose).toEqual([
      'EDI completeness: alpha',
      'EDI completeness: shop',
      'EDI hours: alpha',
      'EDI hours: shop',
      'EDI row-losses: alpha',
      'EDI row-losses: shop',
    ]);
    for (const schedule of schedules) {
      const counts = String(at(schedule, 'display_name')).startsWith('EDI row-losses');
      expect(schedule.config).toMatchObject({
        data_source_id: 'scheduled_query',
        location: environment.dataLocation,
        service_account_name: `edi-completeness@${projectId}.iam.gserviceaccount.com`,
      });
      const query = String(at(schedule, 'params.query'));
      expect(query).toMatch(
        counts
          ? /^DECLARE [^;]*;\nSET @@query_label = /
          : /^SET @@query_label = '[^']*';\n(CREATE TEMP TABLE recent AS\n|INSERT INTO `[^`]+\.operations\.completeness_runs` \()/,
      );
      const domain = String(at(schedule, 'display_name')).split(' ').at(-1);
      expect(query).toMatch(new RegExp(`SET @@query_label = 'system:edi,job:[a-z-]+,domain:${domain}';`));
      const isOfShop = String(at(schedule, 'display_name')).endsWith('shop');
      expect(query.includes('.shop_order_v1`')).toBe(isOfShop);
      // A retired type gets no events, and may still have rows on their way.
      expect(query.includes('.shop_visit_v1`')).toBe(isOfShop && counts);
      // What has left alpha is counted with its domain, whose views show its alpha rows.
      expect(query.includes("type NOT IN ('', 'shop.order.v1', 'shop.visit.v1')")).toBe(!isOfShop);
    }
  });

  test('a query is scheduled when the tables and views are there that its stack makes and it reads: it runs at once', () => {
    const made = resources.filter(({ type }) => type === 'google_bigquery_table');
    const reads = resources
      .filter(({ type }) => type === 'google_bigquery_data_transfer_config')
      .flatMap((schedule) => {
        const query = String(at(schedule, 'params.query'));
        const isRead = (one: Resource) => query.includes(`.${at(one, 'dataset_id')}.${at(one, 'table_id')}\``);
        return made.filter((one) => one.stack === schedule.stack && isRead(one)).map((one) => ({ schedule, one }));
      });
    expect(reads.length).toBeGreaterThan(6);
    for (const { schedule, one } of reads) {
      expect(schedule.config['depends_on']).toContain(`google_bigquery_table.${one.address}`);
    }
  });

  test('values that are kept for fewer days than their rows are emptied by a schedule, which may change rows and no table', () => {
    const kept = { type: 'string', treatment: { do: 'pseudonymize', keepDays: 30 } };
    const emptied = resourcesIn(
      synthesise({ environment, schemas: [eventSchema(schemaDocument({ properties: { email: kept } }))] }),
    );
    const isEmptying = (one: Resource) => String(at(one, 'display_name')).startsWith('EDI: values');
    expect(resources.filter(isEmptying)).toEqual([]);
    const [schedule, ...others] = emptied.filter(isEmptying);
    expect(others).toEqual([]);
    expect(schedule?.stack).toMatch(/event-types-shop$/);
    expect(schedule?.config).toMatchObject({
      service_account_name: `edi-queries@${projectId}.iam.gserviceaccount.com`,
      schedule: 'every day 00:30',
    });
    expect(String(at(schedule, 'params.query'))).toContain('.events_raw.shop_order_v1` SET data.email = NULL');
  });

  test('views show the newest answers, and a state of every hour', () => {
    const views = resources.filter((one) => at(one, 'dataset_id') === 'operations' && at(one, 'view') !== undefined);
    const names = views.map((one) => at(one, 'table_id'));
    expect(names).toEqual(expect.arrayContaining(['completeness', 'freshness', 'hour_states']));
    const states = views.find((one) => at(one, 'table_id') === 'hour_states');
    const query = String(at(states, 'view.query'));
    expect(query).toContain(`ARRAY<STRING>['shop.order.v1']`);
    expect(query).toContain(`ARRAY<STRING>[${regions.map((region) => `'${region}'`).join(', ')}]`);
  });

  test('heartbeat goes to the front door, from every region, called from where Cloud Scheduler is offered', () => {
    const jobs = resources.filter(
      (one) =>
        one.type === 'google_cloud_scheduler_job' &&
        !['prove-erasure', 'finish-erasures', 'erase-inactive'].includes(String(at(one, 'name'))),
    );
    const called = (region: string) => `https://heartbeat-${environment.projectNumber}.${region}.run.app`;
    expect(jobs.map((job) => [at(job, 'http_target.uri'), at(job, 'schedule')])).toEqual(
      regions.map((region) => [called(region), '5 * * * *']),
    );
    // It is in neither of the other regions of prod.
    expect(new Set(jobs.map((job) => at(job, 'region')))).toEqual(new Set(['europe-west1']));
    expect(new Set(jobs.map((job) => at(job, 'name'))).size).toBe(regions.length);
    const functions = resources.filter(
      (one) => one.type === 'google_cloudfunctions2_function' && at(one, 'name') === 'heartbeat',
    );
    const doors = functions.map((one) => at(one, 'service_config.environment_variables.EDI_FRONT_DOOR'));
    const door = (region: string) =>
      environment.edge === undefined
        ? `https://ingest-${environment.projectNumber}.${region}.run.app`
        : `https://${environment.edge.domain}`;
    expect(doors).toEqual(regions.map(door));
    const ofRegion = functions.map((one) => at(one, 'service_config.environment_variables.EDI_REGION'));
    expect(ofRegion).toEqual(regions);
  });
});

describe('what a change of one type has to be deployed to, as the page says', () => {
  const other = eventSchema(schemaDocument({ type: 'shop.fax.v1' }));
  const stacksOf = (stage: string, properties: JsonObject = {}) =>
    synthesise({ schemas: [other, eventSchema(schemaDocument({ properties, edi: { stage } }))] });
  const differing = (before: ReturnType<typeof synthesise>, after: ReturnType<typeof synthesise>) =>
    [...after].flatMap(([stack, content]) =>
      JSON.stringify(content) === JSON.stringify(before.get(stack)) ? [] : [stack],
    );

  test.each([
    ['a revision', 'beta', stacksOf('beta', { note: { type: 'string' } }), ['prod-event-types-shop']],
    ['a stage', 'beta', stacksOf('ga'), ['prod-event-types-shop']],
    ['a promotion', 'alpha', stacksOf('beta'), ['prod-event-types', 'prod-event-types-shop', 'prod-observability']],
    ['a retirement', 'ga', stacksOf('retired'), ['prod-event-types-shop', 'prod-observability']],
  ] as const)('%s', (_name, stage, after, expected) => {
    expect(differing(stacksOf(stage), after)).toEqual(expected);
  });
});
