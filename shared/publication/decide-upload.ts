import { contentHash } from '../event/canonical-json.ts';
import type { JsonObject } from '../event/json.ts';
import type { ActivationOutcome, SdksOutcome, UploadedSchema } from '../ports/publications.ts';
import type { ActiveRevision } from '../ports/registry.ts';
import { isOlder } from './generation.ts';

/** What a registry holds when an upload of a type is decided. */
export interface TypeInUse {
  readonly active?: ActiveRevision | undefined;
  /** Of the newest upload of the type that was found in order; absent where none was noted. */
  readonly generation?: string | undefined;
  /** Every type that is active, this one too or not. */
  readonly types: Iterable<string>;
}

/**
 * What a store does with an upload, in one step with the read that it was decided on: an `activated` revision is written
 * beside the earlier ones, and makes the registry's version grow; nothing else does.
 */
export interface UploadDecision {
  readonly outcome: ActivationOutcome;
  /** To be noted as the type's; absent when what is noted stays. */
  readonly generation?: string;
}

/**
 * Decides what becomes of an uploaded schema. An upload that comes after a later one is `older` whatever it holds; one
 * that was not checked against the revision in use is `changed`; one of equal content is no revision, but its generation
 * counts from now on.
 */
export function decideUpload(upload: UploadedSchema, inUse: TypeInUse, nowMillis: number): UploadDecision {
  const { type, schema, generation, checkedAgainst, clashesWith } = upload;
  const { active } = inUse;
  if (isOlder(generation, inUse.generation)) return { outcome: { kind: 'older' } };
  const current = active?.revision ?? 0;
  if (current !== checkedAgainst) return { outcome: { kind: 'changed' } };
  for (const other of inUse.types) {
    if (other !== type && clashesWith(other)) return { outcome: { kind: 'clash', type: other } };
  }
  const noted = notedGeneration(generation, inUse.generation);
  const hash = contentHash(schema);
  if (active?.contentHash === hash) return { outcome: { kind: 'unchanged', revision: active }, ...noted };
  const revision = { type, revision: current + 1, activatedAtMillis: nowMillis, contentHash: hash, schema };
  return { outcome: { kind: 'activated', revision }, ...noted };
}

/** The SDK bindings that a registry holds; an empty object before the first. */
export interface SdksInUse {
  readonly sdks: JsonObject;
  readonly generation?: string | undefined;
}

/** What a store does with uploaded SDK bindings: see `UploadDecision`. */
export interface SdksDecision {
  readonly outcome: SdksOutcome;
  readonly generation?: string;
}

/** Decides what becomes of uploaded SDK bindings, as `decideUpload` does of a schema; they clash with nothing. */
export function decideSdksUpload(sdks: JsonObject, generation: string, inUse: SdksInUse): SdksDecision {
  if (isOlder(generation, inUse.generation)) return { outcome: 'older' };
  const noted = notedGeneration(generation, inUse.generation);
  return { outcome: contentHash(sdks) === contentHash(inUse.sdks) ? 'unchanged' : 'activated', ...noted };
}

function notedGeneration(generation: string, known: string | undefined): { readonly generation?: string } {
  return generation === known ? {} : { generation };
}
