import { contentHash } from '../../event/canonical-json.ts';
import type { JsonObject } from '../../event/json.ts';
import type { PublicationAttempt, PublishingRegistry } from '../../ports/publications.ts';
import type { ActiveRevision } from '../../ports/registry.ts';
import { compareGenerations } from '../../publication/generation.ts';
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

  /** The active revision, and whether it is a new one. */
  function use(type: string, schema: JsonObject, nowMillis: number): { revision: ActiveRevision; fresh: boolean } {
    const previous = active.get(type);
    const hash = contentHash(schema);
    if (previous?.contentHash === hash) return { revision: structuredClone(previous), fresh: false };
    const revision = (previous?.revision ?? 0) + 1;
    const activated = { type, revision, activatedAtMillis: nowMillis, contentHash: hash, schema };
    active.set(type, activated);
    version += 1;
    return { revision: structuredClone(activated), fresh: true };
  }

  function useSdks(content: JsonObject): 'activated' | 'unchanged' {
    if (contentHash(content) === contentHash(sdks)) return 'unchanged';
    sdks = content;
    version += 1;
    return 'activated';
  }

  return {
    async read(knownVersion) {
      await gate('read');
      if (knownVersion === version) return 'unchanged';
      const revisions = [...active.values()].sort((a, b) => (a.type < b.type ? -1 : 1));
      return structuredClone({ version, revisions, sdks });
    },
    async activate(type, schema, nowMillis) {
      const content = structuredClone(schema);
      await gate('activate');
      return use(type, content, nowMillis).revision;
    },
    async publishSdks(published) {
      const content = structuredClone(published);
      await gate('publishSdks');
      useSdks(content);
    },
    async publishedType(type) {
      await gate('publishedType');
      const [revision, generation] = [active.get(type), generations.get(type)];
      return structuredClone({ ...(revision && { active: revision }), ...(generation && { generation }), sdks });
    },
    async activateUpload({ type, schema, generation, checkedAgainst, clashesWith }, nowMillis) {
      const content = structuredClone(schema);
      await gate('activateUpload');
      const current = generations.get(type);
      if (current !== undefined && compareGenerations(generation, current) < 0) return { kind: 'older' };
      if ((active.get(type)?.revision ?? 0) !== checkedAgainst) return { kind: 'changed' };
      const clash = [...active.keys()].find((other) => other !== type && clashesWith(other));
      if (clash !== undefined) return { kind: 'clash', type: clash };
      generations.set(type, generation);
      const { revision, fresh } = use(type, content, nowMillis);
      return { kind: fresh ? 'activated' : 'unchanged', revision };
    },
    async publishSdksUpload(published, generation) {
      const content = structuredClone(published);
      await gate('publishSdksUpload');
      if (sdksGeneration !== undefined && compareGenerations(generation, sdksGeneration) < 0) return 'older';
      sdksGeneration = generation;
      return useSdks(content);
    },
    async recordAttempt(attempt) {
      const copy = structuredClone(attempt);
      await gate('recordAttempt');
      const known = attempts.get(copy.subject);
      if (known !== undefined && compareGenerations(copy.generation, known.generation) < 0) return;
      attempts.set(copy.subject, copy);
    },
    async attempts() {
      await gate('attempts');
      return structuredClone([...attempts.values()].sort((a, b) => (a.subject < b.subject ? -1 : 1)));
    },
  };
}
