import type { FunctionName } from '../../functions/index.ts';
import type { AnyNeeds, Instances } from '../../shared/needs/needs.ts';
import type { Budget, Edge, Groups } from '../environment-parts.ts';
import { functionSettingRules } from '../function-settings.ts';
import { type GrantedQuota, grantedQuotaRules } from '../granted-quota.ts';
import { type House, ours } from '../house.ts';
import { locationRules, regionPattern } from '../locations.ts';
import { type QuerySettings, queryRules } from '../query-limits.ts';
import { type SchedulerSettings, schedulerRules } from '../scheduler-region.ts';

/** One deployment of everything, in a Google Cloud project of its own. */
export interface Environment extends QuerySettings, SchedulerSettings {
  /** Lower case; begins the names of its stacks. */
  readonly name: string;
  readonly projectId: string;
  /** Stacks compute names from it (service agents, URLs) instead of asking Google or each other. */
  readonly projectNumber: string;
  /** Where everything with state and the pipeline behind ingest run. */
  readonly stateRegion: string;
  /** Where ingest runs; contains the state region. */
  readonly regions: readonly string[];
  /**
   * Where copies of the secrets are. Fixed with the first deployment, whatever regions come later: other locations would
   * be other secrets. Several outlive the loss of one.
   */
  readonly secretLocations: readonly string[];
  /**
   * Where datasets are, the key that opens subject keys for them, and the snapshot of the registry: `EU` or `US`, which
   * outlives the loss of a region and takes ten times the rows a second, or the state region. Fixed with the first
   * deployment: neither a dataset nor a key moves.
   */
  readonly dataLocation: string;
  /** A region, or a multi-region such as `eur3`. */
  readonly firestoreLocation: string;
  /**
   * Where the key of the topics that ingest publishes to is: a multi-region (`europe`, `us`) lets them outlive the outage
   * of a region.
   */
  readonly topicKeyLocation: string;
  /** Holds the Terraform state; made by hand before the first deployment. */
  readonly stateBucket: string;
  /** Deletion of anything with state is refused, by Google and by Terraform. */
  readonly protectState: boolean;
  /** How long a resend is recognised: 27 to 29. Ingest tells it to clients, dedup keeps to it. */
  readonly lookBackDays: number;
  /** Where they are not those of the functions' needs. */
  readonly instances?: Readonly<Partial<Record<FunctionName, Instances>>>;
  /** Per region; the functions may not need more. Default `newProjectQuota`. */
  readonly grantedQuota?: GrantedQuota;
  readonly groups: Groups;
  /** Members (`serviceAccount:…`, `group:…`) who may read topics with personal data in the clear; nobody by default. */
  readonly clearDataReaders: readonly string[];
  /** A global load balancer before ingest. Without it, SDKs send to the function's own URL. */
  readonly edge?: Edge;
  /**
   * Keeps the messages of the event types, which are pseudonymized, in Cloud Storage for so long. Off unless it is asked for:
   * at 1,000 events/s some 100 USD a month for the delivery and 540 for 400 days of files (`edi cost`).
   */
  readonly rawArchive?: { readonly retentionDays: number };
  /** Who is told when something is wrong. */
  readonly alertEmail: string;
  /** Who copied streams, by names in kebab case: an erasure is done when each says that its copies are gone. Default: nobody. */
  readonly erasureConsumers?: readonly string[];
  /**
   * People and installations that were not seen for so many days, 90 at least, are erased. Default: nobody is. Costs a mark a
   * month for each (`edi cost --inactive-subjects`).
   */
  readonly inactiveSubjectDays?: number;
  /** Which alerts are evaluated, since each costs (`npm run infra:idle`); the others are there, and disabled. */
  readonly alerts: 'all' | 'losses';
  readonly budget?: Budget;
}

/** An environment that cannot be deployed; the message lists every value that is wrong, and what it has to be. */
export class EnvironmentError extends Error {
  override readonly name = 'EnvironmentError';
}

const eMail = /^[^\s@]+@[^\s@]+\.[^\s@]+$/;
const member = /^(?:serviceAccount|group|user|principal|principalSet):.+$/;

const days = { least: 1, most: 3_650 };
/** Of `inactiveSubjectDays`: marks are monthly, and events may be on their way for weeks. */
const leastInactiveDays = 90;

