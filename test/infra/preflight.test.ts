import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { requiredApis } from '../../infra/apis.ts';
import { dev } from '../../infra/environments/dev.ts';
import type { Environment } from '../../infra/environments/environment.ts';
import { prod } from '../../infra/environments/prod.ts';
import { preflightItems } from '../../infra/preflight/items.ts';
import { preflight } from '../../infra/preflight/run.ts';
import type { ProcessEnd } from '../../infra/run-process.ts';
import type { JsonValue } from '../../shared/event/json.ts';
import { projectFolder } from '../helpers/local-process.ts';

const me = 'me@example.com';
const number = prod.projectNumber;
const free = { name: 'policy', spec: { rules: [{ allowAll: true }] } };
const quota = (value: number) => ({
  dimensionsInfos: prod.regions.map((region) => ({ dimensions: { region }, details: { value: `${value}` } })),
});
const agents = ['gcp-sa-pubsub', 'gs-project-accounts'].map(
  (one) => `serviceAccount:service-${number}@${one}.iam.gserviceaccount.com`,
);

/** What `gcloud` answers of an environment that can be deployed, by the beginning of the command. */
const well: Readonly<Record<string, JsonValue | Partial<ProcessEnd>>> = {
  'auth list': [{ account: me, status: 'ACTIVE' }],
  'projects describe': { projectNumber: number, lifecycleState: 'ACTIVE' },
  'billing projects describe': { billingEnabled: true },
  'services list': requiredApis.map((name) => ({ config: { name: `${name}.googleapis.com` } })),
  'projects get-iam-policy': { bindings: [{ role: 'roles/pubsub.serviceAgent', members: agents }] },
  'org-policies describe': free,
  'beta quotas info describe CpuAlloc': quota(20_000),
  'beta quotas info describe MemAlloc': quota(40 * 2 ** 30),
  'scheduler locations list': [{ locationId: 'europe-west1' }],
  'billing accounts describe': { open: true, currencyCode: 'EUR' },
  'billing accounts get-iam-policy': {
    bindings: [{ role: 'roles/billing.costsManager', members: [`user:${me}`] }],
  },
  'storage buckets describe': {
    versioning_enabled: true,
    uniform_bucket_level_access: true,
    public_access_prevention: 'enforced',
  },
  'storage ls': `gs://${prod.stateBucket}/prod/\n`,
  'identity groups describe': { name: 'groups/1' },
};

const error = (stderr: string): Partial<ProcessEnd> => ({ status: 1, stderr: `ERROR: (gcloud.x.y) ${stderr}\n` });
const isEnd = (value: JsonValue | Partial<ProcessEnd>): value is Partial<ProcessEnd> =>
  typeof value === 'object' && value !== null && 'status' in value && 'stderr' in value;

async function run(answers: typeof well = {}, environment: Environment = prod) {
  const said: string[] = [];
  const asked: string[] = [];
  const all = { ...well, ...answers };
  const exitCode = await preflight(environment, {
    say: (line) => void said.push(line),
    async run({ command, args, output }): Promise<ProcessEnd> {
      expect([command, output]).toEqual(['gcloud', 'taken']);
      const line = args.join(' ');
      asked.push(line);
      const [, answer = null] =
        Object.entries(all)
          .filter(([start]) => line.startsWith(start))
          .sort(([a], [b]) => b.length - a.length)[0] ?? [];
      const usual = { status: 0, stdout: '', stderr: '', interrupted: false };
      if (isEnd(answer)) return { ...usual, ...answer };
      return { ...usual, stdout: typeof answer === 'string' ? answer : JSON.stringify(answer) };
    },
  });
  const lineOf = (name: string) => said.find((line) => line.startsWith(`${name} `)) ?? '';
  return { exitCode, said, asked, lineOf };
}

test('an environment that can be deployed passes every item, and nothing is changed', async () => {
  const { exitCode, said, asked } = await run();
  expect(said.slice(1).map((line) => line.split(/\s+/).slice(0, 2))).toEqual(
    preflightItems.map(({ name }) => [name, 'ok']),
  );
  expect(exitCode).toBe(0);
  for (const command of asked) expect(command).toMatch(/describe|list|get-iam-policy|storage ls/);
});

