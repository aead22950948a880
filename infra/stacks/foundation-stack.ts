import { CloudQuotasQuotaPreference } from '@cdktf/provider-google/lib/cloud-quotas-quota-preference/index.js';
import { LoggingProjectExclusion } from '@cdktf/provider-google/lib/logging-project-exclusion/index.js';
import { ProjectIamAuditConfig } from '@cdktf/provider-google/lib/project-iam-audit-config/index.js';
import { ProjectIamCustomRole } from '@cdktf/provider-google/lib/project-iam-custom-role/index.js';
import { ProjectIamMember, type ProjectIamMemberConfig } from '@cdktf/provider-google/lib/project-iam-member/index.js';
import { ProjectService } from '@cdktf/provider-google/lib/project-service/index.js';
import { ServiceAccount } from '@cdktf/provider-google/lib/service-account/index.js';
import { ServiceAccountIamMember } from '@cdktf/provider-google/lib/service-account-iam-member/index.js';
import type { ITerraformDependable } from 'cdktf';
import { Construct } from 'constructs';
import { requiredApis } from '../apis.ts';
import { callerAccount } from '../cloud-names.ts';
import type { Context } from '../constructs/context.ts';
import { EdiStack } from '../constructs/edi-stack.ts';
import { customRoles } from '../custom-roles.ts';
import type { GrantTarget } from '../grants.ts';

/** APIs, accounts, and what they may do in the project at large. Applied first: IAM takes minutes to spread. */
export class FoundationStack extends EdiStack {
  constructor(scope: Construct, context: Context) {
    super(scope, 'foundation', context);
    const apis = new Construct(this, 'api');
    const scheduled = context.topology.functions.some(({ callers }) => callers.kind === 'schedule');
    const enabled = requiredApis
      .filter((api) => scheduled || api !== 'cloudscheduler')
      .map((api) => new ProjectService(apis, api, { service: `${api}.googleapis.com`, disableOnDestroy: false }));
    excludeRequestLogs(this, context, enabled);
    const accounts = declareAccounts(this, context, enabled);
    const roles = declareRoles(this, enabled);
    declareGrants(this, context, [...accounts, ...roles]);
    auditKeyUse(this, context, accounts);
    limitQueries(this, context, enabled);
  }
}

const mebibytesPerGib = 1_024;

/**
 * What a user and the project may read by queries in a day; a query that would go beyond is refused before it runs. As
 * preferences of Cloud Quotas, since overrides of Service Usage are in the beta provider alone.
 */
function limitQueries(scope: Construct, { environment }: Context, dependsOn: ITerraformDependable[]): void {
  const { queryLimits, projectId } = environment;
  const quotas = new Construct(scope, 'quota');
  for (const [name, quotaId, gib] of [
    ['query-usage-user', 'QueryUsagePerUserPerDay', queryLimits.userGibPerDay],
    ['query-usage-project', 'QueryUsagePerDay', queryLimits.projectGibPerDay],
  ] as const) {
    new CloudQuotasQuotaPreference(quotas, name, {
      parent: `projects/${projectId}`,
      name,
      service: 'bigquery.googleapis.com',
      quotaId,
      quotaConfig: { preferredValue: `${gib * mebibytesPerGib}` },
      // Much less than Google's default is what is wanted.
      ignoreSafetyChecks: 'QUOTA_DECREASE_PERCENTAGE_TOO_HIGH',
      dependsOn,
    });
  }
}

/**
 * The platform's request logs of public functions hold addresses, user agents and `?key=`. Here and not with the rest of
 * observability, so that it works before the first request is answered.
 */
function excludeRequestLogs(scope: Construct, { topology }: Context, dependsOn: ITerraformDependable[]): void {
  for (const { name } of topology.functions.filter(({ callers }) => callers.kind === 'public')) {
    new LoggingProjectExclusion(scope, `${name}-request-logs`, {
      name: `${name}-request-logs`,
      description: `Request logs of ${name} hold addresses, user agents and write keys of beacons`,
      filter:
        'log_id("run.googleapis.com/requests") AND resource.type="cloud_run_revision" ' +
        `AND resource.labels.service_name="${name}"`,
      dependsOn,
    });
  }
  const stages = topology.functions.filter(({ callers }) => callers.kind === 'push').map(({ name }) => `"${name}"`);
  if (stages.length === 0) return;
  new LoggingProjectExclusion(scope, 'stages-request-logs', {
    name: 'stages-request-logs',
    description: 'Request logs of pushes that were taken: some 1 KB a push, which would cost more than the functions',
    filter:
      'log_id("run.googleapis.com/requests") AND resource.type="cloud_run_revision" ' +
      `AND resource.labels.service_name=(${stages.join(' OR ')}) AND httpRequest.status>=200 AND httpRequest.status<300`,
    dependsOn,
  });
}

