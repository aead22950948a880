import { type Command, Option } from 'commander';
import { defaultIngestConfig } from '../../functions/ingest/config.ts';
import { systemClock } from '../../shared/adapters/system-clock.ts';
import { systemRandom } from '../../shared/adapters/system-random.ts';
import { makeFetchTransport } from '../../shared/client/core/fetch-transport.ts';
import type { JsonObject } from '../../shared/event/json.ts';
import { readSchemaFolder } from '../../shared/schema-language/schema-folder.ts';
import { localDevKey, localDevKeyOf } from '../local/local-write-keys.ts';
import type { RunningDeployment } from '../local/running.ts';
import { CliError } from './cli-error.ts';
import { type CommandIo, interruptedExitCode } from './command-io.ts';
import { addBackendCommand } from './demo/backend-command.ts';
import { brokenBody, makeBrokenEvents } from './demo/broken-events.ts';
import { countBaseRows, countQuarantine, countTypes } from './demo/counts.ts';
import { type DemoClient, makeDemoClient } from './demo/demo-client.ts';
import { loadWebhookExamples, makeGitHubEvents } from './demo/github-events.ts';
import { countLegacy, exportTwice } from './demo/legacy-file.ts';
import { type DemoPlan, makePlan } from './demo/plan.ts';
import { loadPlaybackExamples, makePlaybackEvents, sdkOfPlay } from './demo/playback-events.ts';
import { makeProgressBar, type ProgressBar } from './demo/progress-bar.ts';
import { makeAsk } from './demo/query-rows.ts';
import { answerQuestions, questionsOf } from './demo/questions.ts';
import { countsThatAreOff, type DemoReport, offText, reportJson, reportText } from './demo/report.ts';
import { type DemoRun, newRun } from './demo/run.ts';
import { requestsOf, sendPlan } from './demo/send-plan.ts';
import { type DemoTarget, openTarget } from './demo/target.ts';
import { waitUntilDelivered } from './demo/wait.ts';
import { isAnyRunning, notRunning, schemaFolder } from './find-deployment.ts';
import { makeOperatorClient } from './operator-client.ts';
import { jsonText } from './output-text.ts';
import { urlOption } from './url-option.ts';

interface DemoFlags {
  readonly url: string;
  readonly key: string;
  readonly json: boolean;
}

interface Prepared {
  readonly run: DemoRun;
  readonly plan: DemoPlan;
  readonly types: readonly string[];
  readonly tooLarge: number;
}

/** Well within what ingest takes, as an SDK stays. */
const batchLimits = { maxEvents: 50, maxBytes: 1_000_000 } as const;

/** Adds `edi demo`; it tells its exit code, since counts that are off are a result and not an error. */
export function addDemoCommand(program: Command, io: CommandIo, onExitCode: (code: number) => void): void {
  const command = program.command('demo');
  command
    .description('send real events, resends and broken ones, and check every count (starts a deployment if none runs)')
    .addOption(urlOption())
    .addOption(new Option('--key <key>', 'write key').env('EDI_KEY').default(localDevKey))
    .option('--json', 'print one JSON object', false)
    .action(async (flags: DemoFlags, self: Command) => {
      // Several run and none was chosen: one more, which nobody sees, is no answer.
      if (self.getOptionValueSource('url') === 'default' && isAnyRunning()) throw notRunning(flags.url);
      onExitCode(await demo(flags, io));
    });
  addBackendCommand(command, io);
}

async function demo(flags: DemoFlags, io: CommandIo): Promise<number> {
  const signal = io.interrupted();
  const progress = makeProgressBar(io.err);
  const prepared = await prepare();
  let report: DemoReport;
  try {
    const target = await openTarget({
      url: flags.url,
      clock: systemClock,
      signal,
      onOwn: () => void io.err.write(`edi: nothing answers at ${flags.url}: starting a deployment for this demo\n`),
    });
    try {
      report = await runDemo({ flags, target, prepared, signal, progress });
    } finally {
      progress.clear();
      await target.close();
    }
  } catch (error) {
    if (!signal.aborted) throw error;
    await io.err.write('edi: interrupted\n');
    return interruptedExitCode;
  }
  const off = countsThatAreOff(report);
  await io.out.write(flags.json ? jsonText(reportJson(report)) : reportText(report));
  if (off.length > 0) await io.err.write(`edi: ${off.length} counts are off:\n${offText(off)}\n`);
  return off.length === 0 ? 0 : 1;
}

