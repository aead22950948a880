import type { KeyObject } from 'node:crypto';
import type { Observer } from '../observe/observer.ts';
import type { ClaimDocuments } from '../ports/claim-documents.ts';
import type { Clock } from '../ports/clock.ts';
import type { Erasures } from '../ports/erasures.ts';
import type { EventRows } from '../ports/event-rows.ts';
import type { LegacyExports } from '../ports/legacy-exports.ts';
import type { MasterKeyset } from '../ports/master-keyset.ts';
import type { ObjectStore } from '../ports/object-store.ts';
import type { PublishingRegistry } from '../ports/publications.ts';
import type { Publisher } from '../ports/publisher.ts';
import type { PushAuthenticator } from '../ports/push-authenticator.ts';
import type { QuarantineRecords } from '../ports/quarantine-records.ts';
import type { Random } from '../ports/random.ts';
import type { Registry } from '../ports/registry.ts';
import type { Replays } from '../ports/replays.ts';
import type { SubjectKeyErasures, SubjectKeyRecords, SubjectObjections } from '../ports/subject-key-records.ts';
import type { SubjectSourceRecords, SubjectSources } from '../ports/subject-sources.ts';
import type { SubjectUseRecords, SubjectUses } from '../ports/subject-uses.ts';
import type { TableReader } from '../ports/table-reader.ts';
import type { TableStatements } from '../ports/table-statements.ts';
import type { WriteKeyRecords } from '../ports/write-key-records.ts';
import type { SecretForm } from './kind.ts';
import type { kinds, OurKinds } from './kinds.ts';
import type { Needs } from './needs.ts';

/** Does not compile where a database has no entry. */
type OfEveryDatabase<Ports extends Readonly<Record<keyof OurKinds['databases'], object>>> = Ports;

/** The port of each database, by what a function may do with it. */
export type DatabasePorts = OfEveryDatabase<{
  readonly registry: { readonly read: Registry; readonly write: PublishingRegistry };
  readonly claims: { readonly write: ClaimDocuments };
  readonly subjectKeys: {
    readonly find: Pick<SubjectKeyRecords, 'read'>;
    readonly create: SubjectKeyRecords;
    readonly replace: SubjectKeyErasures & SubjectObjections;
  };
  readonly subjectSources: { readonly create: SubjectSources; readonly write: SubjectSourceRecords };
  readonly subjectUses: { readonly create: SubjectUses; readonly write: SubjectUseRecords };
  readonly writeKeys: { readonly read: Pick<WriteKeyRecords, 'find'>; readonly write: WriteKeyRecords };
  readonly replays: { readonly write: Replays };
  readonly erasures: { readonly write: Erasures };
  readonly exports: { readonly write: LegacyExports };
}>;

/** Does not compile where a table has no entry. */
type OfEveryTable<Ports extends Readonly<Record<keyof OurKinds['tables'], object>>> = Ports;

/** The port of each table whose rows are read. */
export type TablePorts = OfEveryTable<{ readonly quarantine: QuarantineRecords; readonly events: EventRows }>;

/** The port of each form of secret. */
export interface SecretPorts {
  readonly hashKey: KeyObject;
  readonly publicKey: KeyObject;
  readonly privateKey: KeyObject;
  /** Unwrapped by its key with the first use. */
  readonly masterKeyset: MasterKeyset;
  /** By name. */
  readonly namedSecrets: ReadonlyMap<string, KeyObject>;
  /** As clients send it. */
  readonly writeKey: string;
}

/** A bucket, and the name that notifications call it by. */
export interface Bucket extends ObjectStore {
  readonly name: string;
}

/** The tables of one dataset, described. */
export interface DescribedDataset extends TableReader {
  readonly dataset: string;
}

/** What every function has, wherever it runs. */
export interface BasePorts {
  readonly clock: Clock;
  readonly random: Random;
  readonly observer: Observer;
  /** Project whose traces the logs refer to; absent locally. */
  readonly projectId?: string;
}

