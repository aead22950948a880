import { asObject, isJsonObject, type JsonObject, type JsonValue } from '../../shared/event/json.ts';
import { requiredApis } from '../apis.ts';
import type { Environment } from '../environments/environment.ts';
import { type Finding, failed, notChecked, ok, type PreflightItem } from './item.ts';

/** Rules of an effective policy ("Policy", Organization Policy API v2); none: nobody restricts anything. */
function rulesOf(policy: JsonObject): JsonObject[] {
  const rules = asObject(policy['spec'])['rules'];
  return Array.isArray(rules) ? rules.filter(isJsonObject) : [];
}

const texts = (value: JsonValue | undefined): string[] => (Array.isArray(value) ? value.map(String) : []);
/** Values may be written with what they are: `is:run.googleapis.com`. */
const bare = (value: string) => value.replace(/^is:/, '');

interface PolicyProps {
  readonly constraint: string;
  readonly symptom: string;
  readonly fix: string;
  judge(rule: JsonObject, environment: Environment): Finding;
}

function policyItem({ constraint, symptom, fix, judge }: PolicyProps): PreflightItem {
  return {
    name: constraint,
    symptom,
    fix,
    commands: ({ projectId }) => [
      ['org-policies', 'describe', constraint, `--project=${projectId}`, '--effective', '--format=json'],
    ],
    judge([answer], environment) {
      if (answer?.kind !== 'told' || !isJsonObject(answer.value) || typeof answer.value['name'] !== 'string') {
        return notChecked(answer?.kind === 'not-there' ? answer.problem : 'the answer is no policy');
      }
      const rules = rulesOf(answer.value);
      if (rules.length === 0) return ok('nobody restricts it');
      // Which rule counts depends on tags of the project.
      if (rules.some(({ condition }) => condition !== undefined)) {
        return notChecked('rules with conditions on tags: read them with the command below');
      }
      const findings = rules.map((rule) => {
        if (rule['allowAll'] === true || rule['enforce'] === false) return ok('everything is allowed');
        if (rule['denyAll'] === true) return failed('everything is denied');
        return judge(rule, environment);
      });
      return (
        findings.find(({ outcome }) => outcome === 'failed') ??
        findings.find(({ outcome }) => outcome === 'not-checked') ??
        ok(findings.map(({ text }) => text).join('; '))
      );
    },
  };
}

const valuesOf = (rule: JsonObject) => {
  const values = asObject(rule['values']);
  return { allowed: texts(values['allowedValues']).map(bare), denied: texts(values['deniedValues']).map(bare) };
};

/** Each needed value has to be allowed, where there is a list, and not denied. */
function needed(rule: JsonObject, values: readonly string[]): Finding {
  const { allowed, denied } = valuesOf(rule);
  const missing = values.filter((one) => denied.includes(one) || (allowed.length > 0 && !allowed.includes(one)));
  return missing.length === 0 ? ok('what is needed is allowed') : failed(`not allowed: ${missing.join(', ')}`);
}

const exception =
  'An administrator of organisation policies gives the project an exception: a policy of its own, or a tag that the ' +
  "organisation's has a condition on.";

/** What keeps data here under Google's keys and not ours. */
const withoutOwnKeys = ['bigquery', 'firestore', 'pubsub', 'run', 'secretmanager', 'storage'];
const apiNames = (services: readonly string[]) => services.map((service) => `${service}.googleapis.com`);

/** Organisation policies that a deployment breaks on. */
export const policyItems: readonly PreflightItem[] = [
  policyItem({
    constraint: 'iam.allowedPolicyMemberDomains',
    symptom:
      'The stack `pipeline`: "One or more users named in the policy do not belong to a permitted customer", for ' +
      '`allUsers` on ingest; the function answers 403 to SDKs.',
    fix: `${exception} It has to allow \`allUsers\` for the time in which \`pipeline\` is applied.`,
    judge: () => failed('domain-restricted sharing is on: allUsers cannot be invoker of ingest'),
  }),
  policyItem({
    constraint: 'iam.managed.allowedPolicyMembers',
    symptom: 'As `iam.allowedPolicyMemberDomains`, of which it is the newer form.',
    fix: `${exception} \`allowedMemberSubjects\` has to have \`allUsers\`.`,
    judge: (rule) =>
      texts(asObject(rule['parameters'])['allowedMemberSubjects']).includes('allUsers')
        ? ok('allUsers is allowed')
        : failed('domain-restricted sharing is on: allUsers cannot be invoker of ingest'),
  }),
  policyItem({
    constraint: 'run.allowedIngress',
    symptom: 'The stack `pipeline`: the ingress of a function is refused.',
    fix: `${exception} Needed are \`all\` (ingress of what operators call, and of ingest where there is no edge), \`internal\` (stages), and with an edge \`internal-and-cloud-load-balancing\`.`,
    judge: (rule, { edge }) =>
      needed(rule, ['all', 'internal', ...(edge === undefined ? [] : ['internal-and-cloud-load-balancing'])]),
  }),
  policyItem({
    constraint: 'cloudfunctions.allowedIngressSettings',
    symptom: 'As `run.allowedIngress`, in the words of Cloud Functions.',
    fix: `${exception} Needed are \`ALLOW_ALL\`, \`ALLOW_INTERNAL_ONLY\`, and with an edge \`ALLOW_INTERNAL_AND_GCLB\`.`,
    judge: (rule, { edge }) =>
      needed(rule, ['ALLOW_ALL', 'ALLOW_INTERNAL_ONLY', ...(edge === undefined ? [] : ['ALLOW_INTERNAL_AND_GCLB'])]),
  }),
  policyItem({
    constraint: 'gcp.resourceLocations',
    symptom: 'Any stack: "violates constraint constraints/gcp.resourceLocations".',
    fix: `${exception} Needed are the regions and multi-regions of \`infra/environments/$ENVIRONMENT.ts\`, and \`global\` for the load balancer.`,
    judge(rule, environment) {
      const { allowed, denied } = valuesOf(rule);
      const { regions, secretLocations, dataLocation, firestoreLocation, topicKeyLocation, schedulerRegion } =
        environment;
      const wanted = new Set([...regions, ...secretLocations, dataLocation, firestoreLocation, topicKeyLocation]);
      if (schedulerRegion !== undefined) wanted.add(schedulerRegion);
      return notChecked(
        `groups of locations are not taken apart here: allowed ${allowed.join(', ') || 'all others'}, denied ` +
          `${denied.join(', ') || 'none'}, needed ${[...wanted].join(', ')}`,
      );
    },
  }),
  policyItem({
    constraint: 'gcp.restrictServiceUsage',
    symptom: 'Any stack: "Request is disallowed by organization\'s constraints/gcp.restrictServiceUsage".',
    fix: `${exception} Needed are the APIs that the stack \`foundation\` enables.`,
    judge: (rule) => needed(rule, apiNames(requiredApis)),
  }),
  policyItem({
    constraint: 'gcp.restrictNonCmekServices',
    symptom: 'The stack `state`: a bucket, dataset, secret or database without a key of Cloud KMS is refused.',
    fix: `${exception} Only topics with personal data in the clear have a key of Cloud KMS; the rest has Google's.`,
    judge: (rule) => needed(rule, apiNames(withoutOwnKeys)),
  }),
];
