import { asObject, isJsonObject, type JsonObject, type JsonValue } from '../../shared/event/json.ts';
import { bootstrapApis } from '../apis.ts';
import { cloudNames } from '../cloud-names.ts';
import type { Environment } from '../environments/environment.ts';
import { newProjectQuota } from '../granted-quota.ts';
import { schedulerRegionOf } from '../scheduler-region.ts';
import { type Answer, type Finding, failed, notChecked, ok, type PreflightItem } from './item.ts';
import { policyItems } from './policy-items.ts';

const told = (answer: Answer | undefined): JsonObject => (answer?.kind === 'told' ? asObject(answer.value) : {});
const listOf = (value: JsonValue | undefined): JsonObject[] => (Array.isArray(value) ? value.filter(isJsonObject) : []);

const project: PreflightItem = {
  name: 'project',
  symptom: 'Every command fails; or addresses of functions and agents, which are made of the number, are of nobody.',
  fix: '`gcloud projects create $PROJECT`, and the number that `gcloud projects describe $PROJECT` tells in `infra/environments/$ENVIRONMENT.ts`.',
  commands: ({ projectId }) => [['projects', 'describe', projectId, '--format=json']],
  judge([answer], { projectNumber }) {
    if (answer?.kind === 'not-there') return failed('there is no such project, or you may not see it');
    const { projectNumber: number, lifecycleState } = told(answer);
    if (lifecycleState !== 'ACTIVE') return failed(`its state is ${String(lifecycleState)}`);
    return String(number) === projectNumber
      ? ok(`number ${projectNumber}`)
      : failed(`its number is ${String(number)}, not ${projectNumber}`);
  },
};

const billing: PreflightItem = {
  name: 'billing',
  symptom: 'The stack `foundation`: "Billing account for project is not found".',
  fix: '`gcloud billing projects link $PROJECT --billing-account=$BILLING_ACCOUNT`',
  commands: ({ projectId }) => [['billing', 'projects', 'describe', projectId, '--format=json']],
  judge: ([answer]) =>
    told(answer)['billingEnabled'] === true
      ? ok('it is enabled')
      : failed('the project has no billing account that is open'),
};

const apis: PreflightItem = {
  name: 'apis',
  symptom: 'The stack `foundation`: "API has not been used in project … before or it is disabled".',
  fix: `\`gcloud services enable --project=$PROJECT ${bootstrapApis.map((name) => `${name}.googleapis.com`).join(' ')}\`; \`foundation\` enables all others.`,
  commands: ({ projectId }) => [['services', 'list', '--enabled', `--project=${projectId}`, '--format=json']],
  judge([answer]) {
    const services = answer?.kind === 'told' ? listOf(answer.value) : [];
    const enabled = new Set(services.map(({ config }) => String(asObject(config)['name'])));
    const missing = bootstrapApis.filter((name) => !enabled.has(`${name}.googleapis.com`));
    return missing.length === 0 ? ok(`${enabled.size} are enabled`) : failed(`not enabled: ${missing.join(', ')}`);
  },
};

const agents: PreflightItem = {
  name: 'service-agents',
  symptom: 'The stacks `state` and `pipeline`: "Service account service-$NUMBER@… does not exist".',
  fix: '`gcloud beta services identity create --project=$PROJECT --service=pubsub.googleapis.com`, `gcloud storage service-agent --project=$PROJECT`; doing it again does no harm.',
  commands: ({ projectId }) => [['projects', 'get-iam-policy', projectId, '--format=json']],
  judge([answer], environment) {
    const members = new Set(
      listOf(told(answer)['bindings']).flatMap(({ members: of }) => (Array.isArray(of) ? of.map(String) : [])),
    );
    const { pubsubAgent, storageAgent } = cloudNames(environment);
    const unseen = [pubsubAgent, storageAgent].filter((agent) => !members.has(`serviceAccount:${agent}`));
    // An agent may be there and have no role in the project: that of Cloud Storage has none at first.
    return unseen.length === 0
      ? ok('both have roles in the project')
      : notChecked(`nothing tells whether these exist, which no role of the project names: ${unseen.join(', ')}`);
  },
};