const policy = (...rules: JsonValue[]) => ({ name: 'policy', spec: { rules } });
const constraint = (name: string) => `org-policies describe ${name} `;

test.each<[string, typeof well, RegExp]>([
  ['project', { 'projects describe': { projectNumber: '9', lifecycleState: 'ACTIVE' } }, /its number is 9, not/],
  ['project', { 'projects describe': { projectNumber: number, lifecycleState: 'DELETE_REQUESTED' } }, /DELETE_REQ/],
  ['billing', { 'billing projects describe': { billingEnabled: false } }, /no billing account/],
  ['apis', { 'services list': [{ config: { name: 'storage.googleapis.com' } }] }, /not enabled: cloudresourcemanager/],
  [
    'iam.allowedPolicyMemberDomains',
    { [constraint('iam.allowedPolicyMemberDomains')]: policy({ values: { allowedValues: ['C03'] } }) },
    /domain-restricted sharing is on/,
  ],
  [
    'iam.managed.allowedPolicyMembers',
    {
      [constraint('iam.managed.allowedPolicyMembers')]: policy({
        enforce: true,
        parameters: { allowedMemberSubjects: [] },
      }),
    },
    /domain-restricted sharing is on/,
  ],
  [
    'run.allowedIngress',
    { [constraint('run.allowedIngress')]: policy({ values: { allowedValues: ['is:internal'] } }) },
    /not allowed: all, internal-and-cloud-load-balancing/,
  ],
  [
    'cloudfunctions.allowedIngressSettings',
    { [constraint('cloudfunctions.allowedIngressSettings')]: policy({ denyAll: true }) },
    /everything is denied/,
  ],
  [
    'gcp.restrictServiceUsage',
    { [constraint('gcp.restrictServiceUsage')]: policy({ values: { deniedValues: ['firestore.googleapis.com'] } }) },
    /not allowed: firestore/,
  ],
  [
    'gcp.restrictNonCmekServices',
    {
      [constraint('gcp.restrictNonCmekServices')]: policy({ values: { deniedValues: ['is:storage.googleapis.com'] } }),
    },
    /not allowed: storage/,
  ],
  ['quota-cpu', { 'beta quotas info describe CpuAlloc': quota(10_000) }, /has 10000 milli vCPU, declared are 20000/],
  ['quota-memory', { 'beta quotas info describe MemAlloc': quota(1) }, /has 1 bytes/],
  ['budget', { 'billing accounts describe': { open: true, currencyCode: 'USD' } }, /has USD, the environment EUR/],
  ['budget', { 'billing accounts describe': { open: false } }, /is closed/],
  ['state-bucket', { 'storage buckets describe': { uniform_bucket_level_access: true } }, /lacks versions, prevention/],
  ['state-bucket', { 'storage buckets describe': error('gs://x not found: 404.') }, /no such bucket/],
  [
    'state-prefix',
    { 'storage ls': `gs://${prod.stateBucket}/prod/\ngs://${prod.stateBucket}/dev/\n` },
    /terraform\/dev\//,
  ],
  [
    'groups',
    { 'identity groups describe edi-operators': error('NOT_FOUND: no group') },
    /no edi-operators@example.com/,
  ],
])('%s has failed, and is told with its fix', async (name, answers, text) => {
  const { exitCode, lineOf, said } = await run(answers);
  expect(lineOf(name)).toMatch(new RegExp(`^${name} +failed`));
  expect(lineOf(name)).toMatch(text);
  const fix = said[said.indexOf(lineOf(name)) + 1] ?? '';
  expect(fix).not.toMatch(/\$(?:PROJECT|BUCKET|ENVIRONMENT|REGION|NUMBER|BILLING_ACCOUNT)/);
  expect(exitCode).toBe(1);
});

