import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { createSeededRandom } from '../../shared/adapters/memory/seeded-random.ts';
import { type Load, startLoad } from '../helpers/integration-load.ts';
import { startLocal } from '../helpers/local-deployment.ts';
import { query, readEventIds, waitUntilIdle } from '../helpers/local-operator.ts';
import { makeScratchFolder } from '../helpers/local-process.ts';
import { replayJournal } from './power-failure/replay-journal.ts';

/*
 * Power failures under load: npm run check -- power-failure [--failures 5] [--seed 1] [--durability power-failure]
 *
 * The embedded deployment runs on a disk that can lose what was not synced (power-failure/disk.c, preloaded; needs Linux
 * and a C compiler). In the middle of load it is killed, and its data folder is made anew: what was synced, and of the
 * rest nothing, half, or nearly all pages, as the seed says. It starts on that folder, and clients go on, resending what
 * got no answer. In the end every acknowledged event has to be in the exact view, once.
 */

/** The check could not be made here. */
const exitSkipped = 3;
const shares = [0, 0.5, 0.9];
const loadMillis = 4_000;

const { values } = parseArgs({
  options: {
    failures: { type: 'string', default: '5' },
    seed: { type: 'string', default: String(Date.now() % 100_000) },
    durability: { type: 'string', default: 'power-failure' },
  },
});

const say = (line: string) => process.stdout.write(`${line}\n`);

async function main(): Promise<number> {
  const scratch = makeScratchFolder();
  try {
    const library = join(scratch.path, 'disk.so');
    const source = join(import.meta.dirname, 'power-failure', 'disk.c');
    const { status, error, stderr } = spawnSync('cc', ['-shared', '-fPIC', '-O2', '-o', library, source, '-ldl']);
    if (process.platform !== 'linux' || error !== undefined || status !== 0) {
      say(`check power-failure was skipped: it needs Linux and a C compiler (${error?.message ?? String(stderr)})`);
      return exitSkipped;
    }
    return await failAgainAndAgain(scratch.path, library);
  } finally {
    scratch.remove();
  }
}

async function failAgainAndAgain(scratch: string, library: string): Promise<number> {
  const [dataFolder, base, journal] = ['data', 'base', 'journal'].map((name) => join(scratch, name));
  if (dataFolder === undefined || base === undefined || journal === undefined) throw new Error('a folder has no name');
  mkdirSync(dataFolder);
  const random = createSeededRandom(Number(values.seed));
  const fraction = () => Buffer.from(random.bytes(4)).readUInt32LE() / 2 ** 32;
  const env = { LD_PRELOAD: library, EDI_DISK_FOLDER: dataFolder, EDI_DISK_JOURNAL: journal, UV_USE_IO_URING: '0' };
  const flags = ['--quiet', '--durability', values.durability];
  let port = 0;
  let load: Load | undefined;
  for (let failure = 0; failure < Number(values.failures); failure++) {
    rmSync(journal, { force: true });
    rmSync(base, { recursive: true, force: true });
    cpSync(dataFolder, base, { recursive: true });
    const deployment = await startLocal({ dataFolder, port, flags, env, startTimeoutMillis: 60_000 });
    port = Number(new URL(deployment.url).port);
    load ??= startLoad(
      { url: deployment.url, writeKey: 'local-dev-key' },
      { clients: 8, batchEvents: 20, pauseMillis: 5 },
    );
    const before = load.acknowledgedIds.size;
    await delay(loadMillis + fraction() * 1_000);
    await deployment.kill();
    const acknowledged = load.acknowledgedIds.size;
    const share = shares[failure % shares.length] ?? 0;
    const journalMib = (statSync(journal).size / 2 ** 20).toFixed(1);
    const reachesDisk = () => fraction() < share;
    const { unsynced, lostPages } = replayJournal({ base, folder: dataFolder, journal, reachesDisk });
    say(
      `failure ${failure + 1}: ${acknowledged - before} events acknowledged, ${journalMib} MiB written, ` +
        `${unsynced} changes not synced, ${lostPages} of their pages lost`,
    );
  }
  const deployment = await startLocal({ dataFolder, port, startTimeoutMillis: 60_000 });
  await load?.stop();
  await waitUntilIdle(deployment, 300_000);
  const lost = await judge(deployment, load?.acknowledgedIds ?? new Set());
  await deployment.stop();
  return lost;
}

/** The exit code: 0 when every acknowledged event has one row. */
async function judge(deployment: Parameters<typeof query>[0], acknowledged: ReadonlySet<string>): Promise<number> {
  const ids = await readEventIds(deployment);
  const stored = new Set(ids);
  const missing = [...acknowledged].filter((id) => !stored.has(id)).length;
  const refused = (await query(deployment, 'FROM operations.quarantine')).length;
  say(
    `seed ${values.seed}: ${acknowledged.size} acknowledged, ${stored.size} in the view, ${missing} missing, ` +
      `${ids.length - stored.size} twice, ${refused} in quarantine`,
  );
  return missing === 0 && ids.length === stored.size && refused === 0 ? 0 : 1;
}

process.exitCode = await main();
