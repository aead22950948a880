import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startEmulatorDeployment } from '../../infra/local/emulators/emulator-deployment.ts';
import { emulatorProject } from '../../infra/local/emulators/emulator-environment.ts';
import { terraform, whyNoTerraform } from '../../infra/terraform/terraform.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '../../shared/event/json.ts';
import { secondLinePrefix } from '../../shared/http/line.ts';
import type { BusTopology, SubscriptionDeclaration } from '../../shared/ports/bus-topology.ts';
import { emulatorProblem } from '../helpers/emulator-process.ts';
import { projectFolder } from '../helpers/local-process.ts';
import { runDemo } from './demo-run.ts';

/*
 * Topics and subscriptions as Terraform makes them: npm run check -- apply-emulator
 *
 * Applies those of the stacks of dev, with the real provider, to Google's Pub/Sub emulator, compares what the emulator
 * shows with the topology, and runs the functions and the demo on it. What only Google Cloud has is left out: keys,
 * identities of pushes, and the targets of BigQuery and Cloud Storage subscriptions, which readers stand for here.
 */

/** The check could not be made here. */
const exitSkipped = 3;
const keptTypes = ['google_pubsub_topic', 'google_pubsub_subscription'] as const;
const onlyInTheCloud = [
  'kms_key_name',
  'message_storage_policy',
  'bigquery_config',
  'cloud_storage_config',
  'depends_on',
];

/** The emulator takes 7 days at most; the stacks say 31, as Pub/Sub does. */
const longestRetention = `${7 * 86_400}s`;

const say = (line: string) => process.stdout.write(`${line}\n`);

interface Bus {
  readonly projectId: string;
  readonly emulatorHost: string;
}

