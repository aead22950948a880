import { contentHash } from '../../event/canonical-json.ts';
import type { JsonObject } from '../../event/json.ts';
import type { ActiveRevision, Registry } from '../../ports/registry.ts';
import { type Gate, openGate } from './gate.ts';

/** A registry in a map, empty at version 0. */
export function createMemoryRegistry(options: { gate?: Gate } = {}): Registry {
  const active = new Map<string, ActiveRevision>();
  const gate = options.gate ?? openGate;
  let sdks: JsonObject = {};
  let version = 0;

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
      const previous = active.get(type);
      const hash = contentHash(content);
      if (previous?.contentHash === hash) return structuredClone(previous);
      const revision = (previous?.revision ?? 0) + 1;
      const activated = { type, revision, activatedAtMillis: nowMillis, contentHash: hash, schema: content };
      active.set(type, activated);
      version += 1;
      return structuredClone(activated);
    },
    async publishSdks(published) {
      const content = structuredClone(published);
      await gate('publishSdks');
      if (contentHash(content) === contentHash(sdks)) return;
      sdks = content;
      version += 1;
    },
  };
}
