import type { JsonObject } from '../event/json.ts';
import type { SchemaProblem } from '../event/schema-problem.ts';
import type { ActiveRevision, Registry } from './registry.ts';

/** A schema as it was uploaded, and what it was checked against. */
export interface UploadedSchema {
  readonly type: string;
  readonly schema: JsonObject;
  /** Generation of the object: a decimal number that grows with every upload of its name. */
  readonly generation: string;
  /** Number of the revision that it was compared with; 0 when the type had none. */
  readonly checkedAgainst: number;
  /** True for a type that may not be active beside this one, because the two would share a table. */
  readonly clashesWith: (type: string) => boolean;
}

export type ActivationOutcome =
  | { readonly kind: 'activated' | 'unchanged'; readonly revision: ActiveRevision }
  /** A later upload of the same object is in use. */
  | { readonly kind: 'older' }
  /** Another revision became active since the check: check again. */
  | { readonly kind: 'changed' }
  | { readonly kind: 'clash'; readonly type: string };

/** `older`: a later upload is in use. */
export type SdksOutcome = 'activated' | 'unchanged' | 'older';

/** What is active of a type, and what a new revision of it is judged by. */
interface PublishedType {
  readonly active?: ActiveRevision;
  /** Of the newest upload that is in use; absent for a revision that was stored without one. */
  readonly generation?: string;
  readonly sdks: JsonObject;
}

/** What became of the last upload of a subject: an event type, `sdks.json`, or `other` for objects that are neither. */
export interface PublicationAttempt {
  readonly subject: string;
  readonly object: string;
  readonly generation: string;
  readonly atMillis: number;
  /** `waiting`: to be tried again, because the table or the SDK is not there yet. */
  readonly outcome: 'activated' | 'unchanged' | 'refused' | 'waiting';
  /** The active revision after it, of a type that has one. */
  readonly revision?: number;
  /** Why it was refused or waits. */
  readonly reasons: readonly SchemaProblem[];
}

/** The write side of the registry: publication of uploaded objects, and what became of them. Rejects with `Unavailable`. */
export interface Publications {
  publishedType(type: string): Promise<PublishedType>;
  /**
   * Makes the upload the active revision of its type. Atomic: of uploads that race each is activated, found to be older,
   * or told that it has to be checked again; revisions have no gap, and equal content is one revision.
   */
  activateUpload(upload: UploadedSchema, nowMillis: number): Promise<ActivationOutcome>;
  /** Replaces the SDK bindings, unless those of a later upload are in use. */
  publishSdksUpload(sdks: JsonObject, generation: string): Promise<SdksOutcome>;
  /** Keeps what became of an upload, unless that of a later upload of the same subject is kept. */
  recordAttempt(attempt: PublicationAttempt): Promise<void>;
  /** The last attempt of each subject, by subject. */
  attempts(): Promise<PublicationAttempt[]>;
}

export type PublishingRegistry = Registry & Publications;
