import type { JsonObject } from '../event/json.ts';

/** A schema revision in use. Revisions of a type count from 1 without gaps. */
export interface ActiveRevision {
  readonly type: string;
  readonly revision: number;
  readonly activatedAtMillis: number;
  /** SHA-256 of the schema's canonical JSON, hex. */
  readonly contentHash: string;
  readonly schema: JsonObject;
}

/** Everything that is active, at one moment. */
export interface RegistrySnapshot {
  /** Grows with every activation; equal versions mean equal content. */
  readonly version: number;
  readonly revisions: readonly ActiveRevision[];
  /** Content of `schemas/sdks.json` as published. */
  readonly sdks: JsonObject;
}

/** The control plane's record of active revisions, as who works with them reads it. `Publications` writes it. */
export interface Registry {
  /** The whole state, or `unchanged` when `knownVersion` is current. Rejects with `Unavailable`. */
  read(knownVersion?: number): Promise<RegistrySnapshot | 'unchanged'>;
}
