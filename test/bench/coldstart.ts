import { execFileSync, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { functions as functionNeeds } from '../../functions/index.ts';
import { archiveOf, bundleFunctions } from '../../infra/bundle/build.ts';
import { functionFile } from '../../infra/bundle/code-cache.ts';
import { startEmulatorDeployment } from '../../infra/local/emulators/emulator-deployment.ts';
import { emulatorEnvironment } from '../../infra/local/emulators/emulator-environment.ts';
import { hostVariables, startEmulator } from '../../infra/local/emulators/gcloud-emulator.ts';
import { freePort } from '../../infra/local/emulators/ports.ts';
import { openSecretTexts } from '../../shared/adapters/embedded/secrets.ts';
import { systemRandom } from '../../shared/adapters/system-random.ts';
import { forwarded, sealAt, sealedMessage } from '../helpers/batches.ts';
import { makeEvent, trackPlayed } from '../helpers/local-events.ts';
import { type HttpCall, send } from '../helpers/local-http.ts';
import { cpuMillis, hasProc } from '../helpers/local-machine.ts';

// Size of each deployable bundle, and time from the start of its process to its first answer, beside a function that does
// nothing: npm run bench -- coldstart [--runs 7]. As in the cloud, each has the code cache that Cloud Build would have it write.
// Uses Google's emulators; they answer faster than Google does.

const { values } = parseArgs({ options: { runs: { type: 'string', default: '7' } } });
const projectFolder = join(import.meta.dirname, '..', '..');
const processProgram = join(projectFolder, 'infra', 'local', 'emulators', 'function-process.ts');
const pollMillis = 2;
const maxStartMillis = 60_000;

interface Probe {
  readonly title: string;
  readonly name: string;
  readonly folder: string;
  /** The first request, and the status that it is answered with. */
  readonly call: Omit<HttpCall, 'url'> & { readonly path: string };
  readonly status: number;
}

interface Function {
  readonly folder: string;
  readonly zipBytes: number;
}

/** Variables by function. */
type Environments = ReadonlyMap<string, Readonly<Record<string, string>>>;

interface Start {
  readonly millis: number;
  /** Of the process, all its threads: the same on a busy machine. NaN where there is no /proc. */
  readonly cpuMillis: number;
}

/** Starts one process and asks it until it answers. */
async function coldStart(probe: Probe, environment: Readonly<Record<string, string>>): Promise<Start> {
  const port = await freePort();
  const { path, ...call } = probe.call;
  const startMillis = performance.now();
  const child = spawn(process.execPath, [processProgram, probe.folder, probe.name, String(port)], {
    stdio: ['ignore', 'ignore', 'inherit'],
    env: { ...process.env, NODE_PATH: join(projectFolder, 'node_modules'), ...environment },
  });
  const gone = once(child, 'exit');
  try {
    while (performance.now() - startMillis < maxStartMillis && child.exitCode === null) {
      const answer = await send({ ...call, url: `http://127.0.0.1:${port}${path}` }).catch(() => undefined);
      if (answer?.status === probe.status) {
        return {
          millis: performance.now() - startMillis,
          cpuMillis: child.pid && hasProc ? cpuMillis(child.pid) : Number.NaN,
        };
      }
      if (answer !== undefined) throw new Error(`${probe.title}: answered ${answer.status} ${answer.text}`);
      await sleep(pollMillis);
    }
    throw new Error(`${probe.title}: no answer`);
  } finally {
    child.kill('SIGKILL');
    await gone;
  }
}

function makeProbes(functions: ReadonlyMap<string, Function>, writeKey: string): Probe[] {
  const folderOf = (name: string) => functions.get(name)?.folder ?? '';
  const headers = { authorization: `Bearer ${writeKey}`, 'content-type': 'application/cloudevents-batch+json' };
  const event = JSON.stringify([makeEvent()]);
  const probe = (name: string, title: string, call: Probe['call'], status = 200) => ({
    name,
    title: `${name}, ${title}`,
    folder: folderOf(name),
    call,
    status,
  });
  return [
    probe('bare', 'GET /', { path: '/' }),
    probe('ingest', 'GET /health', { path: '/health' }),
    probe('ingest', 'first event accepted', { path: '/v1/events', headers, body: event }),
    probe('dedup', 'first push', push(false), 204),
    probe('pseudonymize', 'first push', push(true), 204),
  ];
}

/** A push as Pub/Sub sends it, with one valid event of a new installation. */
function push(claimed: boolean): Probe['call'] {
  const { id, source, data = {} } = makeEvent({ source: `installation-${randomUUID()}` });
  const event = { id, source: String(source), type: trackPlayed, timeMillis: Date.now(), data };
  const message = sealedMessage({
    seal: sealAt(Date.now(), 1),
    sdk: 'ios',
    receivedAtMillis: Date.now(),
    segments: [[event]],
    ...(claimed ? { marks: [forwarded] } : {}),
  });
  const wrapped = {
    subscription: 'projects/edi-local/subscriptions/bench',
    message: {
      messageId: '1',
      publishTime: new Date().toISOString(),
      attributes: message.attributes,
      data: Buffer.from(message.data).toString('base64'),
    },
  };
  return { path: '/', headers: { 'content-type': 'application/json' }, body: JSON.stringify(wrapped) };
}

async function measure(probes: readonly Probe[], environments: Environments): Promise<void> {
  const starts = new Map<Probe, Start[]>(probes.map((probe) => [probe, []]));
  // In turns, so that whatever else the machine does meets all of them. The first turn fills the disk cache.
  for (let run = 0; run <= Number(values.runs); run++) {
    for (const probe of probes) {
      const start = await coldStart(probe, environments.get(probe.name) ?? {});
      if (run > 0) starts.get(probe)?.push(start);
    }
  }
  let bareMillis: number | undefined;
  console.log(
    `\n${'process start to first answer, ms'.padEnd(34)} min  median    max  median / bare  processor, median`,
  );
  for (const [probe, taken] of starts) {
    const millis = taken.map((start) => start.millis).sort((a, b) => a - b);
    const cpu = middleOf(taken.map((start) => start.cpuMillis));
    const median = middleOf(millis);
    bareMillis ??= median;
    const cells = [millis[0] ?? 0, median, millis.at(-1) ?? 0].map((time, at) =>
      time.toFixed(0).padStart(at === 0 ? 4 : 7),
    );
    const ratio = (median / bareMillis).toFixed(2).padStart(13);
    console.log(`${probe.title.padEnd(33)}${cells.join('')}  ${ratio}  ${cpu.toFixed(0).padStart(17)}`);
  }
}

function middleOf(numbers: readonly number[]): number {
  const sorted = [...numbers].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? 0;
}

const scratch = mkdtempSync(join(tmpdir(), 'edi-coldstart-'));
// The emulators end with this process; a signal alone would leave them.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1));
process.once('exit', () => rmSync(scratch, { recursive: true, force: true }));
const [pubsub, firestore] = await Promise.all([
  startEmulator('pubsub', 'edi-local'),
  startEmulator('firestore', 'edi-local'),
]);
try {
  process.env[hostVariables.pubsub] = pubsub.host;
  process.env[hostVariables.firestore] = firestore.host;
  const dataFolder = join(scratch, 'data');
  const schemaFolder = join(projectFolder, 'schemas');
  // It publishes schemas and makes topics and write keys; its own processes would only take time.
  const deployment = await startEmulatorDeployment({ port: 0, dataFolder, schemaFolder, drainSeconds: 0 });
  await Promise.all(deployment.functions.map((running) => running.stop(0)));
  const hosts = { pubsub: pubsub.host, firestore: firestore.host };
  const functions = new Map<string, Function>();
  const entryPoint = join('test', 'bench', 'coldstart-bare.ts');
  for (const bare of await bundleFunctions([{ name: 'bare', entryPoint }], join(dataFolder, 'bundles'))) {
    functions.set('bare', archiveOf(bare));
    // Its code itself, without what we start bundles with.
    renameSync(join(bare.folder, functionFile), join(bare.folder, 'index.js'));
  }
  const environmentOf = await emulatorEnvironment(openSecretTexts(dataFolder, systemRandom), hosts, {
    frontDoor: 'http://127.0.0.1:9',
    writeKey: 'key',
    proofKey: 'key',
  });
  const environments = new Map<string, Readonly<Record<string, string>>>();
  for (const needs of functionNeeds) {
    const { name } = needs;
    environments.set(name, environmentOf(needs));
    const folder = join(dataFolder, 'bundles', name);
    functions.set(name, archiveOf({ name, folder, sources: [] }));
    execFileSync('npm', ['run', 'gcp-build'], { cwd: folder, stdio: ['ignore', 'ignore', 'inherit'] });
  }
  for (const [name, { zipBytes }] of functions) {
    console.log(`${name.padEnd(14)} zip ${(zipBytes / 1_024).toFixed(0).padStart(5)} KiB`);
  }
  await measure(makeProbes(functions, deployment.writeKeys?.['ios'] ?? ''), environments);
  await deployment.stop();
} finally {
  await Promise.all([pubsub.stop(), firestore.stop()]);
}
