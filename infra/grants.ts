import { type OurKinds, kinds as ourKinds } from '../shared/needs/kinds.ts';
import { type KeyKind, keyIds } from './cloud-names.ts';
import type { Groups } from './environment-parts.ts';

/** Who gets something: an account of ours, one of Google's service agents, a group of the environment, or everybody. */
export type Grantee =
  | { readonly kind: 'function'; readonly name: string }
  /** The account that Pub/Sub or Cloud Scheduler calls a function as. */
  | { readonly kind: 'push' | 'schedule'; readonly name: string }
  | { readonly kind: 'build' }
  /** What scheduled queries run as. */
  | { readonly kind: 'queries' }
  /** The account that BigQuery's schedules run as. */
  | { readonly kind: 'completeness' }
  | { readonly kind: 'agent'; readonly name: 'pubsub' | 'storage' }
  | { readonly kind: 'group'; readonly name: keyof Groups }
  /** The environment's readers of clear data. */
  | { readonly kind: 'clearDataReaders' }
  | { readonly kind: 'everybody' };

/** What something is given on, by the name that it has in the cloud: a bucket's without the project's id. */
export type GrantTarget =
  | { readonly kind: 'project'; readonly onlyBuckets?: string }
  | {
      readonly kind:
        | 'bucket'
        | 'database'
        | 'dataset'
        | 'function'
        | 'key'
        | 'pushAccount'
        | 'secret'
        | 'subscription'
        /** Of a dataset: `<dataset>.<table>`. */
        | 'table'
        | 'topic';
      readonly name: string;
    };

export interface Grant {
  readonly who: Grantee;
  /** A predefined role, or one of `customRoles` by its id. */
  readonly role: string;
  readonly on: GrantTarget;
  /** For the table of who may do what. */
  readonly why: string;
}

export const databaseRoles = {
  read: 'roles/datastore.viewer',
  write: 'roles/datastore.user',
  find: 'ediSubjectKeyReader',
  create: 'ediSubjectKeyMaker',
  replace: 'ediSubjectKeyEraser',
} as const;
/** Of tables whose rows a function changes by statements. */
export const rowChangerRole = 'ediRowChanger';
export const bucketRoles = {
  read: 'roles/storage.objectViewer',
  write: 'roles/storage.objectUser',
  purge: 'ediFileRemover',
} as const;

export const databaseOf = (kind: keyof OurKinds['databases']): GrantTarget => ({
  kind: 'database',
  name: ourKinds.databases[kind].id,
});
export const secretOf = (kind: keyof OurKinds['secrets']): GrantTarget => ({
  kind: 'secret',
  name: ourKinds.secrets[kind].id,
});
export const keyOf = (kind: KeyKind): GrantTarget => ({ kind: 'key', name: keyIds[kind] });
export const pubsub: Grantee = { kind: 'agent', name: 'pubsub' };
export const storage: Grantee = { kind: 'agent', name: 'storage' };
export const group = (name: keyof Groups): Grantee => ({ kind: 'group', name });
