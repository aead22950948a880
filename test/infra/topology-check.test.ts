import { describe, expect, test } from 'vitest';
import { needs as dedup } from '../../functions/dedup/needs.ts';
import { functions } from '../../functions/index.ts';
import { erasureFindings } from '../../infra/checks/erasure-rules.ts';
import { functionFindings, sizeFindings } from '../../infra/checks/function-rules.ts';
import { quotaFindings } from '../../infra/checks/quota-rules.ts';
import { checkResources } from '../../infra/checks/resource-check.ts';
import { subscriptionFindings } from '../../infra/checks/subscription-rules.ts';
import { tableFindings } from '../../infra/checks/table-rules.ts';
import { checkTopology } from '../../infra/checks/topology-check.ts';
import { formatViolation, type Violation } from '../../infra/checks/violation.ts';
import { cloudNames } from '../../infra/cloud-names.ts';
import type { TableLayout } from '../../infra/table-spec.ts';
import { defaultDelivery, makeTopology, type SubscriptionSpec, type Topology } from '../../infra/topology.ts';
import type { Column } from '../../shared/event-types/column.ts';
import type { FunctionSize } from '../../shared/needs/needs.ts';
import { environments } from '../helpers/infra.ts';
import { eventSchema, schemaDocument } from '../helpers/schemas.ts';
import { projectSchemas } from '../helpers/schemas-of-project.ts';

const schemas = [eventSchema(schemaDocument({ properties: { total: { type: 'number' } } }))];
const good = makeTopology(schemas);
const names = cloudNames(environments.prod);
const texts = (violations: readonly Violation[]) => violations.map(formatViolation);

test('the topology of all event types can be deployed in every environment', async () => {
  const all = makeTopology(await projectSchemas());
  for (const environment of Object.values(environments)) expect(() => checkTopology(all, environment)).not.toThrow();
});

test('what is wrong is listed in one error', () => {
  const topology = makeTopology(schemas, { ...defaultDelivery, ackDeadlineSeconds: 5, maxDeliveryAttempts: 3 });
  expect(() => checkTopology(topology, environments.prod)).toThrow(
    /cannot be deployed:\n(.*\n)* {2}subscription dedup, ackDeadlineSeconds is 5: whole seconds from 10 to 600\n(.*\n)* {2}subscription dedup, maxDeliveryAttempts is 3: a whole number from 5 to 100/,
  );
});

test.each([
  [20, undefined],
  [
    21,
    'at most erasureBoundDays (30): it is 21 days of the table, 1 of its partition, 2 of time travel, 7 of fail-safe',
  ],
  [undefined, 'quarantine, days that it can be read after an erasure is'],
])('a quarantine that keeps %s days: nobody can read it longer than an erasure says', (retentionDays, problem) => {
  const tables = good.tables.map((table) => {
    if (table.table !== 'quarantine') return table;
    const { retentionDays: _, ...layout } = table.layout;
    return { ...table, layout: retentionDays === undefined ? layout : { ...layout, retentionDays } };
  });
  const found = texts(erasureFindings({ tables }));
  expect(found).toEqual(problem === undefined ? [] : [expect.stringContaining(problem)]);
});

