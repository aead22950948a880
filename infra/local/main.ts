import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { Command, InvalidArgumentError, Option } from 'commander';
import { type Durability, durabilities } from '../../shared/adapters/embedded/group-commit.ts';
import { systemClock } from '../../shared/adapters/system-clock.ts';
import { isSystemError } from '../../shared/observe/system-error.ts';
import { Unavailable } from '../../shared/ports/unavailable.ts';
import { startEmbeddedDeployment } from './embedded-deployment.ts';
import { exampleCurl } from './example-curl.ts';
import { watchLegacyFolder } from './legacy-folder.ts';
import type { LocalDeployment, LocalDeploymentOptions } from './local-deployment.ts';
import { serveOperator } from './operator-server.ts';
import { problemLines, SchemaFolderError } from './publish-schemas.ts';
import { announceRunning } from './running.ts';
import { startStatusLine } from './status-line.ts';
import { TableChangeError } from './tables.ts';

interface Flags {
  readonly port: number;
  readonly data: string;
  readonly schemas: string;
  readonly legacy?: string;
  readonly ephemeral: boolean;
  readonly emulators: boolean;
  readonly quiet: boolean;
  readonly heartbeats: boolean;
  readonly drainSeconds: number;
  readonly durability: Durability;
  readonly untilStdinEnds: boolean;
}

const projectFolder = resolve(import.meta.dirname, '..', '..');
/** npm hands a Ctrl-C on a second time at once; only a later signal is a second wish. */
const secondSignalMillis = 1_000;

function wholeNumber(minimum: number, maximum: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (Number.isInteger(value) && value >= minimum && value <= maximum) return value;
    throw new InvalidArgumentError(`Give a whole number from ${minimum} to ${maximum}.`);
  };
}

function readFlags(): Flags {
  return new Command('npm start --')
    .description('The whole event delivery in one process, on embedded storage.')
    .option('--port <port>', 'where ingest listens on 127.0.0.1; 0 takes a free one', wholeNumber(0, 65_535), 8_080)
    .option('--data <folder>', 'where everything is kept', join(projectFolder, '.edi'))
    .option('--schemas <folder>', 'the event types', join(projectFolder, 'schemas'))
    .option('--ephemeral', 'keep everything in a temporary folder, removed at the end', false)
    .option('--emulators', "run on Google's Pub/Sub and Firestore emulators (needs gcloud and Java)", false)
    .option('--legacy <folder>', 'export legacy files that come into it, as <mapping>/<file>')
    .option('--heartbeats', 'send each type a heartbeat an hour, so that `edi hours` tells empty from broken', false)
    .option('--quiet', 'print the line "ready" and problems only', false)
    .option('--drain-seconds <n>', 'how long a stop waits for the backlog', wholeNumber(0, 3_600), 10)
    .addOption(durabilityOption())
    .addOption(new Option('--until-stdin-ends', 'stop when whoever started it has gone').hideHelp().default(false))
    .parse()
    .opts<Flags>();
}

function durabilityOption(): Option {
  const what =
    'what an acknowledged event survives: a power failure (waits for the disk), or the death of the process only ' +
    '(answers sooner; a power failure takes the latest events). Embedded storage only';
  return new Option('--durability <what>', what).choices(durabilities).default(durabilities[0]).conflicts('emulators');
}

