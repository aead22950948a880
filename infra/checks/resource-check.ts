import { isJsonObject, type JsonObject, type JsonValue } from '../../shared/event/json.ts';
import { accountIdRule, bucketNameRule, type NameRule, pubsubName } from './names.ts';
import { queryFindings } from './query-rules.ts';
import { CheckError, expect, type Violation } from './violation.ts';

interface Identity {
  /** Arguments that name the thing within its project. */
  readonly keys: readonly string[];
  readonly name?: NameRule;
}

/** What makes a resource the same thing to Google, though Terraform knows two addresses. */
const identities: Readonly<Record<string, Identity>> = {
  google_pubsub_topic: { keys: ['name'], name: pubsubName },
  google_pubsub_subscription: { keys: ['name'], name: pubsubName },
  google_bigquery_table: { keys: ['dataset_id', 'table_id'] },
  google_bigquery_dataset: { keys: ['dataset_id'] },
  google_storage_bucket: { keys: ['name'], name: bucketNameRule },
  google_storage_bucket_object: { keys: ['bucket', 'name'] },
  google_service_account: { keys: ['account_id'], name: accountIdRule },
  google_secret_manager_secret: { keys: ['secret_id'] },
  google_firestore_database: { keys: ['name'] },
  google_firestore_field: { keys: ['database', 'collection', 'field'] },
  google_cloudfunctions2_function: { keys: ['location', 'name'] },
  google_logging_metric: { keys: ['name'] },
  google_cloud_scheduler_job: { keys: ['region', 'name'] },
};

/**
 * The synthesised stacks of one environment: throws `CheckError` when two resources would be one thing, a name does
 * not fit its kind, or BigQuery would not take a statement. Across stacks nobody else sees it, since each is planned by itself.
 */
export function checkResources(stacks: ReadonlyMap<string, JsonValue>): void {
  const seen = new Map<string, string>();
  const violations: Violation[] = [];
  const declared = [...stacks].flatMap(([stack, content]) =>
    resourcesOf(content).map((one) => ({ ...one, place: `${stack} ${one.type}.${one.address}` })),
  );
  for (const { type, place, config } of declared) {
    const identity = identities[type];
    if (identity === undefined) continue;
    const values = identity.keys.map((key) => String(config[key]));
    const name = values.join('/');
    const other = seen.get(`${type} ${name}`);
    seen.set(`${type} ${name}`, place);
    violations.push(...expect(other === undefined, place, name, `the same as ${other}: rename one of them`));
    const { name: rule } = identity;
    if (rule !== undefined) violations.push(...expect(rule.grammar.test(name), place, name, rule.rule));
  }
  violations.push(...queryFindings(declared));
  if (violations.length > 0) throw new CheckError('these stacks cannot be deployed', violations);
}

export interface DeclaredResource {
  readonly type: string;
  readonly address: string;
  readonly config: JsonObject;
}

/** The resources of a stack's Terraform JSON. */
export function resourcesOf(content: JsonValue): DeclaredResource[] {
  const byType = isJsonObject(content) ? content['resource'] : undefined;
  return Object.entries(isJsonObject(byType) ? byType : {}).flatMap(([type, byAddress]) =>
    Object.entries(isJsonObject(byAddress) ? byAddress : {}).flatMap(([address, config]) =>
      isJsonObject(config) ? [{ type, address, config }] : [],
    ),
  );
}