describe('a subscription', () => {
  const withDedup = (change: Partial<SubscriptionSpec>): Topology => ({
    ...good,
    subscriptions: good.subscriptions.map((one) => (one.name === 'dedup' ? { ...one, ...change } : one)),
  });
  const cases: readonly (readonly [string, Partial<SubscriptionSpec>, RegExp])[] = [
    ['with an ack deadline above 600 s', { ackDeadlineSeconds: 601 }, /ackDeadlineSeconds is 601/],
    ['with part of a second', { ackDeadlineSeconds: 60.5 }, /ackDeadlineSeconds is 60.5/],
    ['with a backoff above 600 s', { maxBackoffSeconds: 700 }, /maxBackoffSeconds is 700: whole seconds from 0 to 600/],
    [
      'with a backoff that shrinks',
      { minBackoffSeconds: 20, maxBackoffSeconds: 10 },
      /minBackoffSeconds is 20: not above maxBackoffSeconds \(10\)/,
    ],
    [
      'with 200 attempts',
      { deadLetter: { topic: 'dead-letter.dedup', maxDeliveryAttempts: 200 } },
      /maxDeliveryAttempts is 200/,
    ],
    [
      'whose dead letters go nowhere',
      { deadLetter: { topic: 'nowhere', maxDeliveryAttempts: 5 } },
      /deadLetter.topic is "nowhere": another topic/,
    ],
    [
      'that is its own dead letter',
      { deadLetter: { topic: 'received', maxDeliveryAttempts: 5 } },
      /deadLetter.topic is "received"/,
    ],
    [
      'whose dead letters nobody tries again',
      { name: 'other' },
      /other, deadLetter.topic is "dead-letter.dedup": another/,
    ],
    ['that keeps messages for a year', { retentionDays: 365 }, /dedup, retentionDays is 365: whole days from 1 to 31/],
    ['of a topic that is not there', { topic: 'nowhere' }, /dedup, topic is "nowhere"/],
    [
      'named as Google keeps it',
      { name: 'google-dedup' },
      /name of a subscription is "google-dedup": .*never beginning with "goog"/,
    ],
    [
      'that pushes to ingest',
      { target: { kind: 'push', function: 'ingest', maxOutstandingMessages: 1 } },
      /target is "ingest": a function whose callers are "push"/,
    ],
    [
      'that gives up before its function',
      { ackDeadlineSeconds: 30 },
      /timeoutSeconds of dedup is 60: at most the ack deadline of dedup \(30\)/,
    ],
    [
      'that fills no table',
      { target: { kind: 'table', dataset: 'events_raw', table: 'x', row: 'json' } },
      /target is "events_raw.x": a table of the topology/,
    ],
  ];
  test.each(cases)('%s is refused', (_name, change, message) => {
    expect(texts(subscriptionFindings(withDedup(change))).join('\n')).toMatch(message);
  });

  test('of a name that is there already is refused, and a topic that nobody reads', () => {
    const [first] = good.subscriptions;
    const doubled = { ...good, subscriptions: first === undefined ? [] : [...good.subscriptions, first] };
    expect(texts(subscriptionFindings(doubled)).join('\n')).toMatch(
      /name of a subscription is "dedup": it is there twice/,
    );
    const unread = { ...good, topics: [...good.topics, { name: 'unread', clearPersonalData: false }] };
    expect(texts(subscriptionFindings(unread)).join('\n')).toMatch(/topic unread is "without a subscription"/);
  });
});

describe('a function’s size', () => {
  const { size } = dedup;
  test.each(functions)('of $name fits together', ({ name, size: own }) => {
    expect(sizeFindings(name, own)).toEqual([]);
  });

  const cases: readonly (readonly [string, Partial<FunctionSize>, RegExp])[] = [
    [
      'concurrency on part of a processor',
      { cpu: 0.5, memoryMiB: 512, requestMiB: 1 },
      /concurrency is 40: 1 with less than one processor/,
    ],
    ['three processors', { cpu: 3 }, /cpu is 3: 1, 2, 4, 6 or 8/],
    ['more memory than a processor has', { memoryMiB: 8_192 }, /memoryMiB is 8192: 128 to 4096 MiB with 1 processors/],
    ['less memory than four processors need', { cpu: 4, memoryMiB: 1_024 }, /memoryMiB is 1024: 2048 to 16384/],
    [
      'more requests than fit the memory',
      { requestMiB: 100 },
      /memoryMiB is 1024: 40 requests at once of 100 MiB need 4150 MiB/,
    ],
    ['two hours', { timeoutSeconds: 7_200 }, /timeoutSeconds is 7200: whole seconds from 1 to 3600/],
    ['concurrency of 2,000', { concurrency: 2_000, requestMiB: 0.1 }, /concurrency is 2000: from 1 to 1000/],
    [
      'much memory on a tenth of a processor',
      { cpu: 0.1, concurrency: 1, requestMiB: 1 },
      /memoryMiB is 1024: 128 to 512 MiB with 0.1/,
    ],
  ];
  test.each(cases)('with %s is refused', (_name, change, message) => {
    expect(texts(sizeFindings('dedup', { ...size, ...change })).join('\n')).toMatch(message);
  });

  test('names of accounts and topics are checked with it', () => {
    const short = { ...names, functionAccount: () => 'edi' };
    const violations = texts(functionFindings(good, short));
    expect(violations.join('\n')).toMatch(/id of a service account is "edi": 6 to 30 lower-case letters/);
    expect(violations.join('\n')).toMatch(/id of a service account is "edi": it is there twice/);
    const [ingest] = good.functions;
    const lost = { ...good, functions: ingest === undefined ? [] : [{ ...ingest, publishesTo: ['nowhere'] }] };
    expect(texts(functionFindings(lost, names))).toEqual([
      '  function ingest, publishesTo is "nowhere": a topic of the topology',
    ]);
  });
});

