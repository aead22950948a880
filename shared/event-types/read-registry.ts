import type { Registry, RegistrySnapshot } from '../ports/registry.ts';

/** Everything that is active, for who knows nothing of it yet. Rejects with `Unavailable`. */
export async function readRegistry(registry: Pick<Registry, 'read'>): Promise<RegistrySnapshot> {
  const state = await registry.read();
  if (state === 'unchanged') throw new Error('a registry asked without a known version answers with its state');
  return state;
}
