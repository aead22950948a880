import { describe, expect, test } from 'vitest';
import { functions } from '../../functions/index.ts';
import { accessTable } from '../../infra/access-table.ts';
import type { Environment } from '../../infra/environments/environment.ts';
import { type House, ours } from '../../infra/house.ts';
import { defaultDelivery, makeTopology } from '../../infra/topology.ts';
import { kinds } from '../../shared/needs/kinds.ts';
import type { NeedsOf } from '../../shared/needs/needs.ts';
import { at, environments, type Resource, resourcesIn, synthesise } from '../helpers/infra.ts';

// Functions and kinds that nothing of the product knows: what the stacks hold of them they derive.

const inventedKinds = {
  ...kinds,
  topics: {
    ...kinds.topics,
    ledgerUploads: {
      topic: 'ledger-uploads',
      variable: 'EDI_LEDGER_UPLOADS_TOPIC',
      clearPersonalData: false,
      uploadsTo: 'ledger',
    },
  },
  databases: {
    ...kinds.databases,
    postings: {
      id: 'postings',
      variable: 'EDI_POSTINGS_DATABASE',
      keepsVersions: true,
      fields: [{ collection: 'postings', field: '*' }],
      why: 'postings by id',
    },
  },
  buckets: {
    ...kinds.buckets,
    ledger: { suffix: 'ledger-files', variable: 'EDI_LEDGER_BUCKET', why: 'files of the ledger' },
  },
  secrets: {
    ...kinds.secrets,
    ledgerKey: { id: 'edi-ledger-key', variable: 'EDI_LEDGER_KEY', form: 'hashKey' },
  },
  datasets: {
    ...kinds.datasets,
    ledger: { dataset: 'ledger', variable: 'EDI_LEDGER_DATASET', description: 'The ledger' },
  },
} as const;

const size = { memoryMiB: 512, cpu: 1, concurrency: 4, timeoutSeconds: 50, requestMiB: 64 };

const postLedger = {
  name: 'post-ledger',
  callers: { kind: 'push', reads: 'ledgerUploads' },
  publishes: ['quarantine'],
  databases: { postings: 'write' },
  buckets: { ledger: 'read' },
  secrets: ['ledgerKey'],
  describes: ['ledger'],
  settings: [],
  size,
  instances: { min: 0, max: 3 },
} as const satisfies NeedsOf<typeof inventedKinds>;

const nothing = { publishes: [], databases: {}, buckets: {}, secrets: [], describes: [], settings: [] } as const;
const instances = { min: 0, max: 1 };
const bySchedule = {
  ...nothing,
  name: 'sweep-ledger',
  callers: { kind: 'schedule', cron: '0 3 * * *' },
  size,
  instances,
} as const;
const byOperators = { ...nothing, name: 'mend-ledger', callers: { kind: 'operators' }, size, instances } as const;

const house: House = { functions: [...functions, postLedger, bySchedule, byOperators], kinds: inventedKinds };

/** Three functions more than a new project's quota has room for. */
const grantedQuota = { vcpus: 40, memoryGib: 80 };
const roomy = Object.values(environments).map((environment) => ({ ...environment, grantedQuota }));

