import type { Observer } from '../observe/observer.ts';
import type { Publisher } from '../ports/publisher.ts';
import type { PushAuthenticator } from '../ports/push-authenticator.ts';
import { kinds, type OurKinds } from './kinds.ts';
import type { Needs } from './needs.ts';
import { openPorts } from './open-ports.ts';
import type { BasePorts, Bucket, DatabasePorts, DescribedDataset, PortsOf, SecretPorts } from './ports.ts';

type Secrets = OurKinds['secrets'];

/**
 * A thing of every kind, opened: what a deployment holds that runs all functions in one process (memory, the embedded
 * storage). The compiler asks for every kind.
 */
export interface HeldPorts extends Omit<BasePorts, 'observer'> {
  readonly publisher: Publisher;
  readonly databases: { readonly [Kind in keyof DatabasePorts]: AllAccess<DatabasePorts[Kind]> };
  readonly buckets: { readonly [Kind in keyof OurKinds['buckets']]: Bucket };
  readonly secrets: { readonly [Secret in keyof Secrets]: SecretPorts[Secrets[Secret]['form']] };
  readonly described: { readonly [Dataset in keyof OurKinds['datasets']]: DescribedDataset };
  readonly authenticator: PushAuthenticator;
}

/** What may be done with any of the accesses. */
type AllAccess<Ports> = (
  { [Access in keyof Ports]: (port: Ports[Access]) => void } extends infer Takers ? Takers[keyof Takers] : never
) extends (port: infer Port) => void
  ? Port
  : never;

/** The ports of a function out of what its process holds. Topics are called as the kinds call them. */
export function pickPorts<const N extends Needs>(needs: N, held: HeldPorts, observer: Observer): PortsOf<N>;
export function pickPorts(needs: Needs, held: HeldPorts, observer: Observer): object {

}
