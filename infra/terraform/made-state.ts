import { createHash } from 'node:crypto';
import { isJsonObject, type JsonObject, type JsonValue } from '../../shared/event/json.ts';
import { changesSomething, type ResourceChange, resourceChanges, sideOf } from '../checks/plan-json.ts';

/** How Google answers what it was sent in another way; without it a plan against a made state could not see a difference. */
const answers: Readonly<Record<string, (attributes: JsonObject, readFile: ReadFile) => JsonObject>> = {
  google_bigquery_dataset: (attributes) => ({ ...attributes, access: accessAnswered(attributes['access']) }),
  google_storage_bucket_object: (attributes, readFile) => {
    const { content, source } = attributes;
    const bytes = typeof content === 'string' ? content : readFile(String(source));
    const hash = createHash('md5').update(bytes).digest('base64');
    return { ...attributes, md5hash: hash, detect_md5hash: hash, crc32c: 'AAAAAA==', generation: 1 };
  },
};

/** A file that a stack names, by the path that it is named by. */
type ReadFile = (path: string) => Uint8Array;

/**
 * A state as if a plan had been applied (`terraform show -json` of it: "JSON Output Format"): what is planned, as Google
 * answers it, and ids that are made up where only Google knows them.
 */
export function madeState(plan: JsonValue, readFile: ReadFile): JsonObject {
  const versions = schemaVersions(plan);
  return {
    version: 4,
    terraform_version: '1.5.0',
    serial: 1,
    lineage: 'made-from-a-plan',
    outputs: {},
    resources: resourceChanges(plan).flatMap(({ address, type, name, change }) => {
      const { after } = change;
      if (!isJsonObject(after)) return [];
      const attributes = withMadeUp(type, name, { ...madeUpNames(change, name), ...after });
      return [
        {
          mode: 'managed',
          type,
          name,
          provider: 'provider["registry.terraform.io/hashicorp/google"]',
          instances: [
            {
              schema_version: versions.get(address) ?? 0,
              attributes: answers[type]?.(attributes, readFile) ?? attributes,
              // Terraform updates what it does not know to be as sensitive as the provider says.
              sensitive_attributes: sensitive(change).map((value) => [{ type: 'get_attr', value }]),
            },
          ],
        },
      ];
    }),
  };
}

/** What a plan would change: `<actions> <address>: <arguments>`. */
export function changesIn(plan: JsonValue): string[] {
  return resourceChanges(plan)
    .filter(changesSomething)
    .map((one) => `${one.actions.join('+')} ${one.address}: ${differing(one).join(', ')}`);
}

function sensitive({ after_sensitive: marks }: JsonObject): string[] {
  return Object.entries(isJsonObject(marks) ? marks : {}).flatMap(([name, mark]) => (mark === true ? [name] : []));
}

function differing(one: ResourceChange): string[] {
  const [old, planned, unknown] = [sideOf(one, 'before'), sideOf(one, 'after'), one.change['after_unknown']];
  const names = new Set([...Object.keys(planned), ...Object.keys(isJsonObject(unknown) ? unknown : {})]);
  return [...names].filter((name) => JSON.stringify(old[name]) !== JSON.stringify(planned[name]));
}

/** The version that the provider's schema of each resource has, by address. */
function schemaVersions(plan: JsonValue): ReadonlyMap<string, number> {
  const planned = isJsonObject(plan) ? plan['planned_values'] : undefined;
  const root = isJsonObject(planned) ? planned['root_module'] : undefined;
  const resources = isJsonObject(root) ? root['resources'] : undefined;
  return new Map(
    (Array.isArray(resources) ? resources : [])
      .filter(isJsonObject)
      .map(({ address, schema_version: version }) => [String(address), Number(version)]),
  );
}

/** What other resources name and only Google knows. */
const namedByOthers = ['id', 'name', 'self_link', 'address', 'metric_descriptor', 'uptime_check_id'];

function madeUpNames({ after_unknown: unknown }: JsonObject, name: string): JsonObject {
  const names = isJsonObject(unknown) ? namedByOthers.filter((one) => unknown[one] === true) : [];
  return Object.fromEntries(names.map((one) => [one, `made/${name}`]));
}

function withMadeUp(type: string, name: string, attributes: JsonObject): JsonObject {
  const make = madeUp[type];
  return { id: `made/${name}`, ...attributes, ...(make === undefined ? {} : make(attributes)) };
}

/** Where the provider reads what is in the id or name of one resource in another. */
const madeUp: Readonly<Record<string, (attributes: JsonObject) => JsonObject>> = {
  google_kms_key_ring: ({ project, location, name }) => ({
    id: `projects/${project}/locations/${location}/keyRings/${name}`,
  }),
  google_kms_crypto_key: ({ key_ring: ring, name }) => {
    const id = `${ring}/cryptoKeys/${name}`;
    return { id, primary: [{ name: `${id}/cryptoKeyVersions/1`, state: 'ENABLED' }] };
  },
  // Google says so of its own accord; a set or map that it never told would look as if it were about to.
  google_cloud_quotas_quota_preference: () => ({ dimensions: {} }),
  google_compute_managed_ssl_certificate: ({ managed }) => ({ subject_alternative_names: domainsOf(managed) }),
  google_compute_ssl_policy: ({ profile }) => ({ enabled_features: [`made/${profile}`] }),
  google_monitoring_alert_policy: () => ({ creation_record: [{ mutate_time: '', mutated_by: '' }] }),
  google_secret_manager_secret: () => ({ effective_annotations: {} }),
  google_pubsub_topic: ({ project, name }) => ({ id: `projects/${project}/topics/${name}` }),
  google_service_account: ({ project, email }) => ({ name: `projects/${project}/serviceAccounts/${email}` }),
};

function domainsOf(managed: JsonValue | undefined): JsonValue {
  const [block] = Array.isArray(managed) ? managed : [];
  return isJsonObject(block) ? (block['domains'] ?? []) : [];
}

/** BigQuery answers accounts as `userByEmail`, whatever they were sent as ("Dataset", `access[]`). */
function accessAnswered(access: JsonValue | undefined): JsonValue {
  return (Array.isArray(access) ? access : []).map((entry) => {
    if (!isJsonObject(entry)) return entry;
    const [kind, email] = String(entry['iam_member'] ?? '').split(':');
    return kind === 'serviceAccount' && email ? { ...entry, iam_member: '', user_by_email: email } : entry;
  });
}
