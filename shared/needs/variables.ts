import type {
  BucketKind,
  DatabaseKind,
  DatasetKind,
  Kinds,
  SecretKind,
  TableKind,
  TopicFamilyKind,
  TopicKind,
} from './kind.ts';
import type { AnyNeeds, SharedSetting } from './needs.ts';
import { variableName } from './settings.ts';

/** Variables that are of no kind: every function has the first, the others come with what it needs. */
export const projectVariable = 'GOOGLE_CLOUD_PROJECT';
export const pushAudienceVariable = 'EDI_PUSH_AUDIENCE';
export const pushAccountVariable = 'EDI_PUSH_SERVICE_ACCOUNT';
/** The key in Cloud KMS that wraps the master keyset. */
export const kmsKeyVariable = 'EDI_KMS_KEY';

/** What a deployment knows of one function that kinds do not say. */
export interface DeployedNames {
  readonly projectId: string;
  bucket(kind: BucketKind): string;
  functionUrl(name: string): string;
  /** Undefined: the function's own default. */
  setting(name: SharedSetting): string | undefined;
  /** What unwraps the master keyset: `EDI_KMS_KEY` in the cloud. Only functions that need the keyset have it. */
  masterKey(): Readonly<Record<string, string>>;
  /** Who pushes, as tokens say it; absent where nobody sends tokens (Pub/Sub's emulator). */
  readonly push?: { readonly audience: string; readonly serviceAccountEmail: string };
}

export interface FunctionVariables {
  /** By name, in the order in which they are deployed. */
  readonly plain: Readonly<Record<string, string>>;
  /** Their values are secrets: each variable with what it holds, by its name in the kinds. */
  readonly secret: readonly { readonly variable: string; readonly name: string; readonly kind: SecretKind }[];
}

/** The variables of a function: those of what it needs and no other, so that it can open nothing else. */
export function variablesOf<K extends Kinds>(needs: AnyNeeds, kinds: K, names: DeployedNames): FunctionVariables {
  const all: Kinds = kinds;
  const { projectId, push } = names;
  const plain: Record<string, string> = { [projectVariable]: projectId };
  const set = (variable: string, value: string) => Object.assign(plain, { [variable]: value });
  for (const role of needs.publishes) setTopic(all, role, set);
  for (const { variable, dataset } of needs.describes.map((name) => kindOf<DatasetKind>(all.datasets, name))) {
    set(variable, dataset);
  }
  for (const name of needs.rows ?? []) {
    const { variable, dataset } = kindOf<TableKind>(all.tables, name);
    set(variable, dataset);
  }
  for (const { variable, id } of needed<DatabaseKind>(all.databases, needs.databases)) set(variable, id);
  for (const kind of needed<BucketKind>(all.buckets, needs.buckets)) set(kind.variable, names.bucket(kind));
  const secret = needs.secrets.map((name) => {
    const kind = kindOf<SecretKind>(all.secrets, name);
    return { variable: kind.variable, name, kind };
  });
  if (secret.some(({ kind }) => kind.form === 'masterKeyset')) Object.assign(plain, names.masterKey());
  for (const setting of needs.settings) {
    const value = names.setting(setting);
    if (value !== undefined) set(variableName(setting), value);
  }
  for (const name of needs.calls ?? []) set(urlVariable(name), names.functionUrl(name));
  if (needs.callers.kind === 'push' && push !== undefined) {
    set(pushAudienceVariable, push.audience);
    set(pushAccountVariable, push.serviceAccountEmail);
  }
  return { plain, secret };
}

/** `EDI_ERASE_SUBJECT_URL`: where a function that is called is. */
function urlVariable(name: string): string {
  return `EDI_${name.replaceAll('-', '_').toUpperCase()}_URL`;
}

function setTopic({ topics, topicFamilies }: Kinds, role: string, set: (variable: string, value: string) => void) {
  const family: TopicFamilyKind | undefined = topicFamilies[role];
  if (family !== undefined) return set(family.variable, family.prefix);
  const { variable, topic } = kindOf<TopicKind>(topics, role);
  set(variable, topic);
}

/** In the order of the kinds, whatever order the needs are written in. */
function needed<Kind>(of: Readonly<Record<string, Kind>>, wanted: object): Kind[] {
  for (const name of Object.keys(wanted)) kindOf(of, name);
  return Object.entries(of).flatMap(([name, kind]) => (Object.hasOwn(wanted, name) ? [kind] : []));
}

/** The kind of that name. Throws where needs name something else, which the compiler refuses for needs of ours. */
export function kindOf<Kind>(of: Readonly<Record<string, Kind>>, name: string): Kind {
  const kind = of[name];
  if (kind === undefined) throw new Error(`"${name}" is needed and is no kind: shared/needs/kinds.ts lists them`);
  return kind;
}
