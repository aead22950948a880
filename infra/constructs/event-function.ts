import { CloudRunV2ServiceIamMember } from '@cdktf/provider-google/lib/cloud-run-v2-service-iam-member/index.js';
import { Cloudfunctions2Function } from '@cdktf/provider-google/lib/cloudfunctions2-function/index.js';
import type { StorageBucketObject } from '@cdktf/provider-google/lib/storage-bucket-object/index.js';
import { Construct } from 'constructs';
import { bucketVariables, databaseVariables, functionDeployments, secretVariables } from '../function-deployments.ts';
import { databases } from '../naming.ts';
import type { FunctionSpec } from '../topology.ts';
import type { Context } from './context.ts';

export interface EventFunctionProps {
  readonly context: Context;
  readonly spec: FunctionSpec;
  readonly region: string;
  /** Its archive, uploaded. */
  readonly source: StorageBucketObject;
}

/** Secrets are never rotated, so a second version would be a mistake that must not take effect. */
const secretVersion = '1';

/** A function in one region, with what it needs in its environment, and whoever may call it. */
export class EventFunction extends Construct {
  constructor(scope: Construct, id: string, props: EventFunctionProps) {
    super(scope, id);
    const { context, spec, region, source } = props;
    const { environment, names } = context;
    const { size } = functionDeployments[spec.name];
    const instances = environment.instances[spec.name];
    const deployed = new Cloudfunctions2Function(this, 'function', {
      name: spec.name,
      location: region,
      buildConfig: {
        runtime: 'nodejs24',
        entryPoint: spec.name,
        serviceAccount: `projects/${environment.projectId}/serviceAccounts/${names.email(names.buildAccount)}`,
        source: { storageSource: { bucket: source.bucket, object: source.name } },
      },
      serviceConfig: {
        serviceAccountEmail: names.email(names.functionAccount(spec.name)),
        availableMemory: `${size.memoryMiB}Mi`,
        availableCpu: `${size.cpu}`,
        maxInstanceRequestConcurrency: size.concurrency,
        timeoutSeconds: size.timeoutSeconds,
        minInstanceCount: instances.min,
        maxInstanceCount: instances.max,
        ingressSettings: ingressOf(props),
        allTrafficOnLatestRevision: true,
        environmentVariables: variablesOf(props),
        secretEnvironmentVariables: secretsOf(props),
      },
    });
    for (const { id: binding, role, member } of context.bindingsOn({ kind: 'function', name: spec.name })) {
      new CloudRunV2ServiceIamMember(this, binding, {
        location: region,
        name: deployed.name,
        role,
        member,
        // The service goes when the function is replaced, and the binding with it. On the function's id alone: its
        // address would replace the binding with every deployment, and callers be refused meanwhile.
        lifecycle: { replaceTriggeredBy: [`${deployed.terraformResourceType}.${deployed.friendlyUniqueId}.id`] },
      });
    }
  }
}

function ingressOf({ context, spec }: EventFunctionProps): string {
  if (spec.callers === 'push') return 'ALLOW_INTERNAL_ONLY';
  return context.environment.edge === undefined ? 'ALLOW_ALL' : 'ALLOW_INTERNAL_AND_GCLB';
}

function variablesOf({ context, spec, region }: EventFunctionProps): Record<string, string> {
  const { environment, names } = context;
  const deployment = functionDeployments[spec.name];
  const variables: Record<string, string> = { GOOGLE_CLOUD_PROJECT: environment.projectId, ...deployment.variables };
  for (const kind of ['registry', 'claims', 'subjectKeys', 'writeKeys'] as const) {
    if (deployment.databases[kind] !== undefined) variables[databaseVariables[kind]] = databases[kind];
  }
  for (const kind of ['snapshot', 'schemas'] as const) {
    if (deployment.buckets[kind] !== undefined) variables[bucketVariables[kind]] = names.bucket(kind);
  }
  if (deployment.unwrapsMasterKeyset) variables['EDI_KMS_KEY'] = names.key('master');
  if (deployment.lookBackVariable) variables[deployment.lookBackVariable] = String(environment.lookBackDays);
  if (spec.callers === 'push') {
    variables['EDI_PUSH_AUDIENCE'] = names.functionUrl(spec.name, region);
    variables['EDI_PUSH_SERVICE_ACCOUNT'] = names.email(names.pushAccount(spec.name));
  }
  return variables;
}

function secretsOf({ context, spec }: EventFunctionProps) {
  const { environment, names } = context;
  return functionDeployments[spec.name].secrets.map((kind) => ({
    key: secretVariables[kind],
    projectId: environment.projectId,
    secret: names.secretId(kind),
    version: secretVersion,
  }));
}
