import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { JsonValue } from '../../shared/event/json.ts';
import { resourceChanges } from '../checks/plan-json.ts';
import { terraform } from './terraform.ts';

export type StackPlan =
  | {
      readonly kind: 'planned';
      readonly resources: number;
      readonly types: number;
      /** What `terraform show -json` prints of it. */
      readonly plan: JsonValue;
    }
  | { readonly kind: 'refused'; readonly step: 'init' | 'plan'; readonly output: string };

const stateFile = 'offline.tfstate';

/**
 * What the real provider says of a synthesised stack, offline: against an empty state of its own, kept beside it, and
 * without asking Google. A plan validates first, as `terraform validate` does.
 */
export function planStack(folder: string): StackPlan {
  const backend = { terraform: { backend: { local: { path: stateFile } } } };
  writeFileSync(join(folder, 'offline_override.tf.json'), JSON.stringify(backend));
  const { status, stdout, stderr } = terraform(folder, ['init', '-no-color', '-reconfigure']);
  if (status !== 0) return { kind: 'refused', step: 'init', output: `${stdout}\n${stderr}`.trim() };
  return planAgain(folder);
}

/** The same for a folder that was planned before, against the state that it is given. */
export function planAgain(folder: string, state?: JsonValue, options: readonly '-destroy'[] = []): StackPlan {
  if (state !== undefined) writeFileSync(join(folder, stateFile), JSON.stringify(state));
  const args = ['plan', '-no-color', '-refresh=false', '-lock=false', '-out=offline.plan', ...options];
  const { status, stdout, stderr } = terraform(folder, args);
  if (status !== 0) return { kind: 'refused', step: 'plan', output: `${stdout}\n${stderr}`.trim() };
  const plan: JsonValue = JSON.parse(terraform(folder, ['show', '-json', 'offline.plan']).stdout);
  const types = resourceChanges(plan).map(({ type }) => type);
  return { kind: 'planned', resources: types.length, types: new Set(types).size, plan };
}