async function main(): Promise<void> {
  const flags = readFlags();
  // Whoever started it may be gone before "ready" is written; the end of standard input will tell.
  if (flags.untilStdinEnds) process.stdout.on('error', () => undefined);
  const dataFolder = flags.ephemeral ? mkdtempSync(join(tmpdir(), 'edi-')) : resolve(flags.data);
  const removeData = () => {
    if (flags.ephemeral) rmSync(dataFolder, { recursive: true, force: true });
  };
  process.once('exit', removeData);
  // Until everything runs there is nothing to drain, but what was started has to end.
  const endEarly = () => process.exit(130);
  process.on('SIGINT', endEarly);
  process.on('SIGTERM', endEarly);
  let deployment: LocalDeployment;
  try {
    const start = flags.emulators ? startOnEmulators : startEmbeddedDeployment;
    deployment = await start({
      port: flags.port,
      dataFolder,
      schemaFolder: resolve(flags.schemas),
      drainSeconds: flags.drainSeconds,
      durability: flags.durability,
      heartbeats: flags.heartbeats,
    });
  } catch (error) {
    process.stderr.write(`${startProblem(error, flags)}\n`);
    process.exitCode = 1;
    return;
  }
  const token = randomBytes(32).toString('base64url');
  const operator = await serveOperator(deployment, token);
  const { url, writeKeys, livePageUrl } = deployment;
  const found = { url, operatorUrl: operator.url, token, dataFolder, processId: process.pid };
  const parts = { ...(writeKeys ? { writeKeys } : {}), ...(livePageUrl ? { livePageUrl } : {}) };
  const retract = announceRunning({ ...found, ...parts });
  if (deployment.waiting.length > 0) process.stderr.write(waitingText(deployment, flags));
  await printReady(deployment, flags, dataFolder);
  const stopWatching =
    flags.legacy === undefined
      ? () => {}
      : watchLegacyFolder({
          folder: resolve(flags.legacy),
          schemaFolder: resolve(flags.schemas),
          legacy: deployment.legacy,
          clock: systemClock,
          tell: (line) => process.stdout.write(`${line}\n`),
        });
  const statusLine = flags.quiet
    ? undefined
    : startStatusLine({
        status: deployment.status,
        clock: systemClock,
        write: (text) => process.stdout.write(text),
        isTerminal: process.stdout.isTTY,
        columns: () => process.stdout.columns,
      });
  onStopSignal(flags.untilStdinEnds, async () => {
    statusLine?.stop();
    if (!flags.quiet) process.stdout.write('stopping\n');
    retract();
    stopWatching();
    await deployment.stop();
    await operator.close();
    process.exit(0);
  });
  // Behind the listeners that follow them: Node loses a signal that comes as the last listener is taken away.
  process.off('SIGINT', endEarly);
  process.off('SIGTERM', endEarly);
}

/** Loaded when it is wanted: Google's clients and the bundler take a second. */
async function startOnEmulators(options: LocalDeploymentOptions): Promise<LocalDeployment> {
  const { startEmulatorDeployment } = await import('./emulators/emulator-deployment.ts');
  return startEmulatorDeployment(options);
}

function startProblem(error: unknown, { port }: Flags): string {
  if (error instanceof Error && 'code' in error && error.code === 'EADDRINUSE') {
    return `Port ${port} is taken. Stop what listens there, or start with --port.`;
  }
  if (error instanceof SchemaFolderError || error instanceof TableChangeError || error instanceof Unavailable) {
    return error.message;
  }
  // `--data` is a file, or a right is missing.
  if (isSystemError(error)) return error.message;
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}

function waitingText({ waiting }: LocalDeployment, { schemas, ephemeral }: Flags): string {
  const advice = ephemeral
    ? ''
    : '\nMend them and publish again (`npm run -s edi -- schema publish`), or begin anew with another --data.';
  return `Not as they are in ${schemas}; what was active of them before is served:\n${problemLines(waiting)}${advice}\n`;
}

async function printReady(
  { url, catalogUrl, playgroundUrl, livePageUrl, logPath, writeKeys }: LocalDeployment,
  flags: Flags,
  dataFolder: string,
): Promise<void> {
  const lines = [`ready ${url}`];
  if (!flags.quiet) {
    const nowMillis = systemClock.nowMillis();
    const curl = await exampleCurl({ schemaFolder: resolve(flags.schemas), url, nowMillis, writeKeys });
    if (curl !== undefined) lines.push('', 'send an event:', curl);
    lines.push('', 'in another terminal, before `npm run -s edi -- …`:', `export EDI_URL=${url}`);
    lines.push('', ...(livePageUrl === undefined ? [] : [`live page ${livePageUrl}`]), `catalog ${catalogUrl}`);
    if (playgroundUrl !== undefined) lines.push(`playground ${playgroundUrl}`);
    lines.push('', `data ${dataFolder}${flags.ephemeral ? ' (removed at the end)' : ''}`, `log  ${logPath}`, '');
  }
  process.stdout.write(`${lines.join('\n')}\n`);
}

function onStopSignal(untilStdinEnds: boolean, stop: () => Promise<void>): void {
  let firstMillis: number | undefined;
  const onSignal = () => {
    const nowMillis = systemClock.nowMillis();
    if (firstMillis === undefined) {
      firstMillis = nowMillis;
      stop().catch((error: unknown) => {
        process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`);
        process.exit(1);
      });
    } else if (nowMillis - firstMillis >= secondSignalMillis) process.exit(130);
  };
  process.on('SIGINT', onSignal);
  process.on('SIGTERM', onSignal);
  // Also when the process at the other end was killed, so that nothing is left behind.
  if (untilStdinEnds) process.stdin.resume().once('end', onSignal);
}

await main();