/**
 * Who had a key used, read a secret, a subject's key or a dead letter is in the audit logs; Google leaves reads out unless it
 * is told to. Of Firestore and Pub/Sub without our functions, whose work is reading them all the time.
 */
function auditKeyUse(
  scope: Construct,
  { environment, names, topology }: Context,
  accounts: readonly ITerraformDependable[],
): void {
  const audits = new Construct(scope, 'audit');
  for (const service of ['cloudkms', 'secretmanager']) {
    new ProjectIamAuditConfig(audits, service, {
      project: environment.projectId,
      service: `${service}.googleapis.com`,
      auditLogConfig: [{ logType: 'DATA_READ' }],
    });
  }
  const ours = topology.functions.map(({ name }) => `serviceAccount:${names.email(names.functionAccount(name))}`);
  for (const service of ['datastore', 'pubsub']) {
    new ProjectIamAuditConfig(audits, service, {
      project: environment.projectId,
      service: `${service}.googleapis.com`,
      auditLogConfig: [{ logType: 'DATA_READ', exemptedMembers: ours }],
      dependsOn: [...accounts],
    });
  }
}

function declareAccounts(
  scope: Construct,
  context: Context,
  dependsOn: ITerraformDependable[],
): ITerraformDependable[] {
  const { names, topology } = context;
  const accounts = new Construct(scope, 'account');
  const declared: ServiceAccount[] = [];
  const declare = (accountId: string, displayName: string) => {
    const account = new ServiceAccount(accounts, accountId, { accountId, displayName, dependsOn });
    declared.push(account);
    return account;
  };
  declare(names.buildAccount, 'EDI: builds the functions');
  declare(names.queriesAccount, 'EDI: runs scheduled queries');
  declare(names.completenessAccount, 'EDI: scheduled queries of how complete days are');
  for (const spec of topology.functions) {
    const { name, callers } = spec;
    declare(names.functionAccount(name), `EDI: ${name}`);
    const caller = callerAccount(spec, names);
    if (caller === undefined) continue;
    const account = declare(
      caller,
      `EDI: ${callers.kind === 'push' ? 'Pub/Sub pushes to' : 'Cloud Scheduler calls'} ${name}`,
    );
    for (const { id, role, member } of context.bindingsOn({ kind: 'pushAccount', name })) {
      new ServiceAccountIamMember(accounts, `${name}-${id}`, { serviceAccountId: account.name, role, member });
    }
  }
  return declared;
}

function declareRoles(scope: Construct, dependsOn: ITerraformDependable[]): ITerraformDependable[] {
  const roles = new Construct(scope, 'role');
  return Object.entries(customRoles).map(
    ([roleId, { title, description, permissions }]) =>
      new ProjectIamCustomRole(roles, roleId, { roleId, title, description, permissions: [...permissions], dependsOn }),
  );
}

/** Google refuses a grant to an account, or of a role, that is not there yet: they are known by computed names. */
function declareGrants(scope: Construct, context: Context, dependsOn: ITerraformDependable[]): void {
  const { projectId } = context.environment;
  const grants = new Construct(scope, 'grant');
  const bind = (on: GrantTarget, id: string, condition?: ProjectIamMemberConfig['condition']) => {
    for (const binding of context.bindingsOn(on)) {
      const { role, member } = binding;
      const conditions = condition === undefined ? {} : { condition };
      new ProjectIamMember(grants, `${id}${binding.id}`, {
        project: projectId,
        role,
        member,
        ...conditions,
        dependsOn,
      });
    }
  };
  bind({ kind: 'project' }, '');
  bind({ kind: 'project', onlyBuckets: 'gcf-v2-sources-' }, 'sources-', {
    title: 'only-copied-sources',
    expression: 'resource.name.startsWith("projects/_/buckets/gcf-v2-sources-")',
  });
  // Firestore has no policy of a database's own: the condition is what keeps a role to one database.
  for (const { id } of Object.values(context.topology.kinds.databases)) {
    const expression = `resource.name == "projects/${projectId}/databases/${id}"`;
    bind({ kind: 'database', name: id }, `${id}-`, { title: `only-${id}`, expression });
  }
}
