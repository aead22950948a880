import { CloudRunV2ServiceIamMember } from '@cdktf/provider-google/lib/cloud-run-v2-service-iam-member/index.js';
import { Cloudfunctions2Function } from '@cdktf/provider-google/lib/cloudfunctions2-function/index.js';
import type { StorageBucketObject } from '@cdktf/provider-google/lib/storage-bucket-object/index.js';
import { Construct } from 'constructs';
import type { SharedSetting } from '../../shared/needs/needs.ts';
import { type FunctionVariables, kmsKeyVariable, variablesOf } from '../../shared/needs/variables.ts';
import { instancesOf } from '../environments/environment.ts';
import type { FunctionSpec } from '../topology.ts';
import type { Context } from './context.ts';

export interface EventFunctionProps {
  readonly context: Context;
  readonly spec: FunctionSpec;
  readonly region: string;
  /** Its archive, uploaded. */
  readonly source: StorageBucketObject;
}

/** Of most secrets a second version would be a mistake that must not take effect. */
const firstVersion = '1';

/** A function in one region, with what it needs in its environment, and whoever may call it. */
export class EventFunction extends Construct {
  constructor(scope: Construct, id: string, props: EventFunctionProps) {
    super(scope, id);
    const { context, spec, region, source } = props;
    const { environment, names } = context;
    const { size } = spec;
    const instances = instancesOf(environment, spec);
    const variables = deployedVariables(props);
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
        environmentVariables: variables.plain,
        secretEnvironmentVariables: variables.secret.map(({ variable, kind }) => ({
          key: variable,
          projectId: environment.projectId,
          secret: kind.id,
          version: kind.rotates === true ? 'latest' : firstVersion,
        })),
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

/** From outside only where callers are: Pub/Sub and Cloud Scheduler of the project count as inside ("Ingress", Cloud Run). */
function ingressOf({ context, spec }: EventFunctionProps): string {
  switch (spec.callers.kind) {
    case 'push':
    case 'schedule':
      return 'ALLOW_INTERNAL_ONLY';
    case 'operators':
      return 'ALLOW_ALL';
    case 'public':
      return context.environment.edge === undefined ? 'ALLOW_ALL' : 'ALLOW_INTERNAL_AND_GCLB';
  }
}

/** Undefined where the function's default is right. */
function settingOf({ environment, names }: Context, region: string, name: SharedSetting): string | undefined {
  // Clients reach the nearest region through the load balancer, and so does a function of that region.
  if (name === 'frontDoor') {
    return environment.edge === undefined ? names.functionUrl('ingest', region) : `https://${environment.edge.domain}`;
  }
  // The load balancer appends its own address after the client's ("X-Forwarded-For", Cloud Load Balancing).
  if (name === 'forwardedEntry') return environment.edge === undefined ? undefined : '2';
  if (name === 'erasureConsumers') return environment.erasureConsumers?.join(',');
  if (name === 'inactiveSubjectDays') return environment.inactiveSubjectDays?.toString();
  if (name === 'hasRawArchive') return environment.rawArchive === undefined ? undefined : 'true';
  return name === 'region' ? region : String(environment[name]);
}

function deployedVariables({ context, spec, region }: EventFunctionProps): FunctionVariables {
  const { environment, names, topology } = context;
  return variablesOf(spec, topology.kinds, {
    projectId: environment.projectId,
    bucket: names.bucket,
    functionUrl: (name) => names.functionUrl(name, environment.stateRegion),
    setting: (name) => settingOf(context, region, name),
    masterKey: () => ({ [kmsKeyVariable]: names.key('master') }),
    push: {
      audience: names.functionUrl(spec.name, region),
      serviceAccountEmail: names.email(names.pushAccount(spec.name)),
    },
  });
}
