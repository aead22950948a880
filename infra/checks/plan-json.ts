import { isJsonObject, type JsonObject, type JsonValue } from '../../shared/event/json.ts';

/** What a plan does with one resource, as `terraform show -json PLAN` prints it ("JSON Output Format", Terraform). */
export interface ResourceChange {
  readonly address: string;
  readonly type: string;
  readonly name: string;
  readonly actions: readonly string[];
  /** With the attributes `before` and `after`. */
  readonly change: JsonObject;
}

/** Of all resources, also of those that stay as they are. */
export function resourceChanges(plan: JsonValue): ResourceChange[] {
  const changes = isJsonObject(plan) ? plan['resource_changes'] : undefined;
  return (Array.isArray(changes) ? changes : []).filter(isJsonObject).map(({ address, type, name, change: told }) => {
    const change = isJsonObject(told) ? told : {};
    const { actions } = change;
    return {
      address: String(address),
      type: String(type),
      name: String(name),
      actions: Array.isArray(actions) ? actions.map(String) : [],
      change,
    };
  });
}

/** Whether anything would become of it. */
export function changesSomething({ actions }: ResourceChange): boolean {
  return !actions.every((action) => action === 'no-op' || action === 'read');
}

/** The attributes before or after; empty where there are none. */
export function sideOf({ change }: ResourceChange, side: 'before' | 'after'): JsonObject {
  const value = change[side];
  return isJsonObject(value) ? value : {};
}