async function main(): Promise<number> {
  const reason = whyNoTerraform() ?? emulatorProblem('pubsub') ?? emulatorProblem('firestore');
  if (reason !== undefined) {
    say(`check apply-emulator was skipped: ${reason}`);
    return exitSkipped;
  }
  const folder = mkdtempSync(join(tmpdir(), 'edi-apply-'));
  process.env['XDG_RUNTIME_DIR'] = folder;
  let differences: string[] = [];
  try {
    const stacks = synthesise(join(folder, 'synth'));
    const deployment = await startEmulatorDeployment({
      port: 0,
      dataFolder: join(folder, 'data'),
      schemaFolder: join(projectFolder, 'schemas'),
      drainSeconds: 10,
      async declare(bus, topology) {
        apply(stacks, { bus, topology, folder: join(folder, 'apply') });
        differences = await compare(bus, topology);
      },
    });
    try {
      const { answered, removedAsDuplicates } = await runDemo(deployment, join(folder, 'data'));
      say(`demo: ${answered.accepted} accepted, ${removedAsDuplicates} removed as duplicates, every count exact`);
    } finally {
      await deployment.stop();
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  for (const difference of differences) say(`DIFFERENT  ${difference}`);
  say(`${differences.length} attributes differ from the topology`);
  return differences.length === 0 ? 0 : 1;
}

/** The Terraform JSON of the stacks of dev that hold topics. */
function synthesise(output: string): ReadonlyMap<string, JsonObject> {
  run('node', ['infra/bundle/main.ts']);
  run('npx', ['--no-install', 'cdktf', 'synth', '--output', output]);
  const names = readdirSync(join(output, 'stacks')).filter((name) => /^dev-(pipeline|event-types)/.test(name));
  return new Map(
    names.map((name): [string, JsonObject] => {
      return [name, JSON.parse(readFileSync(join(output, 'stacks', name, 'cdk.tf.json'), 'utf8'))];
    }),
  );
}

function run(command: string, args: readonly string[]): void {
  const env = { ...process.env, CHECKPOINT_DISABLE: '1', CI: '1' };
  const { status, stdout, stderr } = spawnSync(command, args, { cwd: projectFolder, encoding: 'utf8', env });
  if (status !== 0) throw new Error(`${command} ${args.join(' ')} failed:\n${stdout}\n${stderr}`);
}

interface Target {
  readonly bus: Bus;
  readonly topology: BusTopology;
  readonly folder: string;
}

function apply(stacks: ReadonlyMap<string, JsonObject>, { bus, topology, folder }: Target): void {
  const endpoints = new Map(topology.subscriptions.map(({ name, push }) => [name, push?.endpoint]));
  for (const [name, stack] of stacks) {
    const content = forEmulator(stack, bus, endpoints);
    const count = keptTypes.reduce((sum, type) => sum + Object.keys(content.resource[type] ?? {}).length, 0);
    if (count === 0) continue;
    const stackFolder = join(folder, name);
    mkdirSync(stackFolder, { recursive: true });
    writeFileSync(join(stackFolder, 'main.tf.json'), JSON.stringify(content, null, 2));
    for (const args of [
      ['init', '-no-color'],
      ['apply', '-no-color', '-auto-approve'],
    ]) {
      const { status, stdout, stderr } = terraform(stackFolder, args);
      if (status !== 0) throw new Error(`terraform ${args[0]} of ${name} failed:\n${stdout}\n${stderr}`);
    }
    say(`${name.padEnd(28)} ${String(count).padStart(4)} topics and subscriptions applied`);
  }
}

type Resources = Record<string, Record<string, JsonObject>>;

function forEmulator(
  { terraform: settings, resource }: JsonObject,
  bus: Bus,
  endpoints: ReadonlyMap<string, string | undefined>,
) {
  const resources: Resources = {};
  for (const type of keptTypes) {
    const ofType = isJsonObject(resource) && isJsonObject(resource[type]) ? resource[type] : {};
    resources[type] = Object.fromEntries(
      Object.entries(ofType).map(([id, value]) => [id, withoutCloud(isJsonObject(value) ? value : {}, endpoints)]),
    );
  }
  const providers = isJsonObject(settings) ? settings['required_providers'] : undefined;
  const google = {
    project: bus.projectId,
    region: 'europe-west1',
    pubsub_custom_endpoint: `http://${bus.emulatorHost}/v1/`,
  };
  return { terraform: { required_providers: providers ?? {} }, provider: { google: [google] }, resource: resources };
}

function withoutCloud(value: JsonObject, endpoints: ReadonlyMap<string, string | undefined>): JsonObject {
  const kept: Record<string, JsonValue> = Object.fromEntries(
    Object.entries(value).filter(([key]) => !onlyInTheCloud.includes(key)),
  );
  const { push_config, ...rest } = kept;
  if (rest['message_retention_duration'] !== undefined) rest['message_retention_duration'] = longestRetention;
  const endpoint = endpoints.get(String(value['name']));
  if (push_config === undefined || endpoint === undefined) return rest;
  return { ...rest, push_config: { push_endpoint: endpoint } };
}

/** Every attribute of topics and subscriptions that differs from the topology. */
async function compare(bus: Bus, topology: BusTopology): Promise<string[]> {
  const differences: string[] = [];
  const expect = (what: string, actual: JsonValue | undefined, expected: JsonValue | undefined) => {
    if (actual !== expected) differences.push(`${what}: ${String(actual)} instead of ${String(expected)}`);
  };
  const named = (kind: string, name: string) => `projects/${emulatorProject}/${kind}/${name}`;
  const topics = (await list(bus, 'topics')).map(({ name }) => String(name)).sort();
  expect(
    'topics',
    topics.join(' '),
    topology.topics
      .map((name) => named('topics', name))
      .sort()
      .join(' '),
  );
  const found = new Map((await list(bus, 'subscriptions')).map((one) => [String(one['name']), one]));
  expect('number of subscriptions', found.size, topology.subscriptions.length);
  let attributes = 2;
  for (const declared of topology.subscriptions) {
    const actual = found.get(named('subscriptions', declared.name)) ?? {};
    for (const [attribute, value] of Object.entries(attributesOf(declared, named))) {
      expect(`${declared.name} ${attribute}`, valueAt(actual, attribute), value);
      attributes += 1;
    }
  }
  say(`${topics.length} topics and ${found.size} subscriptions, ${attributes} attributes compared`);
  const isSecond = (name: string) => name.startsWith(secondLinePrefix);
  say(`${topology.subscriptions.filter(({ name }) => isSecond(name)).length} of the subscriptions are second lines`);
  return differences;
}

/** As the API shows them (REST reference, "projects.subscriptions"). */
function attributesOf(
  { topic, ackDeadlineSeconds, minBackoffSeconds, maxBackoffSeconds, deadLetter, push }: SubscriptionDeclaration,
  named: (kind: string, name: string) => string,
): Readonly<Record<string, JsonValue | undefined>> {
  return {
    topic: named('topics', topic),
    ackDeadlineSeconds,
    'retryPolicy.minimumBackoff': `${minBackoffSeconds}s`,
    'retryPolicy.maximumBackoff': `${maxBackoffSeconds}s`,
    'deadLetterPolicy.deadLetterTopic': deadLetter && named('topics', deadLetter.topic),
    'deadLetterPolicy.maxDeliveryAttempts': deadLetter?.maxDeliveryAttempts,
    'pushConfig.pushEndpoint': push?.endpoint,
    // Present and without a time to live: never removed for being idle.
    'expirationPolicy.ttl': undefined,
    messageRetentionDuration: longestRetention,
  };
}

function valueAt(value: JsonObject, path: string): JsonValue | undefined {
  let current: JsonValue | undefined = value;
  for (const name of path.split('.')) current = isJsonObject(current) ? current[name] : undefined;
  return current;
}

async function list({ emulatorHost, projectId }: Bus, kind: 'topics' | 'subscriptions'): Promise<JsonObject[]> {
  const entries: JsonObject[] = [];
  let token = '';
  do {
    const answer = await fetch(
      `http://${emulatorHost}/v1/projects/${projectId}/${kind}?pageSize=500&pageToken=${token}`,
    );
    const page: JsonValue = JSON.parse(await answer.text());
    const listed = isJsonObject(page) ? page[kind] : undefined;
    entries.push(...(Array.isArray(listed) ? listed.filter(isJsonObject) : []));
    token = isJsonObject(page) ? String(page['nextPageToken'] ?? '') : '';
  } while (token !== '');
  return entries;
}

process.exitCode = await main();