/** Everything that can fail before anything is sent. */
async function prepare(): Promise<Prepared> {
  const webhooks = loadWebhookExamples();
  const { schemas } = await readSchemaFolder(schemaFolder, { compile: false });
  const sdkByType = new Map(schemas.map(({ edi }) => [edi.type, edi.sdks[0] ?? '']));
  const active = schemas.filter(({ edi }) => edi.stage !== 'retired').map(({ edi }) => edi.type);
  const { maxEventBytes } = defaultIngestConfig;
  const run = newRun(systemRandom, systemClock.nowMillis());
  const { events: github, tooLarge } = makeGitHubEvents(webhooks, { run, types: new Set(active), maxEventBytes });
  const playback = makePlaybackEvents(await loadPlaybackExamples(schemaFolder), run, github.length);
  const push = github.find(({ type }) => type === 'github.push.v1');
  if (push === undefined) throw new CliError(`the demo needs github.push.v1 in ${schemaFolder}`);
  const unique = [...github, ...playback];
  // Broken events whose type is unknown go with whatever key there is.
  const sdkOf = (event: JsonObject) =>
    sdkOfPlay(event) ?? sdkByType.get(String(event['type'])) ?? sdkByType.get(push.type) ?? '';
  const plan = makePlan(unique, makeBrokenEvents(run, push, maxEventBytes), { ...batchLimits, sdkOf });
  return { run, plan, types: [...new Set(unique.map(({ type }) => type))].sort(), tooLarge };
}

interface DemoContext {
  readonly flags: DemoFlags;
  readonly target: DemoTarget;
  readonly prepared: Prepared;
  readonly signal: AbortSignal;
  readonly progress: ProgressBar;
}

/** The key that was asked for; else the deployment's own for the SDK, or its development key. */
function keyOf(sdk: string, flag: string, { writeKeys }: RunningDeployment): string {
  return flag === localDevKey ? (writeKeys?.[sdk] ?? localDevKeyOf(sdk)) : flag;
}

async function runDemo({ flags, target, prepared, signal, progress }: DemoContext): Promise<DemoReport> {
  const { run, plan, types, tooLarge } = prepared;
  const { url } = target.deployment;
  const clients = new Map<string, DemoClient>();
  const clientOf = (sdk: string) => {
    const key = keyOf(sdk, flags.key, target.deployment);
    const client = clients.get(sdk) ?? makeDemoClient({ url, key, signal });
    clients.set(sdk, client);
    return client;
  };
  const requests = requestsOf(plan).length;
  const totals = await sendPlan(clientOf, plan, (sent) => progress.show('requests', sent, requests)).finally(() =>
    Promise.all([...clients.values()].map((client) => client.close())),
  );
  const anyKey = keyOf(plan.first[0]?.sdk ?? '', flags.key, target.deployment);
  const brokenBodyStatus = await sendBrokenBody(url, anyKey, signal);
  const legacy = await exportTwice({ deployment: target.deployment, schemaFolder, run, clock: systemClock, signal });
  const operator = makeOperatorClient(target.deployment);
  const ask = makeAsk(operator, systemClock);
  await waitUntilDelivered({
    operator,
    clock: systemClock,
    signal,
    onPoll: async () => progress.show('rows', await countBaseRows(ask, run, types), plan.unique.length),
  });
  // Whatever is asked after an interruption is of no use.
  signal.throwIfAborted();
  return {
    run,
    plan,
    tooLarge,
    totals: { ...totals, brokenBodyStatus },
    url,
    ownDeployment: target.own,
    types: await countTypes(ask, run, types),
    quarantine: await countQuarantine(ask, run, plan.broken),
    questions: await answerQuestions(ask, questionsOf(run, types)),
    legacy: { ...legacy, ...(await countLegacy(ask, run)) },
  };
}

/** What no client of ours would send. Answers with the status. */
async function sendBrokenBody(url: string, key: string, signal: AbortSignal): Promise<number> {
  const transport = makeFetchTransport({ url, key }, systemClock);
  const { status } = await transport.send({ body: brokenBody.text, token: undefined, signal });
  if (status === 0) throw new CliError(`the request that is no JSON was not answered: no answer from ${url}`);
  return status;
}
