import { createMemoryPorts, type MemoryPortsOptions } from '../../shared/adapters/memory/held-ports.ts';
import type { JsonObject } from '../../shared/event/json.ts';
import { makeSnapshotWriter } from '../../shared/event-types/snapshot.ts';
import { activate, testSdks } from './schemas.ts';

/**
 * A thing of every kind in memory: these schemas are active, `testSdks`, or other bindings, are published, and the snapshot
 * says so.
 */
export async function memoryPortsWith(
  schemas: readonly JsonObject[],
  { sdks = testSdks, ...options }: MemoryPortsOptions & { readonly sdks?: JsonObject | undefined } = {},
) {
  const held = createMemoryPorts(options);
  const { registry } = held.databases;
  await registry.publishSdksUpload(sdks, '1');
  for (const schema of schemas) await activate(registry, schema);
  await makeSnapshotWriter(registry, held.buckets.snapshot)();
  return held;
}
