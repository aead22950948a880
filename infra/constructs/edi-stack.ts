import { GoogleProvider } from '@cdktf/provider-google/lib/provider/index.js';
import { GcsBackend, TerraformElement, type TerraformResourceLifecycle, TerraformStack } from 'cdktf';
import type { Construct, Node } from 'constructs';
import type { Context } from './context.ts';

/** Kinds of stack; a stack's name is `<environment>-<kind>`. Event types have one for each domain, and one that all share. */
export type StackKind =
  | 'foundation'
  | 'state'
  | 'pipeline'
  | 'edge'
  | 'observability'
  | 'event-types'
  | `event-types-${string}`;

/**
 * A stack of an environment: provider, remote state, and addresses that are read and kept. An address is the path of
 * ids (`github-push-v1_table`), without cdktf's hash.
 */
export class EdiStack extends TerraformStack {
  readonly #addresses = new Map<string, string>();

  constructor(scope: Construct, kind: StackKind, { environment }: Context) {
    super(scope, `${environment.name}-${kind}`);
    new GoogleProvider(this, 'google', {
      project: environment.projectId,
      region: environment.stateRegion,
      // Budgets and service agents are billed to a project, which a user's own credentials do not name.
      billingProject: environment.projectId,
      userProjectOverride: true,
      defaultLabels: { environment: environment.name, system: 'edi' },
    });
    // Environments have buckets of their own; the name keeps their states apart where somebody points two at one.
    new GcsBackend(this, { bucket: environment.stateBucket, prefix: `${environment.name}/${kind}` });
  }

  protected override allocateLogicalId(element: TerraformElement | Node): string {
    const node = TerraformElement.isTerraformElement(element) ? element.node : element;
    const path = node.scopes.slice(node.scopes.indexOf(this) + 1).map((scope) => scope.node.id);
    const address = path.join('_').replaceAll(/[^\w-]/g, '-');
    const other = this.#addresses.get(address);
    if (other !== undefined && other !== node.path) {
      throw new Error(`"${other}" and "${node.path}" would share the address "${address}": rename one of them`);
    }
    this.#addresses.set(address, node.path);
    return address;
  }
}

/** Terraform refuses a plan that would destroy what has this, where the environment protects its state. */
export function protectedIn({ environment }: Context): TerraformResourceLifecycle {
  return environment.protectState ? { preventDestroy: true } : {};
}
