import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { accessTable } from '../../infra/access-table.ts';
import { ours } from '../../infra/house.ts';
import { makeTopology } from '../../infra/topology.ts';
import { proverAccount } from '../../shared/erasure/proof.ts';
import { isJsonObject, type JsonValue } from '../../shared/event/json.ts';
import type { Kinds } from '../../shared/needs/kind.ts';
import { kinds } from '../../shared/needs/kinds.ts';
import type { AnyNeeds } from '../../shared/needs/needs.ts';
import { variableName } from '../../shared/needs/settings.ts';
import { at, environments, type Resource, resourcesIn, synthesise } from '../helpers/infra.ts';
import { projectSchemas } from '../helpers/schemas-of-project.ts';

const schemas = await projectSchemas();
const topology = makeTopology(schemas);
const dollar = '$';
const accountOf = (name: string, project: string) => `serviceAccount:edi-${name}@${project}.iam.gserviceaccount.com`;

test('the table in ACCESS.md is made from the topology', () => {
  const page = readFileSync(new URL('../../infra/ACCESS.md', import.meta.url), 'utf8');
  const [, table] = page.split(/<!-- \/?access -->\n/);
  // `npm run infra:access` writes it.
  expect(table).toBe(`\n${accessTable(topology)}\n`);
});

test('a function has every variable that it cannot do without in its environment, and no other', () => {
  const environment = {
    ...environments.prod,
    erasureConsumers: ['ranking'],
    rawArchive: { retentionDays: 30 },
    inactiveSubjectDays: 400,
  };
  const resources = resourcesIn(synthesise({ environment, schemas }));
  for (const needs of ours.functions) {
    const config = resources.find(
      (one) => at(one, 'name') === needs.name && one.type === 'google_cloudfunctions2_function',
    );
    const plain = at(config, 'service_config.environment_variables');
    const secret = at(config, 'service_config.secret_environment_variables');
    const given = [
      ...Object.keys(isJsonObject(plain) ? plain : {}),
      ...(Array.isArray(secret) ? secret : []).map((one) => (isJsonObject(one) ? String(one['key']) : '')),
    ];
    expect(given.sort(), needs.name).toEqual(readVariables(needs).sort());
  }
});

