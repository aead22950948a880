import type { JsonObject } from '../../event/json.ts';
import type { PublicationAttempt, PublishingRegistry } from '../../ports/publications.ts';
import type { ActiveRevision } from '../../ports/registry.ts';
import { decideSdksUpload, decideUpload } from '../../publication/decide-upload.ts';
import { isOlder } from '../../publication/generation.ts';
import { type Gate, openGate } from './gate.ts';

/** A registry in a map, empty at version 0. */
export function createMemoryRegistry(options: { gate?: Gate } = {}): PublishingRegistry {
  const active = new Map<string, ActiveRevision>();
  const generations = new Map<string, string>();
  const attempts = new Map<string, PublicationAttempt>();
  const gate = options.gate ?? openGate;
  let sdks: JsonObject = {};
  let sdksGeneration: string | undefined;
  let version = 0;

  return {
    async read(knownVersion) {
      await gate('read');
      if (knownVersion === version) return 'unchanged';
      const revisions = [...active.values()].sort((a, b) => (a.type < b.type ? -1 : 1));
      return structuredClone({ version, revisions, sdks });
    },
    async publishedType(type) {
      await gate('publishedType');
      const [revision, generation] = [active.get(type), generations.get(type)];
      return structuredClone({ ...(revision && { active: revision }), ...(generation && { generation }), sdks });
    },
    async activateUpload(upload, nowMillis) {
      const { type } = upload;
      const copy = { ...upload, schema: structuredClone(upload.schema) };
      await gate('activateUpload');
      const inUse = { active: active.get(type), generation: generations.get(type), types: active.keys() };
      const { outcome, generation } = decideUpload(copy, inUse, nowMillis);
      if (generation !== undefined) generations.set(type, generation);
      if (outcome.kind === 'activated') {
        active.set(type, outcome.revision);
        version += 1;
      }
      return structuredClone(outcome);
    },
    async publishSdksUpload(published, generation) {
      const content = structuredClone(published);
      await gate('publishSdksUpload');
      const decision = decideSdksUpload(content, generation, { sdks, generation: sdksGeneration });
      sdksGeneration = decision.generation ?? sdksGeneration;
      if (decision.outcome === 'activated') {
        sdks = content;
        version += 1;
      }
      return decision.outcome;
    },
    async recordAttempt(attempt) {
      const copy = structuredClone(attempt);
      await gate('recordAttempt');
      if (!isOlder(copy.generation, attempts.get(copy.subject)?.generation)) attempts.set(copy.subject, copy);
    },
    async attempts() {
      await gate('attempts');
      return structuredClone([...attempts.values()].sort((a, b) => (a.subject < b.subject ? -1 : 1)));
    },
  };
}
