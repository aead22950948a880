import { contentHash } from '../event/canonical-json.ts';
import { isJsonObject, type JsonObject, parseJson } from '../event/json.ts';
import type { ActiveRevision } from '../ports/registry.ts';

/**
 * A draft's way out: one content, which may take the place of one revision that it is not compatible with. It is an object
 * beside the type's own, uploaded before it, and holds for these two contents only, so that what is left of it permits
 * nothing else later.
 */
interface Replacement {
  /** Of the schema that may be published. */
  readonly contentHash: string;
  /** Of the revision that it replaces; null where none is active. */
  readonly replaces: string | null;
}

/** What a refusal tells of it. */
export function wayOut(type: string): string {
  return `a draft may change all the same: \`npm run -s edi -- schema publish --replace ${type}\``;
}

/** The object's text. */
export function replacementText(schema: JsonObject, active: Pick<ActiveRevision, 'contentHash'> | undefined): string {
  const replacement: Replacement = { contentHash: contentHash(schema), replaces: active?.contentHash ?? null };
  return `${JSON.stringify(replacement)}\n`;
}

/** Whether the object's bytes permit this schema after this revision. Nonsense permits nothing. */
export function permitsReplacement(
  data: Uint8Array,
  schema: JsonObject,
  active: Pick<ActiveRevision, 'contentHash'> | undefined,
): boolean {
  const value = parseJson(Buffer.from(data).toString('utf8'));
  if (!isJsonObject(value)) return false;
  return value['contentHash'] === contentHash(schema) && value['replaces'] === (active?.contentHash ?? null);
}