test('no main.ts names a variable: the openers read those of the needs', () => {
  for (const { name } of ours.functions) {
    const main = readFileSync(new URL(`../../functions/${name}/main.ts`, import.meta.url), 'utf8');
    expect(main).not.toMatch(/EDI_|GOOGLE_CLOUD_PROJECT|process\.env\s*[.[]/);
  }
});

/** What the openers of `shared/adapters/gcp` read for each need. */
function readVariables({
  publishes,
  databases,
  buckets,
  secrets,
  describes,
  rows = [],
  settings,
  callers,
  calls = [],
}: AnyNeeds): string[] {
  const all: Kinds = kinds;
  const opened = [
    ...publishes.map((role) => all.topics[role] ?? all.topicFamilies[role]),
    ...Object.keys(databases).map((kind) => all.databases[kind]),
    ...Object.keys(buckets).map((kind) => all.buckets[kind]),
    ...secrets.map((kind) => all.secrets[kind]),
    ...describes.map((kind) => all.datasets[kind]),
    ...rows.map((kind) => all.tables[kind]),
  ].map((kind) => kind?.variable ?? 'a kind that is not there');
  const read = [...opened, ...settings.map(variableName), 'GOOGLE_CLOUD_PROJECT'];
  if (secrets.includes('masterKeyset')) read.push('EDI_KMS_KEY');
  for (const name of calls) read.push(variableName(`${name.replaceAll('-', '_')}Url`));
  if (callers.kind === 'push') read.push('EDI_PUSH_AUDIENCE', 'EDI_PUSH_SERVICE_ACCOUNT');
  return read;
}

describe.each(Object.values(environments))('in $name', (environment) => {
  const { projectId } = environment;
  const resources = resourcesIn(synthesise({ environment, schemas }));
  const ofType = (type: string) => resources.filter((resource) => resource.type === type);
  const membersOf = (resource: Resource) => [
    ...JSON.stringify(resource.config).matchAll(/all(?:Authenticated)?Users/g),
  ];

  test('ingest is public, and nothing else', () => {
    const open = resources.filter((resource) => membersOf(resource).length > 0);
    expect(open.map(({ type }) => type)).toEqual(
      environment.regions.map(() => 'google_cloud_run_v2_service_iam_member'),
    );
    for (const one of open) {
      expect(one.config).toMatchObject({ member: 'allUsers', role: 'roles/run.invoker' });
      expect(at(one, 'name')).toMatch(/^\$\{google_cloudfunctions2_function\.ingest-[a-z0-9-]+_function\.name\}$/);
    }
  });

  test('nobody but its own push account may call a function that trusts Cloud Run’s check of pushes', () => {
    const callers = ofType('google_cloud_run_v2_service_iam_member');
    const pushed = topology.functions.filter(({ callers: { kind } }) => kind === 'push');
    expect(pushed.length).toBeGreaterThan(0);
    for (const { name } of pushed) {
      const own = callers.filter((one) => String(at(one, 'name')).includes(`.${name}-`));
      expect(own.map((one) => at(one, 'member'))).toEqual([accountOf(`push-${name}`, projectId)]);
    }
  });

  test('erase-subject is called by operators, and by the account that it takes for the daily proof', () => {
    const callers = ofType('google_cloud_run_v2_service_iam_member').filter((one) =>
      String(at(one, 'name')).includes('.erase-subject-'),
    );
    expect(callers.map((one) => at(one, 'member')).sort()).toEqual([
      `group:${environment.groups.operators}`,
      `serviceAccount:${proverAccount}@${projectId}.iam.gserviceaccount.com`,
    ]);
  });

  test('accounts and roles are there before they are granted anything', () => {
    const before = resources
      .filter(({ type }) => type === 'google_service_account' || type === 'google_project_iam_custom_role')
      .map(({ type, address }) => `${type}.${address}`);
    expect(before.length).toBeGreaterThan(0);
    for (const member of ofType('google_project_iam_member')) expect(at(member, 'depends_on')).toEqual(before);
  });

  test('a binding on a service is replaced with the function’s id, not with each of its deployments', () => {
    for (const binding of ofType('google_cloud_run_v2_service_iam_member')) {
      expect(at(binding, 'lifecycle.replace_triggered_by.0')).toMatch(/^google_cloudfunctions2_function\.[\w-]+\.id$/);
    }
  });

  test('pseudonymize, export-subject and the break-glass group can have subject keys unwrapped, and nobody else', () => {
    const [policy] = ofType('google_kms_crypto_key_iam_policy').filter(({ address }) => address.includes('master'));
    expect(bindingsOf(at(policy, 'policy_data'))).toEqual({
      'roles/cloudkms.cryptoKeyDecrypter': [
        accountOf('export-subject', projectId),
        accountOf('pseudonymize', projectId),
      ],
      'roles/cloudkms.cryptoKeyDecrypterViaDelegation': [`group:${environment.groups.breakGlass}`],
    });
    const onDatabase = ofType('google_project_iam_member').filter((member) =>
      String(at(member, 'condition.expression')).endsWith('/databases/subject-keys"'),
    );
    expect(onDatabase.map((one) => [at(one, 'member'), at(one, 'role')]).sort()).toEqual([
      [`group:${environment.groups.breakGlass}`, `projects/${projectId}/roles/ediSubjectKeyReader`],
      [accountOf('erase-inactive', projectId), `projects/${projectId}/roles/ediSubjectKeyEraser`],
      [accountOf('erase-subject', projectId), `projects/${projectId}/roles/ediSubjectKeyEraser`],
      [accountOf('export-subject', projectId), `projects/${projectId}/roles/ediSubjectKeyReader`],
      [accountOf('prove-erasure', projectId), `projects/${projectId}/roles/ediSubjectKeyReader`],
      [accountOf('pseudonymize', projectId), `projects/${projectId}/roles/ediSubjectKeyMaker`],
    ]);
    for (const role of ofType('google_project_iam_custom_role')) {
      expect(at(role, 'permissions')).not.toContain('datastore.entities.list');
    }
  });

  test('no role reaches all databases, secrets, topics or datasets of the project', () => {
    for (const member of ofType('google_project_iam_member')) {
      const role = String(at(member, 'role'));
      if (at(member, 'condition') !== undefined) continue;
      expect([
        'roles/logging.logWriter',
        'roles/artifactregistry.writer',
        'roles/bigquery.jobUser',
        'roles/monitoring.viewer',
        'roles/logging.viewer',
      ]).toContain(role);
    }
  });

  test('topics with personal data in the clear have exactly their publishers and the listed readers', () => {
    const policies = ofType('google_pubsub_topic_iam_policy');
    const publishers = new Map([
      [
        'topic-received_messages_topic',
        ['export-legacy', 'ingest', 'replay'].map((name) => accountOf(name, projectId)),
      ],
      // What of a batch cannot go on is published again by pseudonymize itself.
      ['topic-deduplicated_messages_topic', [accountOf('dedup', projectId), accountOf('pseudonymize', projectId)]],
    ]);
    const agent = `serviceAccount:service-${environment.projectNumber}@gcp-sa-pubsub.iam.gserviceaccount.com`;
    expect(policies).toHaveLength(topology.topics.filter(({ clearPersonalData }) => clearPersonalData).length);
    for (const policy of policies) {
      const members = publishers.get(policy.address.replace('-policy', '')) ?? [agent];
      expect(bindingsOf(at(policy, 'policy_data'))).toEqual({ 'roles/pubsub.publisher': members });
    }
  });

  test('replay reads the rows of its two tables and of no other, and only it has the private key', () => {
    const account = accountOf('replay', projectId);
    const tables = ofType('google_bigquery_table_iam_member').map((one) => [at(one, 'member'), at(one, 'role')]);
    const readingTables = tables.filter(([, role]) => role === 'roles/bigquery.dataViewer');
    expect(readingTables).toEqual([
      [account, 'roles/bigquery.dataViewer'],
      [account, 'roles/bigquery.dataViewer'],
    ]);
    const readers = ofType('google_secret_manager_secret_iam_member')
      .filter(({ address }) => address.includes('quarantine-private-key'))
      .map((one) => at(one, 'member'));
    expect(readers).toEqual([account]);
  });

  test('rows are changed by the functions that erase or scrub and by no other, and the first alone see whom the quarantine speaks of', () => {
    const role = `projects/${projectId}/roles/ediRowChanger`;
    const members = ['erase-subject', 'finish-erasures'].map((name) => accountOf(name, projectId));
    const changes = ofType('google_bigquery_table_iam_member')
      .filter((one) => at(one, 'role') === role)
      .map((one) => [String(at(one, 'table_id')).replace(/^.*\./, ''), at(one, 'member')]);
    for (const member of members) expect(changes.filter(([, who]) => who === member)).toHaveLength(5);
    const scrubbing = accountOf('scrub-property', projectId);
    expect(changes.filter(([, who]) => who === scrubbing)).toHaveLength(3);
    expect(changes.every(([, who]) => [...members, scrubbing].includes(String(who)))).toBe(true);
    const dataset = ofType('google_bigquery_dataset').find((one) => at(one, 'dataset_id') === 'erasure');
    expect(JSON.stringify(at(dataset, 'access'))).not.toMatch(/READER|groupByEmail|group_by_email|dataViewer/);
    const events = ofType('google_bigquery_dataset').find((one) => at(one, 'dataset_id') === 'events_raw');
    const [erasing = '', finishing = ''] = members.map((member) => member.replace('serviceAccount:', ''));
    expect(at(events, 'access')).toContainEqual({ role, user_by_email: finishing });
    expect(JSON.stringify(at(events, 'access'))).not.toContain(erasing);
  });

  test('who decrypts for a person deletes nothing, and who erases decrypts nothing', () => {
    const needsOf = (name: string) => topology.functions.find((each) => each.name === name);
    const [exporting, erasing] = [needsOf('export-subject'), needsOf('erase-subject')];
    expect(exporting?.databases).toEqual({ registry: 'read', subjectKeys: 'find' });
    expect(exporting?.publishes).toEqual(['decryptions']);
    expect(erasing?.secrets).not.toContain('masterKeyset');
    expect(erasing?.rows ?? []).not.toContain('events');
    const dataset = ofType('google_bigquery_dataset').find((one) => at(one, 'dataset_id') === 'events_raw');
    const email = accountOf('export-subject', projectId).replace('serviceAccount:', '');
    expect(at(dataset, 'access')).toContainEqual({ role: 'READER', user_by_email: email });
  });

  test('a group of its own publishes types in stage alpha: it writes schemas, reads what became of them, and no more', () => {
    const member = `group:${environment.groups.schemaPublishers}`;
    const grants = resources.filter((one) => at(one, 'member') === member);
    expect(grants.map(({ type, config }) => [type, config['role']]).sort()).toEqual([
      ['google_project_iam_member', 'roles/datastore.viewer'],
      ['google_storage_bucket_iam_member', 'roles/storage.objectUser'],
    ]);
  });

  test('analysts read the exact views and no base table; the views may read those', () => {
    const access = (dataset: string) =>
      at(
        ofType('google_bigquery_dataset').find((one) => at(one, 'dataset_id') === dataset),
        'access',
      );
    const group = { group_by_email: environment.groups.analysts };
    expect(access('events')).toContainEqual({ role: 'READER', ...group });
    for (const email of Object.values(environment.groups)) {
      expect(JSON.stringify(access('events_raw'))).not.toContain(email);
    }
    expect(access('events_raw')).toContainEqual({
      dataset: {
        dataset: { dataset_id: `${dollar}{google_bigquery_dataset.dataset-events.dataset_id}`, project_id: projectId },
        target_types: ['VIEWS'],
      },
    });
  });
});

test('readers of clear data are those that the environment lists', () => {
  const member = 'serviceAccount:fraud@other-project.iam.gserviceaccount.com';
  const environment = { ...environments.prod, clearDataReaders: [member] };
  const policies = resourcesIn(synthesise({ environment })).filter(
    ({ type }) => type === 'google_pubsub_topic_iam_policy',
  );
  for (const policy of policies) {
    expect(bindingsOf(at(policy, 'policy_data'))).toMatchObject({ 'roles/pubsub.subscriber': [member] });
  }
});

function bindingsOf(policy: JsonValue | undefined): Record<string, JsonValue> {
  const value: JsonValue = JSON.parse(String(policy));
  const bindings = isJsonObject(value) ? value['bindings'] : undefined;
  return Object.fromEntries(
    (Array.isArray(bindings) ? bindings : []).flatMap((binding) =>
      isJsonObject(binding) ? [[String(binding['role']), binding['members'] ?? null]] : [],
    ),
  );
}
