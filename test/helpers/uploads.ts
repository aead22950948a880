import type { JsonObject } from '../../shared/event/json.ts';
import type { PublishingRegistry } from '../../shared/ports/publications.ts';
import type { ActiveRevision } from '../../shared/ports/registry.ts';

/**
 * Uploads a schema as the product does, again and again until no other upload comes between; answers with the revision
 * that is active then.
 */
export async function activateSchema(
  registry: PublishingRegistry,
  type: string,
  schema: JsonObject,
  nowMillis = 0,
): Promise<ActiveRevision> {
  for (;;) {
    const { active, generation = '0' } = await registry.publishedType(type);
    const upload = { type, schema, generation: String(BigInt(generation) + 1n), clashesWith: () => false };
    const outcome = await registry.activateUpload({ ...upload, checkedAgainst: active?.revision ?? 0 }, nowMillis);
    if (outcome.kind === 'activated' || outcome.kind === 'unchanged') return outcome.revision;
  }
}