type TopicRole = keyof OurKinds['topics'];
type TopicFamily = keyof OurKinds['topicFamilies'];
type FormOf<Secret extends keyof OurKinds['secrets']> = OurKinds['secrets'][Secret]['form'];
type PortOfDatabase<Kind, Access> = Kind extends keyof DatabasePorts
  ? Access extends keyof DatabasePorts[Kind]
    ? DatabasePorts[Kind][Access]
    : never
  : never;

/** `never` where the needs name none. */
type TablesOf<N extends Needs> = N extends { readonly rows: readonly (infer Table extends keyof TablePorts)[] }
  ? Table
  : never;

/** The ports of a function, from its needs: asking for one that is not in them does not compile. */
export type PortsOf<N extends Needs> = BasePorts &
  (N['publishes'] extends readonly [] ? unknown : { readonly publisher: Publisher }) & {
    /** Names of topics by role; of a family, a function from its member to the name. */
    readonly topics: {
      readonly [Role in N['publishes'][number]]: Role extends TopicFamily ? (member: string) => string : string;
    };
    readonly databases: {
      readonly [Kind in keyof N['databases']]: PortOfDatabase<Kind, N['databases'][Kind]>;
    };
    readonly buckets: { readonly [Kind in keyof N['buckets']]: Bucket };
    readonly secrets: { readonly [Secret in N['secrets'][number]]: SecretPorts[FormOf<Secret>] };
    readonly described: { readonly [Dataset in N['describes'][number]]: DescribedDataset };
    readonly rows: { readonly [Table in TablesOf<N>]: TablePorts[Table] };
  } & (N extends Changing ? { readonly statements: TableStatements } : unknown) &
  (N['callers'] extends { readonly kind: 'push' } ? { readonly authenticator: PushAuthenticator } : unknown);

/** Needs that name tables to change. */
interface Changing {
  readonly changes: readonly [string, ...string[]];
}

/**
 * How a deployment opens what a function needs: an opener a kind, each in a module of its own, so that no bundle holds a
 * client that its function does not use. `C` is what the deployment's openers work with (the function's environment, the
 * storage of a process). Openers are synchronous and connect at first use. The compiler asks for exactly those that the
 * needs ask for.
 */
export type OpenersOf<N extends Needs, C> = {
  readonly base: (context: C, needs: Needs) => BasePorts;
} & (N['publishes'] extends readonly []
  ? unknown
  : {
      readonly publisher: (context: C) => Publisher;
      readonly topic: (context: C, kind: OurKinds['topics'][TopicRole]) => string;
    }) &
  (TopicFamily & N['publishes'][number] extends never
    ? unknown
    : {
        readonly topicFamily: (context: C, kind: OurKinds['topicFamilies'][TopicFamily]) => (member: string) => string;
      }) &
  (keyof N['databases'] extends never
    ? unknown
    : {
        readonly databases: {
          readonly [Kind in keyof N['databases']]: (context: C) => PortOfDatabase<Kind, N['databases'][Kind]>;
        };
      }) &
  (keyof N['buckets'] extends never ? unknown : { readonly bucket: (context: C, kind: BucketOpening) => Bucket }) &
  (N['secrets'] extends readonly []
    ? unknown
    : {
        readonly secrets: {
          readonly [Form in FormOf<N['secrets'][number]>]: (context: C, kind: SecretOpening) => SecretPorts[Form];
        };
      }) &
  (N['describes'] extends readonly []
    ? unknown
    : { readonly described: (context: C, kind: DatasetOpening) => DescribedDataset }) &
  ([TablesOf<N>] extends [never]
    ? unknown
    : { readonly rows: { readonly [Table in TablesOf<N>]: (context: C) => TablePorts[Table] } }) &
  (N extends Changing
    ? { readonly statements: (context: C, needs: Pick<N, 'name' | 'size'>) => TableStatements }
    : unknown) &
  (N['callers'] extends { readonly kind: 'push' }
    ? { readonly authenticator: (context: C) => PushAuthenticator }
    : unknown);

/** What an opener is told of the thing that it opens: its entry in `kinds`. */
type BucketOpening = (typeof kinds)['buckets'][keyof OurKinds['buckets']];
type SecretOpening = (typeof kinds)['secrets'][keyof OurKinds['secrets']] & { readonly form: SecretForm };
type DatasetOpening = (typeof kinds)['datasets'][keyof OurKinds['datasets']];
