/** What the cloud, a deployment and a function have to know of a thing of each kind; `kinds.ts` lists them. */

/** A topic with a part in the pipeline. */
export interface TopicKind {
  readonly topic: string;
  readonly variable: string;
  /** Its messages hold personal data in the clear: only the functions that are named may read it. */
  readonly clearPersonalData: boolean;
  /** Cloud Storage tells it of every object that is uploaded to the bucket of this kind. */
  readonly uploadsTo?: string;
  /** Nobody of ours reads it: others have subscriptions of their own, or none. */
  readonly readByOthers?: true;
}

/** Topics of one name each for many members: `event.<type>`. */
export interface TopicFamilyKind {
  /** Of the topics' names; the member follows. */
  readonly prefix: string;
  readonly variable: string;
  readonly clearPersonalData: boolean;
}

/** A field, or `*` for all fields of a collection that have no rule of their own. */
interface FieldRule {
  readonly collection: string;
  readonly field: string;
  /** Firestore deletes a document some time after the moment that this field holds. */
  readonly expires?: true;
}

/** A Firestore database: one for each kind of data, since IAM is per database. */
export interface DatabaseKind {
  readonly id: string;
  readonly variable: string;
  /** Whether it can be had back from point-in-time recovery and backups. */
  readonly keepsVersions: boolean;
  /** Fields that are not indexed. */
  readonly fields: readonly FieldRule[];
  /** For the table of who may do what. */
  readonly why: string;
}

/** A Cloud Storage bucket that a function reads or writes. */
export interface BucketKind {
  /** What follows the project's id in its name. */
  readonly suffix: string;
  readonly variable: string;
  /** Objects below a prefix that are deleted for good after so many days. Default: none, and all versions are kept. */
  readonly forgets?: { readonly prefix: string; readonly afterDays: number };
  /** For the table of who may do what. */
  readonly why: string;
}

/** How a secret is read: what its port is. */
export type SecretForm = 'hashKey' | 'publicKey' | 'privateKey' | 'masterKeyset' | 'writeKey' | 'namedSecrets';

export interface SecretKind {
  /** In Secret Manager. */
  readonly id: string;
  readonly variable: string;
  readonly form: SecretForm;
  /** Functions read its newest version as they start, instead of the first for ever. */
  readonly rotates?: true;
}

export interface DatasetKind {
  readonly dataset: string;
  readonly variable: string;
  /** For whoever looks at it in BigQuery. */
  readonly description: string;
}

/** Tables of a dataset whose rows a function can read. */
export interface TableKind {
  readonly dataset: string;
  /** `all`: those that the dataset has now and later. */
  readonly tables: readonly string[] | 'all';
  /** Holds the dataset. */
  readonly variable: string;
  /** For the table of who may do what. */
  readonly why: string;
}

/** Tables whose rows a function can change or delete by statements, which read them, too. */
export interface ChangeKind {
  readonly dataset: string;
  /** `all`: those that the dataset has now and later. */
  readonly tables: readonly string[] | 'all';
  /** For the table of who may do what. */
  readonly why: string;
}

export interface Kinds {
  readonly topics: Readonly<Record<string, TopicKind>>;
  readonly topicFamilies: Readonly<Record<string, TopicFamilyKind>>;
  readonly databases: Readonly<Record<string, DatabaseKind>>;
  readonly buckets: Readonly<Record<string, BucketKind>>;
  readonly secrets: Readonly<Record<string, SecretKind>>;
  readonly datasets: Readonly<Record<string, DatasetKind>>;
  readonly tables: Readonly<Record<string, TableKind>>;
  readonly changes: Readonly<Record<string, ChangeKind>>;
}
