import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { checkEnvironment, type Environment, EnvironmentError } from '../../infra/environments/environment.ts';
import { readSynthInput } from '../../infra/synth-input.ts';
import type { JsonObject } from '../../shared/event/json.ts';
import { lockOf } from '../../shared/schema-language/columns-lock.ts';
import { at, environments, resourcesIn, synthesise } from '../helpers/infra.ts';
import { eventSchema, schemaDocument, testSdks } from '../helpers/schemas.ts';

const { dev } = environments;
const regions = ['europe-west1', 'europe-west4'];
const prod: Environment = { ...environments.prod, stateRegion: 'europe-west1', regions };
const order = (properties: JsonObject, type = 'shop.order.v1') => eventSchema(schemaDocument({ type, properties }));
const total: JsonObject = { total: { type: 'number' } };

describe('an environment', () => {
  const cases: readonly (readonly [name: string, change: Partial<Environment>, message: RegExp])[] = [
    ['with capitals in its name', { name: 'Prod' }, /name is "Prod": up to 16 lower-case letters/],
    [
      'without a state region',
      { regions: ['europe-west4'] },
      /regions is \["europe-west4"\]: .*state region "europe-west1"/,
    ],
    [
      'that names a region twice',
      { regions: ['europe-west1', 'europe-west1'] },
      /regions is .*: names each region once/,
    ],
    ['with an empty project', { projectId: '' }, /projectId is "": the id of a Google Cloud project/],
    [
      'with a project id for a number',
      { projectNumber: 'edi-prod' },
      /projectNumber is "edi-prod": the project's number/,
    ],
    [
      'with more warm instances than it may have',
      { instances: { ...prod.instances, ingest: { min: 3, max: 2 } } },
      /instances\.ingest is /,
    ],
    ['with data nowhere', { dataLocation: 'europe' }, /dataLocation is "europe": "EU" or "US", or the state region/],
    ['with data in a region of its own', { dataLocation: 'europe-west4' }, /dataLocation is "europe-west4"/],
    [
      'with its data on another continent',
      { dataLocation: 'US' },
      /stateRegion is "europe-west1": inside of dataLocation "US".*secretLocations.*firestoreLocation is "eur3".*"nam5"/s,
    ],
    ['with a secret outside of it', { secretLocations: ['us-east1'] }, /secretLocations is \["us-east1"\]: inside/],
    [
      'with a key of topics in one of its regions',
      { topicKeyLocation: 'europe-west1' },
      /topicKeyLocation is .*"europe"/,
    ],
    [
      'that lets a user read more than the project',
      { queryLimits: { userGibPerDay: 200, projectGibPerDay: 100 } },
      /queryLimits is .*: whole GiB/,
    ],
    ['with anybody as a reader', { clearDataReaders: ['allUsers'] }, /clearDataReaders is \["allUsers"\]/],
    ['that erases who was away for a month', { inactiveSubjectDays: 30 }, /inactiveSubjectDays is 30: whole days, 90/],
    [
      'that looks back for longer than payloads are kept',
      { lookBackDays: 30 },
      /lookBackDays is 30: .*EDI_LOOK_BACK_DAYS \(30\) must not be above EDI_PURGE_AFTER_DAYS/,
    ],
    [
      'that looks back for less than clients send again',
      { lookBackDays: 26 },
      /lookBackDays is 26: .*giveUpAfterDays .* must not be above EDI_LOOK_BACK_DAYS - 1/,
    ],
    ['that looks back for half a day', { lookBackDays: 28.5 }, /lookBackDays is 28.5: whole days/],
    [
      'with a consumer of copies whose name no request may have',
      { erasureConsumers: ['Ranking, old'] },
      /erasureConsumers is \["Ranking, old"\]: .*kebab-case/,
    ],
    [
      'with a consumer of copies twice',
      { erasureConsumers: ['ranking', 'ranking'] },
      /erasureConsumers is .*each once/,
    ],
    [
      'with more consumers than an erasure remembers',
      { erasureConsumers: Array.from({ length: 101 }, (_, at) => `copy-${at}`) },
      /erasureConsumers is .*up to 100 names/,
    ],
    ['whose jobs are in a multi-region', { schedulerRegion: 'europe' }, /schedulerRegion is "europe"/],
    ['with a domain that is none', { edge: { domain: 'Events', maxRequestsPerMinute: 1 } }, /edge\.domain is "Events"/],
  ];

  test.each(cases)('%s is refused before Terraform runs', (_name, change, message) => {
    expect(() => synthesise({ environment: { ...prod, ...change } })).toThrow(message);
  });

  test.each(Object.keys(prod).filter((key) => !['edge', 'rawArchive', 'budget', 'instances'].includes(key)))(
    'without %s is refused, and told so',
    (key) => {
      const entries = Object.entries(prod).filter(([name]) => name !== key);
      const incomplete: Environment = Object.assign(Object.create(null), Object.fromEntries(entries));
      expect(() => checkEnvironment(incomplete)).toThrow(new RegExp(`${key}[.\\w]* is missing`));
    },
  );

  test('without a region for the jobs of Cloud Scheduler is refused where one of its own does not have it', () => {
    const { schedulerRegion: _, ...anywhere } = prod;
    const refused = /schedulerRegion is missing: .* not offered in europe-north1 and europe-west4$/m;
    const nordic = {
      ...anywhere,
      stateRegion: 'europe-north1',
      regions: ['europe-west1', 'europe-west4', 'europe-north1'],
    };
    expect(() => checkEnvironment(nordic)).toThrow(refused);
    expect(() => checkEnvironment({ ...nordic, schedulerRegion: 'europe-west1' })).not.toThrow();
    const offered = { ...anywhere, regions: ['europe-west1', 'europe-west3'] };
    expect(checkEnvironment(offered)).toBe(offered);
  });

  test('lists everything that is wrong, and the file', () => {
    const wrong = { ...dev, projectId: 'X', stateBucket: 'Y' };
    expect(() => checkEnvironment(wrong)).toThrow(EnvironmentError);
    expect(() => checkEnvironment(wrong)).toThrow(
      /environments\/dev\.ts:\n {2}projectId is "X".*\n {2}stateBucket is "Y"/,
    );
  });

  test.each([dev, prod])('$name can be deployed', (environment) => {
    expect(checkEnvironment(environment)).toBe(environment);
  });
});

