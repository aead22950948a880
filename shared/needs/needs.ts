import type { Kinds } from './kind.ts';
import type { OurKinds } from './kinds.ts';

type Name<Of> = Extract<keyof Of, string>;

/** Who calls a function: what its address is reachable for, and whose token it checks. */
type Callers<K extends Kinds> =
  /** SDKs over HTTP, who show a write key. */
  | { readonly kind: 'public' }
  /** The push subscription that reads this topic, and nobody else. */
  | { readonly kind: 'push'; readonly reads: Name<K['topics']> }
  /** Cloud Scheduler, as an account of the function's own. Unix cron, UTC. In every region of clients, or in one. */
  | { readonly kind: 'schedule'; readonly cron: string; readonly everyRegion?: boolean }
  /** People with the operators' role, by IAM alone. */
  | { readonly kind: 'operators' };

/**
 * What a function may do with a database. `find`: read by id, and never list; `create`: the same, and create by id, but never
 * change or delete; `replace`: the same, and overwrite by id.
 */
type DatabaseAccess = 'read' | 'write' | 'find' | 'create' | 'replace';
/** `purge`: list names and delete, and read nothing. */
type BucketAccess = 'read' | 'write' | 'purge';

/** How large an instance is, and how much it does at once. */
export interface FunctionSize {
  readonly memoryMiB: number;
  readonly cpu: number;
  /** Requests that one instance serves at once. */
  readonly concurrency: number;
  readonly timeoutSeconds: number;
  /** Memory that one request may take at its worst; concurrency times this has to fit. */
  readonly requestMiB: number;
}

/**
 * Time of one core, in microseconds, for `edi cost`: of the right order, from measurements of the parts on a shared
 * two-core machine, and not exact.
 */
interface CoreTime {
  /** Of a request or a push: HTTP, the framework, and what is done once for all of its events. */
  readonly callMicros: number;
  readonly eventMicros: number;
}

/** Instances in each region that a function runs in; an environment may say other numbers. */
export interface Instances {
  /** Kept warm, and billed; 0 scales to nothing. */
  readonly min: number;
  readonly max: number;
}

/** Settings that belong to an environment and not to a function; each is passed in its own variable. */
export type SharedSetting =
  | 'lookBackDays'
  | 'forwardedEntry'
  | 'region'
  | 'frontDoor'
  | 'erasureConsumers'
  | 'hasRawArchive'
  | 'inactiveSubjectDays';

/**
 * Everything that a function needs, said once, in its `needs.ts`. Its ports follow by type (`PortsOf`), its variables,
 * account, rights, secrets and size by the infrastructure. What is not here it does not have.
 */
export interface NeedsOf<K extends Kinds> {
  /** Kebab case: the function, its service and its folder. */
  readonly name: string;
  readonly callers: Callers<K>;
  /** Functions that it calls as itself, by name; the address of each is in its environment. */
  readonly calls?: readonly string[];
  /** Topics by role, and families of topics. */
  readonly publishes: readonly (Name<K['topics']> | Name<K['topicFamilies']>)[];
  readonly databases: { readonly [Kind in Name<K['databases']>]?: DatabaseAccess };
  readonly buckets: { readonly [Kind in Name<K['buckets']>]?: BucketAccess };
  readonly secrets: readonly Name<K['secrets']>[];
  /** Datasets whose tables it may describe, without reading a row. */
  readonly describes: readonly Name<K['datasets']>[];
  /** Tables whose rows it may read. */
  readonly rows?: readonly Name<K['tables']>[];
  /** Tables whose rows it may change or delete. */
  readonly changes?: readonly Name<K['changes']>[];
  readonly settings: readonly SharedSetting[];
  readonly size: FunctionSize;
  /** Of a function that events pass; what others take is no matter in a bill. */
  readonly coreTime?: CoreTime;
  readonly instances: Instances;
}

/** The needs of a function of ours. */
export type Needs = NeedsOf<OurKinds>;
/** Needs of any kinds, also invented ones. */
export type AnyNeeds = NeedsOf<Kinds>;