/** Of Cloud Run, as its list of quotas has them; the value is in this unit. */
function quotaItem(
  name: string,
  quotaId: string,
  wanted: (environment: Environment) => number,
  unit: string,
): PreflightItem {
  return {
    name,
    symptom: 'The stack `pipeline`: "Max instances must be set to N or fewer to set the requested total …".',
    fix: `Raise it, or lower \`instances\` and \`grantedQuota\`: [Quotas](../stacks/README.md#quotas). \`gcloud beta quotas preferences create --service=run.googleapis.com --project=$PROJECT --quota-id=${quotaId} --dimensions=region=$REGION --preferred-value=N\``,
    commands: ({ projectId }) => [
      [
        'beta',
        'quotas',
        'info',
        'describe',
        quotaId,
        '--service=run.googleapis.com',
        `--project=${projectId}`,
        '--format=json',
      ],
    ],
    judge([answer], environment) {
      const infos = listOf(told(answer)['dimensionsInfos']);
      const need = wanted(environment);
      const findings = environment.regions.map((region): Finding => {
        const info = infos.find(
          ({ dimensions, applicableLocations: at }) =>
            asObject(dimensions)['region'] === region || (Array.isArray(at) && at.includes(region)),
        );
        const value = Number(asObject(info?.['details'])['value'] ?? Number.NaN);
        if (!Number.isFinite(value)) return notChecked(`no value for ${region}`);
        // -1: no limit ("QuotaDetails", Cloud Quotas).
        return value === -1 || value >= need
          ? ok(`${region} has ${value} ${unit}`)
          : failed(`${region} has ${value} ${unit}, declared are ${need}`);
      });
      const worst =
        findings.find(({ outcome }) => outcome === 'failed') ?? findings.find(({ outcome }) => outcome !== 'ok');
      return worst ?? ok(findings.map(({ text }) => text).join(', '));
    },
  };
}

const quotas = [
  quotaItem(
    'quota-cpu',
    'CpuAllocPerProjectRegion',
    ({ grantedQuota = newProjectQuota }) => grantedQuota.vcpus * 1_000,
    'milli vCPU',
  ),
  quotaItem(
    'quota-memory',
    'MemAllocPerProjectRegion',
    ({ grantedQuota = newProjectQuota }) => grantedQuota.memoryGib * 2 ** 30,
    'bytes',
  ),
];

const scheduler: PreflightItem = {
  name: 'scheduler-region',
  symptom:
    'The stack `pipeline`: 403, "lacks IAM permission cloudscheduler.jobs.create … (or the resource may not exist)".',
  fix: 'A region of `gcloud scheduler locations list --project=$PROJECT` as `schedulerRegion` in `infra/environments/$ENVIRONMENT.ts`.',
  commands: ({ projectId }) => [['scheduler', 'locations', 'list', `--project=${projectId}`, '--format=json']],
  judge([answer], environment) {
    const offered = new Set(listOf(answer?.kind === 'told' ? answer.value : []).map(({ locationId }) => locationId));
    const { stateRegion, regions } = environment;
    const wanted = new Set([stateRegion, ...regions].map((region) => schedulerRegionOf(environment, region)));
    const missing = [...wanted].filter((region) => !offered.has(region));
    return missing.length === 0
      ? ok(`offered in ${[...wanted].join(', ')}`)
      : failed(`Cloud Scheduler is not offered in ${missing.join(', ')}`);
  },
};