test('whatever look-back an environment may have, the functions start with it', () => {
  const taken = Array.from({ length: 60 }, (_, days) => days).filter((lookBackDays) => {
    try {
      return checkEnvironment({ ...dev, lookBackDays }) !== undefined;
    } catch {
      return false;
    }
  });
  expect(taken).toEqual([27, 28, 29]);
});

describe('what synthesis reads', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'edi-synth-input-'));
    writeFileSync(join(folder, 'sdks.json'), JSON.stringify(testSdks));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  test('without the archives of a build, it says how to make them', async () => {
    const options = { bundleFolder: folder };
    await expect(readSynthInput(options)).rejects.toThrow(/ingest\.zip cannot be read; run "npm run build" first$/);
  });

  test('without a lock of columns, or with one that is none, it goes no further', async () => {
    const options = { schemaFolder: folder };
    await expect(readSynthInput(options)).rejects.toThrow(/columns\.lock\.json cannot be read as JSON/);
    writeFileSync(join(folder, 'columns.lock.json'), '{"shop.order.v1": {}}');
    await expect(readSynthInput(options)).rejects.toThrow(
      /is no lock of columns:\n {2}at \/shop\.order\.v1\/columns: columns are a list/,
    );
  });

  test('with a schema that has a problem, it names file, place and problem', async () => {
    mkdirSync(join(folder, 'shop'));
    writeFileSync(join(folder, 'shop', 'order.v1.json'), '{"type": "object"}');
    await expect(readSynthInput({ schemaFolder: folder })).rejects.toThrow(
      /shop\/order\.v1\.json at \/edi: add the "edi" block/,
    );
  });
});

describe('an event type', () => {
  test('whose table would lose a column is refused', () => {
    const lock = lockOf([order({ ...total, note: { type: 'string' } })]);
    expect(() => synthesise({ schemas: [order(total)], lock })).toThrow(
      /column data\.note of shop\.order\.v1 is "STRING NULLABLE": lost, it was STRING NULLABLE: restore it/,
    );
  });

  test('whose table would retype a column is refused', () => {
    const lock = lockOf([order(total)]);
    const schemas = [order({ total: { type: 'string' } })];
    expect(() => synthesise({ schemas, lock })).toThrow(
      /column data\.total of shop\.order\.v1 is "STRING NULLABLE": retyped, it was FLOAT64 NULLABLE/,
    );
  });

  test('whose file is gone is refused, since its table would be', () => {
    const lock = lockOf([order(total), order(total, 'shop.fax.v1')]);
    expect(() => synthesise({ schemas: [order(total)], lock })).toThrow(
      /table shop_fax_v1 of shop\.fax\.v1 is "lost": .*"stage": "retired"/,
    );
  });

  test('with a new column is deployed', () => {
    const schemas = [order({ ...total, note: { type: 'string' } })];
    expect(synthesise({ schemas, lock: lockOf([order(total)]) }).size).toBeGreaterThan(0);
  });

  test('that shares its table with another is refused', () => {
    const schemas = [order(total, 'shop.web-order.v1'), order(total, 'shop-web.order.v1')];
    expect(() => synthesise({ schemas })).toThrow(
      /name of a table is "events_raw\.shop_web_order_v1": two event types would share it: rename one of them/,
    );
  });

  test('may have ${ and %{ in what it says: Terraform reads them as they are', () => {
    const dollar = '$';
    const description = `Costs ${dollar}{price} or ${dollar}${dollar}{price}, %{ if } it is %%{}`;
    const escaped = `Costs ${dollar}${dollar}{price} or ${dollar.repeat(3)}{price}, %%{ if } it is %%%{}`;
    const document = schemaDocument({
      properties: { total: { type: 'number', description } },
      edi: { description },
    });
    const resources = resourcesIn(synthesise({ schemas: [eventSchema(document)] }));
    const tables = resources.filter(
      (one) => one.type === 'google_bigquery_table' && one.address.startsWith('shop-order'),
    );
    expect(tables.map((one) => at(one, 'description'))).toEqual([escaped, escaped]);
    expect(at(tables[0], 'schema')).toContain(escaped);
    const upload = resources.find(({ address }) => address === 'shop-order-v1_schema');
    expect(at(upload, 'content')).toContain(escaped);
  });
});