interface Rule {
  readonly path: string;
  readonly value: unknown;
  readonly fits: (value: unknown) => boolean;
  readonly rule: string;
}

const matches = (pattern: RegExp) => (value: unknown) => typeof value === 'string' && pattern.test(value);
const between = (least: number, most: number) => (value: unknown) =>
  Number.isInteger(value) && Number(value) >= least && Number(value) <= most;

/** Instances of a function in each region that it runs in. */
export function instancesOf(environment: Pick<Environment, 'instances'>, { name, instances }: AnyNeeds): Instances {
  return overridesOf(environment)[name] ?? instances;
}

function overridesOf({ instances = {} }: Pick<Environment, 'instances'>): Readonly<Partial<Record<string, Instances>>> {
  return instances;
}

export const instancesRule = 'whole numbers {min, max}, min not above max, 0 to 1000';

export function areInstances({ min, max }: Instances): boolean {
  return between(0, 1_000)(min) && between(1, 1_000)(max) && min <= max;
}

/** Answers with the environment when the functions can be deployed to it. Throws `EnvironmentError`. */
export function checkEnvironment(
  environment: Environment,
  { functions }: Pick<House, 'functions'> = ours,
): Environment {
  const known = functions.map(({ name }) => name);
  const rules = [
    ...placeRules(environment),
    ...locationRules(environment),
    ...schedulerRules(environment),
    ...instanceRules(environment, known),
    ...stateRules(environment),
    ...grantedQuotaRules(environment),
    ...queryRules(environment),
    ...functionSettingRules(environment),
    ...peopleRules(environment),
  ];
  const problems = rules
    .filter(({ value, fits }) => !fits(value))
    .map(({ path, value, rule }) => `  ${path} is ${shown(value)}: ${rule}`);
  if (problems.length === 0) return environment;
  const file = `infra/environments/${shown(environment.name).replaceAll('"', '')}.ts`;
  throw new EnvironmentError(`this environment cannot be deployed; correct ${file}:\n${problems.join('\n')}`);
}

function shown(value: unknown): string {
  return value === undefined ? 'missing' : JSON.stringify(value);
}

function placeRules(environment: Environment): Rule[] {
  const { name, projectId, projectNumber, stateRegion, regions, secretLocations, stateBucket } = environment;
  const { firestoreLocation, topicKeyLocation } = environment;
  const isRegion = matches(regionPattern);
  const areRegions = (value: unknown) => Array.isArray(value) && value.length > 0 && value.every(isRegion);
  return [
    {
      path: 'name',
      value: name,
      fits: matches(/^[a-z][a-z0-9-]{0,15}$/),
      rule: 'up to 16 lower-case letters, digits and -, a letter first',
    },
    {
      path: 'projectId',
      value: projectId,
      fits: matches(/^[a-z][a-z0-9-]{4,28}[a-z0-9]$/),
      rule: 'the id of a Google Cloud project, 6 to 30 lower-case letters, digits and -',
    },
    {
      path: 'projectNumber',
      value: projectNumber,
      fits: matches(/^\d{6,20}$/),
      rule: "the project's number in digits, as `gcloud projects describe` tells it",
    },
    { path: 'stateRegion', value: stateRegion, fits: isRegion, rule: 'a region such as "europe-west1"' },
    { path: 'regions', value: regions, fits: areRegions, rule: 'a list of regions such as ["europe-west1"]' },
    {
      path: 'regions',
      value: regions,
      fits: (value) =>
        !areRegions(value) || (new Set(regions).size === regions.length && regions.includes(stateRegion)),
      rule: `names each region once, and contains the state region ${shown(stateRegion)}`,
    },
    {
      path: 'secretLocations',
      value: secretLocations,
      fits: (value) => areRegions(value) && new Set(secretLocations).size === secretLocations.length,
      rule: 'a list of regions such as ["europe-west1"], each once',
    },
    {
      path: 'firestoreLocation',
      value: firestoreLocation,
      fits: matches(/^(?:[a-z]+-[a-z]+\d+|nam5|nam7|eur3)$/),
      rule: 'a region, or one of the multi-regions nam5, nam7 and eur3',
    },
    {
      path: 'topicKeyLocation',
      value: topicKeyLocation,
      fits: matches(/^(?:[a-z]+-[a-z]+\d+|europe|us|eur[3-6]|nam\d+|asia\d?|global)$/),
      rule: 'a location of Cloud KMS: a region, or a multi-region such as "europe"',
    },
    {
      path: 'stateBucket',
      value: stateBucket,
      fits: matches(/^[a-z0-9][a-z0-9_-]{1,61}[a-z0-9]$/),
      rule: 'the name of a bucket: 3 to 63 lower-case letters, digits, - and _',
    },
  ];
}