const budget: PreflightItem = {
  name: 'budget',
  symptom:
    'The stack `observability`, where the environment has a budget: 403, or "The currency code … does not match".',
  fix: '`gcloud billing accounts add-iam-policy-binding $BILLING_ACCOUNT --member=user:YOU@example.com --role=roles/billing.costsManager`, by an administrator of the account; and its currency in `infra/environments/$ENVIRONMENT.ts`.',
  commands: ({ budget: one }) =>
    one === undefined
      ? []
      : [
          ['billing', 'accounts', 'describe', one.billingAccount, '--format=json'],
          ['billing', 'accounts', 'get-iam-policy', one.billingAccount, '--format=json'],
          ['auth', 'list', '--filter=status:ACTIVE', '--format=json'],
        ],
  judge([account, policy, accounts], { budget: one }) {
    if (one === undefined) return ok('the environment has none');
    if (account?.kind === 'not-there') return failed(`there is no billing account ${one.billingAccount}`);
    const { open, currencyCode } = told(account);
    if (open !== true) return failed('the billing account is closed');
    if (currencyCode === undefined) return notChecked('the answer does not tell the currency of the account');
    if (currencyCode !== one.currency)
      return failed(`the account has ${String(currencyCode)}, the environment ${one.currency}`);
    const [me] = accounts?.kind === 'told' ? listOf(accounts.value) : [];
    const email = String(me?.['account']);
    const roles = listOf(told(policy)['bindings'])
      .filter(({ members }) => Array.isArray(members) && members.some((member) => String(member).endsWith(`:${email}`)))
      .map(({ role }) => String(role));
    const enough = ['roles/billing.costsManager', 'roles/billing.admin'].find((role) => roles.includes(role));
    return enough === undefined
      ? notChecked(`no role that makes budgets names ${email}; a group may`)
      : ok(`${one.currency}, and ${email} has ${enough}`);
  },
};

const bucket: PreflightItem = {
  name: 'state-bucket',
  symptom: '`terraform init`: "storage: bucket doesn\'t exist"; without versions, a state that was damaged is gone.',
  fix: '`gcloud storage buckets create gs://$BUCKET --project=$PROJECT --location=$REGION --uniform-bucket-level-access --public-access-prevention`, `gcloud storage buckets update gs://$BUCKET --versioning`',
  commands: ({ stateBucket }) => [['storage', 'buckets', 'describe', `gs://${stateBucket}`, '--format=json']],
  judge([answer]) {
    if (answer?.kind === 'not-there') return failed('there is no such bucket');
    const {
      versioning_enabled: versioned,
      uniform_bucket_level_access: uniform,
      public_access_prevention: shut,
    } = told(answer);
    const lacks = [
      ...(versioned === true ? [] : ['versions']),
      ...(uniform === true ? [] : ['uniform access']),
      ...(shut === 'enforced' ? [] : ['prevention of public access']),
    ];
    return lacks.length === 0 ? ok('with versions, closed to the public') : failed(`it lacks ${lacks.join(', ')}`);
  },
};

const prefix: PreflightItem = {
  name: 'state-prefix',
  symptom: "Two environments plan each other's removal.",
  fix: 'A bucket of its own for each environment: `stateBucket` in `infra/environments/$ENVIRONMENT.ts`. States of this one are below `$ENVIRONMENT/`.',
  commands: ({ stateBucket }) => [['storage', 'ls', `gs://${stateBucket}`]],
  judge([answer], { name, stateBucket }) {
    if (answer?.kind === 'not-there') {
      return answer.problem.includes('matched no objects')
        ? ok('nothing is deployed yet')
        : failed('there is no such bucket');
    }
    const lines = answer?.kind === 'told' && typeof answer.value === 'string' ? answer.value.split('\n') : [];
    const places = lines.map((line) => line.trim()).filter((line) => line !== '');
    const others = places.filter((place) => place !== `gs://${stateBucket}/${name}/`);
    if (others.length > 0) return failed(`it holds other things, too: ${others.join(', ')}`);
    return ok(places.length === 0 ? 'nothing is deployed yet' : `only ${name}/`);
  },
};

const groups: PreflightItem = {
  name: 'groups',
  symptom: 'The stacks `foundation` and `state`: "Group … does not exist".',
  fix: 'Make the groups of `groups` in `infra/environments/$ENVIRONMENT.ts`; an administrator of the domain does, or `gcloud identity groups create`.',
  commands: ({ groups: all }) =>
    [...new Set(Object.values(all))].map((email) => ['identity', 'groups', 'describe', String(email), '--format=json']),
  judge(answers, { groups: all }) {
    const emails = [...new Set(Object.values(all))].map(String);
    const missing = emails.filter((_, at) => answers[at]?.kind === 'not-there');
    return missing.length === 0 ? ok(`${emails.length} are there`) : failed(`there is no ${missing.join(', ')}`);
  },
};

/** In the order in which they matter: what comes first makes the rest fail. */
export const preflightItems: readonly PreflightItem[] = [
  project,
  billing,
  apis,
  agents,
  ...policyItems,
  ...quotas,
  scheduler,
  budget,
  bucket,
  prefix,
  groups,
];
