import { isJsonObject, type JsonObject, type JsonValue } from '../../shared/event/json.ts';
import { changesSomething, type ResourceChange, resourceChanges, sideOf } from './plan-json.ts';
import type { Violation } from './violation.ts';

/** What is lost with each kind of resource that holds something. */
const stateful: Readonly<Record<string, string>> = {
  google_bigquery_dataset: 'its tables',
  google_bigquery_table: 'its rows',
  google_firestore_backup_schedule: 'the backups to come',
  google_firestore_database: 'its documents',
  google_kms_crypto_key: 'whatever is encrypted with it',
  google_kms_key_ring: 'its keys',
  google_pubsub_subscription: 'the messages that are not acknowledged yet',
  google_pubsub_topic: 'its subscriptions',
  google_secret_manager_secret: 'what only it can open',
  google_storage_bucket: 'its objects',
};

export type PlanReview =
  | { readonly kind: 'reviewed'; readonly changes: number; readonly violations: readonly Violation[] }
  | { readonly kind: 'unreadable'; readonly problem: string };

/**
 * Reads the JSON of `terraform show -json PLAN` ("JSON Output Format"). Findings are what the plan would lose: deletions
 * and replacements of what holds something, and columns that a table would lose in place.
 */
export function reviewPlan(plan: JsonValue): PlanReview {
  if (!isJsonObject(plan) || typeof plan['format_version'] !== 'string') {
    return { kind: 'unreadable', problem: 'this is not what "terraform show -json PLAN" prints' };
  }
  const real = resourceChanges(plan).filter(changesSomething);
  return { kind: 'reviewed', changes: real.length, violations: real.flatMap(findingsOf) };
}

function findingsOf(change: ResourceChange): Violation[] {
  const { type, address: path, actions } = change;
  const lost = stateful[type];
  const [before, after] = [sideOf(change, 'before'), sideOf(change, 'after')];
  if (lost === undefined || (type === 'google_bigquery_table' && isView(before))) return [];
  if (actions.includes('delete')) {
    const value = actions.includes('create') ? 'replaced' : 'deleted';
    return [{ path, value, rule: `${lost} would be lost; restore what declared it, or move its address` }];
  }
  if (type !== 'google_bigquery_table' || !actions.includes('update')) return [];
  const kept = new Set(columnPaths(after['schema']));
  return columnPaths(before['schema'])
    .filter((column) => !kept.has(column))
    .map((column) => ({ path: `${path}, column ${column}`, value: 'lost', rule: 'restore it in its schema' }));
}

/** A view holds nothing, and is replaced when its columns change. */
function isView({ view }: JsonObject): boolean {
  return Array.isArray(view) && view.length > 0;
}

function columnPaths(schema: JsonValue | undefined): string[] {
  if (typeof schema !== 'string') return [];
  try {
    return fieldPaths(JSON.parse(schema), '');
  } catch {
    return [];
  }
}

function fieldPaths(fields: JsonValue | undefined, parent: string): string[] {
  return (Array.isArray(fields) ? fields : []).filter(isJsonObject).flatMap((field) => {
    const path = `${parent}${String(field['name']).toLowerCase()}`;
    return [path, ...fieldPaths(field['fields'], `${path}.`)];
  });
}