function instanceRules(environment: Environment, known: readonly string[]): Rule[] {
  return Object.entries(overridesOf(environment)).flatMap(([name, value]): Rule[] => {
    const path = `instances.${name}`;
    const fits = () => value !== undefined && areInstances(value);
    return [
      { path, value, fits, rule: instancesRule },
      { path, value, fits: () => known.includes(name), rule: `a function: ${known.join(', ')}` },
    ];
  });
}

function stateRules(environment: Environment): Rule[] {
  const { protectState, rawArchive, inactiveSubjectDays } = environment;
  return [
    {
      path: 'protectState',
      value: protectState,
      fits: (value) => typeof value === 'boolean',
      rule: 'true or false; true wherever the data matters',
    },
    {
      path: 'rawArchive.retentionDays',
      value: rawArchive?.retentionDays,
      fits: (value) => rawArchive === undefined || between(days.least, days.most)(value),
      rule: `whole days, ${days.least} to ${days.most}`,
    },
    {
      path: 'inactiveSubjectDays',
      value: inactiveSubjectDays,
      fits: (value) => inactiveSubjectDays === undefined || between(leastInactiveDays, days.most)(value),
      rule: `whole days, ${leastInactiveDays} to ${days.most}; leave it out, and nobody is erased so`,
    },
  ];
}

function peopleRules({ groups, clearDataReaders, edge, alertEmail, alerts, budget }: Environment): Rule[] {
  const isEMail = matches(eMail);
  const group = (path: keyof Groups): Rule => ({
    path: `groups.${path}`,
    value: groups?.[path],
    fits: isEMail,
    rule: 'the e-mail address of a Google group',
  });
  const edgeRules: Rule[] = [
    {
      path: 'edge.domain',
      value: edge?.domain,
      fits: matches(/^(?=.{4,63}$)(?:[a-z0-9-]+\.)+[a-z]{2,}$/),
      rule: 'a domain name in lower case, 63 characters at most (the certificate takes no more)',
    },
    {
      path: 'edge.maxRequestsPerMinute',
      value: edge?.maxRequestsPerMinute,
      fits: between(1, 1_000_000),
      rule: 'requests a minute and address, a whole number up to 1000000',
    },
  ];
  const budgetRules: Rule[] = [
    {
      path: 'budget.billingAccount',
      value: budget?.billingAccount,
      fits: matches(/^[0-9A-F]{6}(?:-[0-9A-F]{6}){2}$/),
      rule: 'three groups of six hexadecimal digits, as `gcloud billing accounts list` tells it',
    },
    { path: 'budget.monthlyAmount', value: budget?.monthlyAmount, fits: between(1, 100_000_000), rule: 'whole units' },
    { path: 'budget.currency', value: budget?.currency, fits: matches(/^[A-Z]{3}$/), rule: 'such as "EUR"' },
  ];
  return [
    ...(['analysts', 'operators', 'breakGlass', 'schemaPublishers'] as const).map(group),
    {
      path: 'clearDataReaders',
      value: clearDataReaders,
      fits: (value) => Array.isArray(value) && value.every(matches(member)),
      rule: 'a list of members such as "serviceAccount:…" (empty: nobody)',
    },
    {
      path: 'alerts',
      value: alerts,
      fits: (value) => value === 'all' || value === 'losses',
      rule: '"all" where somebody is on call, "losses" elsewhere',
    },
    { path: 'alertEmail', value: alertEmail, fits: isEMail, rule: 'an e-mail address' },
    ...(edge === undefined ? [] : edgeRules),
    ...(budget === undefined ? [] : budgetRules),
  ];
}
