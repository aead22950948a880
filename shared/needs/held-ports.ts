import type { Observer } from '../observe/observer.ts';
import type { Publisher } from '../ports/publisher.ts';
import type { PushAuthenticator } from '../ports/push-authenticator.ts';
import type { TableStatements } from '../ports/table-statements.ts';
import type { Kinds } from './kind.ts';
import { kinds, type OurKinds } from './kinds.ts';
import type { AnyNeeds, Needs } from './needs.ts';
import type { BasePorts, Bucket, DatabasePorts, DescribedDataset, PortsOf, SecretPorts, TablePorts } from './ports.ts';

type Secrets = OurKinds['secrets'];
type Both<Ports> = (Ports extends unknown ? (port: Ports) => void : never) extends (port: infer All) => void
  ? All
  : never;

/**
 * A thing of every kind, opened: what a deployment holds that runs functions in its own process (memory, the embedded
 * storage). The compiler asks for every kind, and for every access to it.
 */
export interface HeldPorts extends Omit<BasePorts, 'observer'> {
  readonly publisher: Publisher;
  readonly databases: { readonly [Kind in keyof DatabasePorts]: Both<DatabasePorts[Kind][keyof DatabasePorts[Kind]]> };
  readonly buckets: { readonly [Kind in keyof OurKinds['buckets']]: Bucket };
  readonly secrets: { readonly [Secret in keyof Secrets]: SecretPorts[Secrets[Secret]['form']] };
  readonly described: { readonly [Dataset in keyof OurKinds['datasets']]: DescribedDataset };
  readonly rows: TablePorts;
  readonly statements: TableStatements;
  readonly authenticator: PushAuthenticator;
}

/** The ports of one function out of what its process holds. Topics have the names that kinds give them. */
export function pickPorts<const N extends Needs>(needs: N, held: HeldPorts, observer: Observer): PortsOf<N>;
export function pickPorts(needs: AnyNeeds, held: HeldPorts, observer: Observer): object {
  const {
    clock,
    random,
    projectId,
    publisher,
    databases,
    buckets,
    secrets,
    described,
    rows,
    statements,
    authenticator,
  } = held;
  return {
    clock,
    random,
    observer,
    ...(projectId === undefined ? {} : { projectId }),
    ...(needs.publishes.length > 0 ? { publisher } : {}),
    topics: Object.fromEntries(needs.publishes.map((role) => [role, topicOf(kinds, role)])),
    databases: picked(databases, Object.keys(needs.databases)),
    buckets: picked(buckets, Object.keys(needs.buckets)),
    secrets: picked(secrets, needs.secrets),
    described: picked(described, needs.describes),
    rows: picked(rows, needs.rows ?? []),
    ...((needs.changes ?? []).length > 0 ? { statements } : {}),
    ...(needs.callers.kind === 'push' ? { authenticator } : {}),
  };
}

function topicOf({ topics, topicFamilies }: Kinds, role: string): string | ((member: string) => string) | undefined {
  const family = topicFamilies[role];
  return family === undefined ? topics[role]?.topic : (member) => `${family.prefix}${member}`;
}

function picked(held: Readonly<Record<string, unknown>>, names: readonly string[]): Record<string, unknown> {
  return Object.fromEntries(names.map((name) => [name, held[name]]));
}
