import { execFile } from 'node:child_process';
import { cpSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { startLocal } from '../helpers/local-deployment.ts';
import { trackPlayedData, trackPlayedTable } from '../helpers/local-events.ts';
import { query, waitUntilIdle } from '../helpers/local-operator.ts';
import { makeScratchFolder } from '../helpers/local-process.ts';

/*
 * CloudEvents SDKs as their publishers ship them, against `npm start`: npm run check -- cloudevents-sdks [javascript] [go] [python] [java]
 *
 * Each sends 50 events in each mode that it has; each event must have a row. What is missing on this machine, or cannot
 * be installed, is told; without any SDK the check exits with 3.
 */

/** The check could not be made here. */
const exitSkipped = 3;
const eventsPerMode = 50;
const maxCommandMillis = 600_000;
const maxShownText = 600;

interface Sdk {
  readonly name: string;
  readonly version: string;
  readonly modes: readonly string[];
  /** In a folder of its own, with the program; the last one sends. */
  readonly commands: readonly (readonly [program: string, ...args: string[]])[];
}

const bytes = ['binary-bytes', 'structured-bytes'];
const sdks: readonly Sdk[] = [
  {
    name: 'javascript',
    version: 'cloudevents 10.0.0',
    modes: ['binary', 'structured', 'batch', ...bytes],
    commands: [
      ['npm', 'install', '--silent', '--no-save', '--prefix', '.', 'cloudevents@10.0.0'],
      [process.execPath, 'send.mjs'],
    ],
  },
  {
    name: 'go',
    version: 'sdk-go 2.16.2',
    modes: ['binary', 'structured', 'batch', ...bytes],
    commands: [
      ['go', 'mod', 'init', 'sender'],
      ['go', 'get', 'github.com/cloudevents/sdk-go/v2@v2.16.2'],
      ['go', 'mod', 'tidy'],
      ['go', 'run', '.'],
    ],
  },
  {
    name: 'python',
    version: 'cloudevents 2.2.0, its core and its API of version 1',
    modes: ['binary', 'structured', ...bytes, 'old-binary', 'old-structured'],
    commands: [
      ['python3', '-m', 'venv', 'environment'],
      [join('environment', 'bin', 'pip'), 'install', '--quiet', 'cloudevents==2.2.0'],
      [join('environment', 'bin', 'python'), 'send.py'],
    ],
  },
  {
    name: 'java',
    version: 'cloudevents 4.0.1',
    modes: ['binary', 'structured'],
    commands: [
      ['mvn', '--quiet', '--batch-mode', 'compile'],
      ['mvn', '--quiet', '--batch-mode', 'org.codehaus.mojo:exec-maven-plugin:3.5.0:java', '-Dexec.mainClass=Send'],
    ],
  },
];

const execute = promisify(execFile);

/** Why a command did not do; undefined when it did. */
async function runCommand(command: readonly [string, ...string[]], cwd: string, url: string) {
  const [program, ...args] = command;
  const sending = { TARGET: `${url}/v1/events`, KEY: 'local-dev-key', EVENTS: String(eventsPerMode) };
  const env = { ...process.env, ...sending, DATA: JSON.stringify(trackPlayedData()) };
  const local = program.startsWith('environment') ? join(cwd, program) : program;
  try {
    await execute(local, args, { cwd, env, timeout: maxCommandMillis });
    return undefined;
  } catch (error) {
    return `${command.join(' ')}: ${error instanceof Error ? error.message.trim().slice(-maxShownText) : 'failed'}`;
  }
}

const wanted = process.argv.slice(2);
await using deployment = await startLocal({ startTimeoutMillis: 60_000 });
let [ran, failed] = [0, 0];
for (const sdk of sdks) {
  if (wanted.length > 0 && !wanted.includes(sdk.name)) continue;
  const scratch = makeScratchFolder();
  cpSync(join(import.meta.dirname, 'cloudevents-sdks', sdk.name), scratch.path, { recursive: true });
  let problem: string | undefined;
  for (const command of sdk.commands) problem ??= await runCommand(command, scratch.path, deployment.url);
  scratch.remove();
  if (problem !== undefined) {
    process.stdout.write(`${sdk.name}: could not be run: ${problem}\n`);
    continue;
  }
  ran++;
  await waitUntilIdle(deployment);
  for (const mode of sdk.modes) {
    const pattern = `^${sdk.name}-${mode}-[0-9]+$`;
    const rows = await query(
      deployment,
      `SELECT COUNT(DISTINCT data.track.track_id) AS landed FROM events.${trackPlayedTable}
       WHERE regexp_matches(data.track.track_id, '${pattern}')`,
    );
    const landed = Number(rows[0]?.['landed'] ?? 0);
    if (landed !== eventsPerMode) failed++;
    process.stdout.write(`${sdk.name} (${sdk.version}), ${mode}: ${landed} of ${eventsPerMode}\n`);
  }
}
if (failed > 0) process.exitCode = 1;
else if (ran === 0) process.exitCode = exitSkipped;