describe.each(roomy)('functions and kinds that are new, in $name', (environment) => {
  const before = resourcesIn(synthesise({ environment }));
  const resources = resourcesIn(synthesise({ environment, house }));
  const { projectId } = environment;
  const account = (id: string) => `serviceAccount:${id}@${projectId}.iam.gserviceaccount.com`;
  const find = (type: string, key: string, value: string) => {
    const found = resources.filter((resource) => resource.type === type && at(resource, key) === value);
    expect(found, `${type} ${value}`).toHaveLength(1);
    return found[0];
  };
  const functionOf = (name: string) => find('google_cloudfunctions2_function', 'name', name);
  const grantsTo = (type: string, member: string) =>
    resources.filter((resource) => resource.type === type && at(resource, 'member') === member);

  test('the function has the variables of its kinds, its size and its instances', () => {
    const url = `https://post-ledger-${environment.projectNumber}.${environment.stateRegion}.run.app`;
    const service = functionOf('post-ledger');
    expect(at(service, 'service_config')).toMatchObject({
      available_memory: '512Mi',
      max_instance_request_concurrency: 4,
      timeout_seconds: 50,
      min_instance_count: 0,
      max_instance_count: 3,
      ingress_settings: 'ALLOW_INTERNAL_ONLY',
      service_account_email: `edi-post-ledger@${projectId}.iam.gserviceaccount.com`,
    });
    expect(at(service, 'service_config.environment_variables')).toEqual({
      GOOGLE_CLOUD_PROJECT: projectId,
      EDI_QUARANTINE_TOPIC: 'quarantine',
      EDI_LEDGER_DATASET: 'ledger',
      EDI_POSTINGS_DATABASE: 'postings',
      EDI_LEDGER_BUCKET: `${projectId}-ledger-files`,
      EDI_PUSH_AUDIENCE: url,
      EDI_PUSH_SERVICE_ACCOUNT: `edi-push-post-ledger@${projectId}.iam.gserviceaccount.com`,
    });
    expect(at(service, 'service_config.secret_environment_variables')).toEqual([
      { key: 'EDI_LEDGER_KEY', project_id: projectId, secret: 'edi-ledger-key', version: '1' },
    ]);
  });

  test('bucket, database, secret, dataset and topics of the new kinds are declared', () => {
    expect(find('google_storage_bucket', 'name', `${projectId}-ledger-files`)?.config).toMatchObject({
      public_access_prevention: 'enforced',
      versioning: { enabled: true },
    });
    const recovery = environment.protectState ? 'POINT_IN_TIME_RECOVERY_ENABLED' : 'POINT_IN_TIME_RECOVERY_DISABLED';
    const database = find('google_firestore_database', 'name', 'postings');
    expect(at(database, 'point_in_time_recovery_enablement')).toBe(recovery);
    expect(find('google_firestore_field', 'collection', 'postings')?.config).toMatchObject({ index_config: {} });
    find('google_secret_manager_secret', 'secret_id', 'edi-ledger-key');
    expect(at(find('google_bigquery_dataset', 'dataset_id', 'ledger'), 'description')).toBe('The ledger');
    find('google_pubsub_topic', 'name', 'ledger-uploads');
    find('google_storage_notification', 'bucket', `${projectId}-ledger-files`);
    const push = find('google_pubsub_subscription', 'name', 'post-ledger');
    expect(at(push, 'push_config.oidc_token.service_account_email')).toBe(
      `edi-push-post-ledger@${projectId}.iam.gserviceaccount.com`,
    );
    find('google_pubsub_topic', 'name', 'dead-letter.post-ledger');
  });

  test('its account may do what the needs say, and nothing else', () => {
    const member = account('edi-post-ledger');
    const rolesOn = (type: string, key: string) =>
      grantsTo(type, member).map((grant) => [at(grant, 'role'), String(at(grant, key))]);
    expect(rolesOn('google_storage_bucket_iam_member', 'bucket')).toEqual([
      ['roles/storage.objectViewer', expect.stringContaining('ledger-files')],
    ]);
    expect(rolesOn('google_project_iam_member', 'condition.expression')).toEqual([
      ['roles/datastore.user', `resource.name == "projects/${projectId}/databases/postings"`],
    ]);
    expect(rolesOn('google_secret_manager_secret_iam_member', 'secret_id')).toEqual([
      ['roles/secretmanager.secretAccessor', expect.stringContaining('edi-ledger-key')],
    ]);
    expect(rolesOn('google_pubsub_topic_iam_member', 'topic')).toEqual([
      ['roles/pubsub.publisher', expect.stringContaining('quarantine')],
    ]);
    const access = at(find('google_bigquery_dataset', 'dataset_id', 'ledger'), 'access');
    expect(access).toContainEqual({
      role: 'roles/bigquery.metadataViewer',
      user_by_email: member.replace('serviceAccount:', ''),
    });
    const known = ['bucket', 'project', 'secret_manager_secret', 'pubsub_topic'];
    const all = resources.filter((resource) => at(resource, 'member') === member).map(({ type }) => type);
    expect(all).toHaveLength(known.length);
  });

  test('what was there stays as it was, but for what comes before it and what lists all functions', () => {
    const changed = before.filter((old) => !resources.some((one) => isSame(one, old)));
    expect(changed.map(addressOf).sort()).toEqual([
      `${environment.name}-foundation google_logging_project_exclusion.stages-request-logs`,
      `${environment.name}-foundation google_project_iam_audit_config.audit_datastore`,
      `${environment.name}-foundation google_project_iam_audit_config.audit_pubsub`,
      `${environment.name}-observability google_monitoring_dashboard.dashboard`,
    ]);
  });

  test('a schedule calls its function with a token of an account of its own', () => {
    const email = `edi-schedule-sweep-ledger@${projectId}.iam.gserviceaccount.com`;
    const uri = `https://sweep-ledger-${environment.projectNumber}.${environment.stateRegion}.run.app`;
    expect(find('google_cloud_scheduler_job', 'name', 'sweep-ledger')?.config).toMatchObject({
      region: environment.stateRegion,
      schedule: '0 3 * * *',
      time_zone: 'Etc/UTC',
      attempt_deadline: '50s',
      http_target: { uri, http_method: 'POST', oidc_token: { audience: uri, service_account_email: email } },
    });
    find('google_service_account', 'account_id', 'edi-schedule-sweep-ledger');
    expect(at(functionOf('sweep-ledger'), 'service_config.ingress_settings')).toBe('ALLOW_INTERNAL_ONLY');
    expect(callersOf(resources, 'sweep-ledger')).toEqual([['roles/run.invoker', `serviceAccount:${email}`]]);
    find('google_project_service', 'service', 'cloudscheduler.googleapis.com');
    const unscheduled = { ...ours, functions: functions.filter(({ callers }) => callers.kind !== 'schedule') };
    const without = resourcesIn(synthesise({ environment, house: unscheduled }));
    expect(without.some((one) => at(one, 'service') === 'cloudscheduler.googleapis.com')).toBe(false);
  });

  test('operators call theirs from anywhere, as a group; nobody else may', () => {
    const group = `group:${environment.groups.operators}`;
    expect(at(functionOf('mend-ledger'), 'service_config.ingress_settings')).toBe('ALLOW_ALL');
    expect(callersOf(resources, 'mend-ledger')).toEqual([['roles/run.invoker', group]]);
    const accounts = resources.filter(({ type }) => type === 'google_service_account');
    const ofIt = accounts.map((one) => String(at(one, 'account_id'))).filter((id) => id.includes('mend-ledger'));
    expect(ofIt).toEqual(['edi-mend-ledger']);
  });
});

