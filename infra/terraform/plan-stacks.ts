import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { isJsonObject, type JsonValue } from '../../shared/event/json.ts';
import { terraform } from './terraform.ts';

export type StackPlan =
  | { readonly kind: 'planned'; readonly resources: number; readonly types: number }
  | { readonly kind: 'refused'; readonly step: 'init' | 'validate' | 'plan'; readonly output: string };

/**
 * What the real provider says of a synthesised stack, offline: against an empty state of its own, kept beside it, and
 * without asking Google.
 */
export function planStack(folder: string): StackPlan {
  const backend = { terraform: { backend: { local: { path: 'offline.tfstate' } } } };
  writeFileSync(join(folder, 'offline_override.tf.json'), JSON.stringify(backend));
  const steps = [
    ['init', ['init', '-no-color', '-reconfigure']],
    ['validate', ['validate', '-no-color']],
    ['plan', ['plan', '-no-color', '-refresh=false', '-lock=false', '-out=offline.plan']],
  ] as const;
  for (const [step, args] of steps) {
    const { status, stdout, stderr } = terraform(folder, args);
    if (status !== 0) return { kind: 'refused', step, output: `${stdout}\n${stderr}`.trim() };
  }
  const types = plannedTypes(terraform(folder, ['show', '-json', 'offline.plan']).stdout);
  return { kind: 'planned', resources: types.length, types: new Set(types).size };
}

function plannedTypes(json: string): string[] {
  const plan: JsonValue = JSON.parse(json);
  const changes = isJsonObject(plan) ? plan['resource_changes'] : undefined;
  return (Array.isArray(changes) ? changes : []).map((change) =>
    isJsonObject(change) ? String(change['type']) : 'unknown',
  );
}
