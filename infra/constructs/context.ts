import { grantsOf } from '../access.ts';
import { type CloudNames, cloudNames } from '../cloud-names.ts';
import { customRoles } from '../custom-roles.ts';
import type { Environment } from '../environments/environment.ts';
import type { Grant, Grantee, GrantTarget } from '../grants.ts';
import type { Topology } from '../topology.ts';

/** A function's archive, as `npm run build` leaves it. */
export interface Archive {
  readonly path: string;
  /** Hex; names the object, so that a function is deployed again when and only when it has changed. */
  readonly sha256: string;
}

/** What every construct of an environment is made from. */
export interface Context {
  readonly environment: Environment;
  readonly names: CloudNames;
  readonly topology: Topology;
  readonly archives: ReadonlyMap<string, Archive>;
  /** Who may do what with a thing, as Google writes it. */
  bindingsOn(target: GrantTarget): readonly Binding[];
}

export interface Binding {
  /** `<who>-<role>`; names the resource that makes it. */
  readonly id: string;
  readonly role: string;
  readonly member: string;
}

export interface ContextInput extends Pick<Context, 'environment' | 'topology' | 'archives'> {}

export function makeContext(input: ContextInput): Context {
  const { environment, topology } = input;
  const names = cloudNames(environment);
  const byTarget = new Map<string, Binding[]>();
  for (const grant of grantsOf(topology)) {
    const key = targetKey(grant.on);
    const bindings = byTarget.get(key) ?? [];
    bindings.push(...bindingsOf(grant, environment, names));
    byTarget.set(key, bindings);
  }
  return { ...input, names, bindingsOn: (target) => byTarget.get(targetKey(target)) ?? [] };
}

function targetKey(target: GrantTarget): string {
  if (target.kind === 'project') return `project:${target.onlyBuckets ?? ''}`;
  return `${target.kind}:${target.name}`;
}

function bindingsOf({ who, role }: Grant, environment: Environment, names: CloudNames): Binding[] {
  const isCustom = Object.hasOwn(customRoles, role);
  const full = isCustom ? `projects/${environment.projectId}/roles/${role}` : role;
  const suffix = role.replace('roles/', '').replaceAll('.', '-');
  return membersOf(who, environment, names).map(({ id, member }) => ({ id: `${id}-${suffix}`, role: full, member }));
}

function membersOf(who: Grantee, environment: Environment, names: CloudNames): { id: string; member: string }[] {
  const account = (email: string) => `serviceAccount:${email}`;
  switch (who.kind) {
    case 'function':
      return [{ id: who.name, member: account(names.email(names.functionAccount(who.name))) }];
    case 'push':
      return [{ id: `push-${who.name}`, member: account(names.email(names.pushAccount(who.name))) }];
    case 'schedule':
      return [{ id: `schedule-${who.name}`, member: account(names.email(names.scheduleAccount(who.name))) }];
    case 'build':
      return [{ id: 'build', member: account(names.email(names.buildAccount)) }];
    case 'queries':
      return [{ id: 'queries', member: account(names.email(names.queriesAccount)) }];
    case 'completeness':
      return [{ id: 'completeness', member: account(names.email(names.completenessAccount)) }];
    case 'agent': {
      const email = who.name === 'pubsub' ? names.pubsubAgent : names.storageAgent;
      return [{ id: `${who.name}-agent`, member: account(email) }];
    }
    case 'group':
      return [{ id: who.name, member: `group:${environment.groups[who.name]}` }];
    case 'clearDataReaders':
      return environment.clearDataReaders.map((member, at) => ({ id: `reader-${at}`, member }));
    case 'everybody':
      return [{ id: 'everybody', member: 'allUsers' }];
  }
}