test('the table of who may do what has them, too', () => {
  const table = accessTable(makeTopology([], defaultDelivery, house));
  for (const line of [
    '| **post-ledger** | `storage.objectViewer` | bucket `ledger-files` | files of the ledger |',
    '| **post-ledger** | `datastore.user` | database `postings` | postings by id |',
    '| **post-ledger** | `secretmanager.secretAccessor` | secret `edi-ledger-key` | has it in its environment |',
    '| push account of post-ledger | `run.invoker` | function `post-ledger` | its push subscription calls it |',
    '| schedule account of sweep-ledger | `run.invoker` | function `sweep-ledger` | its schedule calls it |',
    '| operators | `run.invoker` | function `mend-ledger` | operators call it |',
  ]) {
    expect(table.split('\n')).toContain(line);
  }
});

describe('refused is', () => {
  const withFunction = (needs: House['functions'][number]) => () =>
    synthesise({
      environment: { ...environments.prod, grantedQuota },
      house: { ...house, functions: [...ours.functions, needs] },
    });
  const inventedTopic = { ...ours, kinds: inventedKinds };

  test('a topic that nobody reads', () => {
    expect(() => synthesise({ house: inventedTopic })).toThrow(/topic ledger-uploads is "without a subscription"/);
  });

  const cases: readonly (readonly [string, House['functions'][number], RegExp])[] = [
    ['a need of no kind', { ...postLedger, secrets: ['nowhere'] }, /"nowhere" is needed and is no kind/],
    [
      'a call of what nobody may call',
      { ...bySchedule, calls: ['dedup'] },
      /calls is "dedup": a function whose callers are "operators"/,
    ],
    [
      'a schedule that is no cron',
      { ...postLedger, callers: { kind: 'schedule', cron: 'daily' } },
      /function post-ledger, cron is "daily": the five fields/,
    ],
    [
      'a scheduled function that takes an hour',
      { ...postLedger, callers: { kind: 'schedule', cron: '0 3 * * *' }, size: { ...size, timeoutSeconds: 3_600 } },
      /timeoutSeconds is 3600: from 15 to 1800/,
    ],
    [
      'more warm instances than there may be',
      { ...postLedger, instances: { min: 2, max: 1 } },
      /function post-ledger, instances is \{"min":2,"max":1\}/,
    ],
  ];
  test.each(cases)('%s', (_name, needs, message) => {
    expect(withFunction(needs)).toThrow(message);
  });

  test('an environment with instances of a function that is not there', () => {
    const environment: Environment = environments.prod;
    const others = ours.functions.filter(({ name }) => name !== 'dedup');
    expect(() => synthesise({ environment, house: { ...ours, functions: others } })).toThrow(
      /instances\.dedup is \{.*\}: a function: ingest, pseudonymize, publish-schema/,
    );
  });
});

function callersOf(resources: readonly Resource[], name: string) {
  return resources
    .filter(({ type }) => type === 'google_cloud_run_v2_service_iam_member')
    .filter((resource) => String(at(resource, 'name')).includes(`.${name}-`))
    .map((resource) => [at(resource, 'role'), at(resource, 'member')]);
}

/** But for `depends_on`. */
function isSame(one: Resource, other: Resource): boolean {
  const textOf = ({ config: { depends_on: _, ...config } }: Resource) => JSON.stringify(config);
  return addressOf(one) === addressOf(other) && textOf(one) === textOf(other);
}

function addressOf({ stack, type, address }: Resource): string {
  return `${stack} ${type}.${address}`;
}
