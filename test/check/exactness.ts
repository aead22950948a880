import { execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { startClients } from './exactness/clients.ts';
import { injectFaults } from './exactness/faults.ts';
import { openHistory, readHistory } from './exactness/history.ts';
import { type FoundRow, judge, type Verdict } from './exactness/judge.ts';

/*
 * A black-box report: npm run check -- exactness [--seconds 90] [--clients 6] [--seed 1] [--report FILE] [--keep FOLDER]
 *
 * Starts the deployment on Google's emulators as a user does, sends to it over HTTP while its functions are killed and
 * stopped and its emulators stand still, and writes a history of what was sent and answered. A judge that knows the
 * history alone then looks at the rows. Nothing here imports a line of the product.
 */

/** The check could not be made here. */
const exitSkipped = 3;
const project = resolve(import.meta.dirname, '..', '..');
const functions = ['ingest', 'dedup', 'pseudonymize'];
const startMillis = 420_000;
const drainMillis = 300_000;

const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '90' },
    clients: { type: 'string', default: '6' },
    seed: { type: 'string', default: String(Date.now() % 100_000) },
    report: { type: 'string' },
    keep: { type: 'string' },
  },
});

const say = (line: string) => process.stdout.write(`${line}\n`);

interface Announced {
  readonly url: string;
  readonly writeKeys: Readonly<Record<string, string>>;
}

async function main(): Promise<number> {
  if (!existsSync('/proc/self/cmdline')) {
    say('check exactness was skipped: it finds processes in /proc, which this machine does not have');
    return exitSkipped;
  }
  const folder = mkdtempSync(join(tmpdir(), 'edi-exactness-'));
  const env = { ...process.env, XDG_RUNTIME_DIR: folder, TMPDIR: folder };
  const args = ['start', '--', '--emulators', '--data', join(folder, 'data'), '--port', '0', '--quiet'];
  const child = spawn('npm', args, { cwd: project, env, detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (part) => (output += String(part)));
  try {
    await until('the line "ready"', startMillis, () => {
      if (child.exitCode !== null) throw new Error(`the deployment did not start:\n${output}`);
      return /^ready /m.test(output);
    });
    return await run(child.pid ?? 0, folder, env);
  } finally {
    process.kill(-(child.pid ?? 0), 'SIGTERM');
    await Promise.race([new Promise((exited) => child.once('exit', exited)), delay(30_000)]);
    if (values.keep === undefined) rmSync(folder, { recursive: true, force: true });
  }
}

async function run(processId: number, folder: string, env: NodeJS.ProcessEnv): Promise<number> {
  const { url, writeKeys } = readAnnouncement(folder);
  const historyFolder = values.keep ?? folder;
  mkdirSync(historyFolder, { recursive: true });
  const historyPath = join(historyFolder, 'history.jsonl');
  const record = openHistory(historyPath);
  const clients = Number(values.clients);
  const fraction = seeded(Number(values.seed));
  const load = startClients({ url, key: writeKeys['ios'] ?? '', clients, fraction, record });
  const durationMillis = Number(values.seconds) * 1_000;
  const faults = await injectFaults({
    processId,
    functions,
    durationMillis,
    fraction: seeded(Number(values.seed) + 1),
    record,
  });
  say('no more faults; clients send until everything is answered, and the deployment drains');
  await load.stop();
  const ask = (sql: string) => query(url, env, sql);
  const history = readHistory(historyPath);
  let verdict: Verdict | undefined;
  // A row may still be on its way: the verdict is the first exact one, or the last in this time.
  await until('rows', drainMillis, async () => {
    verdict = judge(
      history,
      readRows(ask),
      Number(ask('SELECT count(DISTINCT record_key) AS n FROM operations.quarantine')[0]?.['n']),
    );
    if (verdict.violations.length > 0) await delay(5_000);
    return verdict.violations.length === 0;
  }).catch(() => undefined);
  if (verdict === undefined) throw new Error('there is no verdict');
  // What is exact must stay so: a copy that comes late is removed, too.
  const copies = Number(ask('SELECT count(*) AS n FROM events_raw.playback_track_played_v1')[0]?.['n']);
  const report = reportOf(verdict, faults, copies);
  say(report);
  if (values.report !== undefined) writeFileSync(values.report, report);
  return verdict.violations.length === 0 ? 0 : 1;
}

function readAnnouncement(folder: string): Announced {
  const announced = join(folder, `edi-${process.getuid?.() ?? -1}`);
  const [name = ''] = readdirSync(announced);
  return JSON.parse(readFileSync(join(announced, name), 'utf8'));
}

/** In parts, because an answer is bounded. */
function readRows(ask: (sql: string) => Record<string, unknown>[]): FoundRow[] {
  return [...'0123456789abcdef'].flatMap((digit) => {
    const rows: Record<string, unknown>[] = ask(
      `SELECT event_id, epoch_us(event_time) AS time_micros, source, subject, data.track.track_id AS track_id,
        data.ms_played AS ms_played, data.seeks_ms AS seeks_ms
       FROM events.playback_track_played_v1 WHERE event_id LIKE '${digit}%'`,
    );
    return rows.map((row): FoundRow => JSON.parse(JSON.stringify(row)));
  });
}

function query(url: string, env: NodeJS.ProcessEnv, sql: string): Record<string, unknown>[] {
  const args = ['infra/cli/main.ts', 'query', sql, '--url', url, '--format', 'json'];
  return JSON.parse(execFileSync(process.execPath, args, { cwd: project, env, encoding: 'utf8', maxBuffer: 2 ** 28 }));
}

async function until(what: string, millis: number, done: () => boolean | Promise<boolean>): Promise<void> {
  for (const endMillis = Date.now() + millis; !(await done()); await delay(50)) {
    if (Date.now() > endMillis) throw new Error(`waited ${millis} ms in vain: ${what}`);
  }
}

/** A linear congruential generator, from 0 below 1: repeatable, and of no other use. */
function seeded(seed: number): () => number {
  let state = BigInt(seed) + 1n;
  return () => {
    state = (state * 6_364_136_223_846_793_005n + 1_442_695_040_888_963_407n) % 2n ** 64n;
    return Number(state >> 11n) / 2 ** 53;
  };
}

function reportOf({ counts, violations }: Verdict, faults: ReadonlyMap<string, number>, copies: number): string {
  const table = (rows: Iterable<readonly [string, number]>) =>
    [...rows].map(([name, count]) => `| ${name} | ${count} |`);
  return [
    '# Exactness, judged from outside',
    '',
    `\`npm run check -- exactness --seconds ${values.seconds} --clients ${values.clients} --seed ${values.seed}\`, on the`,
    `emulators' deployment, ${cpus().length} cores, ${new Date().toISOString().slice(0, 10)}.`,
    '',
    '| counted | |',
    '|---|--:|',
    ...table([...Object.entries(counts), ['rows in the base table', copies]]),
    '',
    '| fault | times |',
    '|---|--:|',
    ...table([...faults].sort()),
    '',
    violations.length === 0 ? 'Violations: none.' : `Violations: ${violations.length}`,
    ...violations.slice(0, 50).map((violation) => `- ${violation}`),
    '',
  ].join('\n');
}

process.exitCode = await main();