test.each<[string, typeof well, RegExp]>([
  [
    'project',
    { 'projects describe': error('[me] does not have permission to access projects (or it may not exist): not found') },
    /does not have permission/,
  ],
  ['apis', { 'services list': error('PERMISSION_DENIED: forbidden') }, /PERMISSION_DENIED/],
  ['service-agents', { 'projects get-iam-policy': { bindings: [] } }, /nothing tells whether these exist/],
  [
    'run.allowedIngress',
    { 'org-policies describe': error('API [orgpolicy.googleapis.com] not enabled on project') },
    /not enabled/,
  ],
  ['run.allowedIngress', { 'org-policies describe': error('NOT_FOUND: Requested entity was not found.') }, /NOT_FOUND/],
  ['run.allowedIngress', { 'org-policies describe': '' }, /no policy/],
  [
    'run.allowedIngress',
    { 'org-policies describe': policy({ allowAll: true }, { condition: { expression: 'x' }, denyAll: true }) },
    /conditions on tags/,
  ],
  [
    'gcp.resourceLocations',
    { [constraint('gcp.resourceLocations')]: policy({ values: { allowedValues: ['in:eu-locations'] } }) },
    /allowed in:eu-locations, denied none, needed europe-west1/,
  ],
  ['quota-cpu', { 'beta quotas info describe CpuAlloc': {} }, /no value for europe-west1/],
  ['budget', { 'billing accounts describe': { open: true } }, /does not tell the currency/],
  ['budget', { 'billing accounts get-iam-policy': {} }, /no role that makes budgets names me@example.com/],
  ['groups', { 'identity groups describe': error('Error(2028): Permission denied') }, /Permission denied/],
  [
    'groups',
    { 'identity groups describe': { status: undefined, stderr: '' } as Partial<ProcessEnd> },
    /did not answer/,
  ],
])('what cannot be known of %s is not checked, which is no success', async (name, answers, text) => {
  const { exitCode, lineOf, said } = await run(answers);
  expect(lineOf(name)).toMatch(new RegExp(`^${name} +not checked`));
  expect(lineOf(name)).toMatch(text);
  expect(said[said.indexOf(lineOf(name)) + 1]).toMatch(/^ {2}gcloud /);
  expect(exitCode).toBe(3);
});

test('an empty state bucket is one of an environment that is new, and one without a budget needs no account', async () => {
  const empty = await run({ 'storage ls': error('One or more URLs matched no objects.') });
  expect(empty.lineOf('state-prefix')).toMatch(/ok +nothing is deployed yet/);
  const answers = {
    'projects describe': { projectNumber: dev.projectNumber, lifecycleState: 'ACTIVE' },
    'storage ls': '',
  };
  const { lineOf, asked } = await run(answers, dev);
  expect(lineOf('budget')).toMatch(/ok +the environment has none/);
  expect(asked.filter((line) => line.startsWith('billing accounts'))).toEqual([]);
});

test.each<[string, Partial<ProcessEnd>]>([
  ['an account', { status: 0, stdout: '[]', stderr: '' }],
  ['gcloud', { status: undefined, stderr: '' }],
])('without %s it prints what to look at, with the values of the environment', async (_, end) => {
  const { exitCode, said, asked } = await run({ 'auth list': end });
  expect(exitCode).toBe(3);
  expect(asked).toEqual(['auth list --filter=status:ACTIVE --format=json']);
  const text = said.join('\n');
  expect(text).toContain(`gcloud storage buckets describe gs://${prod.stateBucket} --format=json`);
  for (const { name } of preflightItems) expect(text).toContain(`# ${name}: `);
  for (const line of said) expect(line).toMatch(/^(?:#.*|gcloud .*|)$/);
});

test('Ctrl-C ends it', async () => {
  const { exitCode, said } = await run({ 'services list': { status: 1, stderr: '', interrupted: true } });
  expect(exitCode).toBe(130);
  expect(said).toHaveLength(3);
});

test('the page has the same list', () => {
  const rows = preflightItems.map(({ name, symptom, fix }) => `| \`${name}\` | ${symptom} | ${fix} |`);
  const table = ['| what | symptom | fix |', '|---|---|---|', ...rows].join('\n');
  const page = readFileSync(join(projectFolder, 'infra', 'preflight', 'README.md'), 'utf8');
  expect(page.slice(page.indexOf('| what |'))).toContain(table);
});