describe('a table', () => {
  const withTable = (change: { layout?: Partial<TableLayout>; columns?: readonly Column[]; table?: string }) => ({
    ...good,
    tables: good.tables.map((one) =>
      one.dataset === 'events_raw' ? { ...one, ...change, layout: { ...one.layout, ...change.layout } } : one,
    ),
  });
  const column = (name: string): Column => ({ name, property: name, type: 'STRING', mode: 'NULLABLE' });
  const eventColumns = good.tables.find(({ dataset }) => dataset === 'events_raw')?.columns ?? [];
  const cases: readonly (readonly [string, Parameters<typeof withTable>[0], RegExp])[] = [
    [
      'partitioned by a column that is not there',
      { layout: { partitionColumn: 'day' } },
      /partitionColumn is "day": a column of its own/,
    ],
    [
      'partitioned by a text',
      { layout: { partitionColumn: 'event_key' } },
      /partitionColumn is "event_key": .*TIMESTAMP or DATE/,
    ],
    ['clustered by a RECORD', { layout: { clusterColumns: ['data'] } }, /clusterColumns is "data"/],
    [
      'clustered by five columns',
      { layout: { clusterColumns: ['sdk', 'source', 'subject', 'event_key', 'event_id'] } },
      /up to 4 columns/,
    ],
    ['kept for a century', { layout: { retentionDays: 36_500 } }, /retentionDays is 36500: whole days from 1 to 3650/],
    [
      'with a column that BigQuery keeps to itself',
      { columns: [...eventColumns, column('_PARTITIONTIME')] },
      /column _PARTITIONTIME is/,
    ],
    [
      'with columns that differ in case alone',
      { columns: [...eventColumns, column('SDK')] },
      /column SDK is "SDK": there is another/,
    ],
    [
      'whose name has a dash',
      { table: 'shop-order' },
      /name of a table is "events_raw.shop-order": .*letters, digits and _/,
    ],
  ];
  test.each(cases)('%s is refused', (_name, change, message) => {
    expect(texts(tableFindings(withTable(change))).join('\n')).toMatch(message);
  });

  test('of the topology is not', () => {
    expect(tableFindings(good)).toEqual([]);
  });
});

describe('the quota of a region', () => {
  const { prod } = environments;
  const many = { ...prod, instances: { ingest: { min: 2, max: 200 }, pseudonymize: { min: 2, max: 400 } } };

  test('refuses more instances than a new project may have, in every region that they are in, and says who takes it', () => {
    const found = texts(quotaFindings(good, many));
    for (const region of prod.regions) {
      expect(found.join('\n')).toMatch(new RegExp(`instances × cpu in ${region} is \\d+: 20 vCPU at most are granted`));
    }
    expect(found.join('\n')).toContain('pseudonymize 400');
    expect(() => checkTopology(good, many)).toThrow('grantedQuota');
  });

  test('takes them where they are granted, vCPU and memory each for itself', () => {
    expect(quotaFindings(good, { ...many, grantedQuota: { vcpus: 1_000, memoryGib: 2_000 } })).toEqual([]);
    const found = texts(quotaFindings(good, { ...many, grantedQuota: { vcpus: 1_000, memoryGib: 40 } }));
    expect(found.length).toBeGreaterThan(0);
    for (const text of found) expect(text).toContain('40 GiB at most are granted');
  });
});

test('two resources of two stacks that are one thing to Google are refused', () => {
  const stack = (name: string) => ({ resource: { google_pubsub_topic: { topic: { name } } } });
  const stacks = (second: string) =>
    new Map([
      ['a', stack('received')],
      ['b', stack(second)],
    ]);
  expect(() => checkResources(stacks('other'))).not.toThrow();
  expect(() => checkResources(stacks('received'))).toThrow(
    /b google_pubsub_topic\.topic is "received": the same as a google_pubsub_topic\.topic: rename/,
  );
  expect(() => checkResources(stacks('google-x'))).toThrow(/google_pubsub_topic\.topic is "google-x"/);
});
