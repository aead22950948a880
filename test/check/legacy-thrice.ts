import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { legacyFileText, musicFile } from '../helpers/legacy-files.ts';
import { type LocalProcess, startLocal } from '../helpers/local-deployment.ts';
import { trackPlayedTable } from '../helpers/local-events.ts';
import { legacyState, query, readStatus, uploadLegacy, waitUntilIdle } from '../helpers/local-operator.ts';
import { makeScratchFolder, projectFolder, waitFor } from '../helpers/local-process.ts';

/*
 * npm run check -- legacy-thrice [--records 1000000] [--kill-seconds 8]
 *
 * The same records three times to an embedded deployment: as one file; in three files cut elsewhere, one of them gzip and
 * one zstd; and as one file again while the deployment is killed every few seconds and started on the same folder. In the
 * end each record that is an event has exactly one row, and nothing is in quarantine. Exits with 1 where it is not so.
 */

const { values } = parseArgs({
  options: { records: { type: 'string', default: '1000000' }, 'kill-seconds': { type: 'string', default: '8' } },
});
const records = Number(values.records);
const say = (line: string) => process.stdout.write(`${line}\n`);
const killSeconds = Number(values['kill-seconds']);
const hourMillis = 3_600_000;
/** On a busy machine, after a kill. */
const startTimeoutMillis = 300_000;
const exportMillis = 3 * hourMillis;

const scratch = makeScratchFolder();
const dataFolder = join(scratch.path, 'data');
const mapping = readFileSync(join(projectFolder, 'schemas/legacy/music-tv.json'), 'utf8');
let deployment: LocalProcess = await startLocal({ dataFolder, startTimeoutMillis });
let port = Number(new URL(deployment.url).port);
let kills = 0;

function writeFile(name: string, data: string | Uint8Array): string {
  const path = join(scratch.path, name);
  writeFileSync(path, data);
  return path;
}

/** Uploads a file and waits for its end; `meanwhile` runs as long as it takes. */
async function exportFile(path: string, meanwhile: (isOver: () => boolean) => Promise<void> = async () => {}) {
  const startedAtMillis = Date.now();
  const key = await uploadLegacy(deployment, { name: 'music-tv', mapping, path });
  let over = false;
  const disturbing = meanwhile(() => over);
  await waitFor(
    `the export of ${path}`,
    async () => {
      // A deployment that was killed does not answer.
      const state = await legacyState(deployment, key).catch(() => undefined);
      if (state?.['state'] === 'refused') throw new Error(`the file was refused: ${String(state['reason'])}`);
      over = state?.['state'] === 'done';
      return over ? state : undefined;
    },
    exportMillis,
  );
  await disturbing;
  const seconds = (Date.now() - startedAtMillis) / 1_000;
  say(`${path.split('/').at(-1)}: ${seconds.toFixed(0)} s, ${kills} kills so far`);
}

async function killAgainAndAgain(isOver: () => boolean): Promise<void> {
  while (!isOver()) {
    await delay((0.5 + Math.random()) * killSeconds * 1_000);
    if (isOver()) return;
    await deployment.kill();
    kills++;
    deployment = await startLocal({ dataFolder, port, startTimeoutMillis });
    port = Number(new URL(deployment.url).port);
  }
}

async function main(): Promise<boolean> {
  const text = legacyFileText(musicFile(1, Date.now() - 2 * hourMillis), records);
  const lines = text.split(/(?<=\n)/);
  const events = lines.filter((line) => line.startsWith('play\t')).length;
  const [first, second] = [Math.floor(records * 0.21), Math.floor(records * 0.68)];
  await exportFile(writeFile('whole.tsv', text));
  await exportFile(writeFile('third.tsv', lines.slice(second).join('')));
  await exportFile(writeFile('second.tsv.gz', gzipSync(lines.slice(first, second).join(''))));
  await exportFile(writeFile('first.tsv.zst', zstdCompressSync(lines.slice(0, first).toReversed().join(''))));
  await exportFile(writeFile('again.tsv', text), killAgainAndAgain);
  await waitUntilIdle(deployment, exportMillis);
  const [found] = await query(
    deployment,
    `SELECT count(*) AS found, count(DISTINCT event_time) AS times FROM events.${trackPlayedTable}`,
  );
  const [kept] = await query(deployment, 'SELECT count(*) AS found FROM operations.quarantine');
  const { deadLetters } = await readStatus(deployment);
  const [rows, times, quarantined] = [found?.['found'], found?.['times'], kept?.['found']].map(Number);
  say(`${records} records, ${events} of them events: ${rows} rows, ${times} times, ${kills} kills`);
  say(`${quarantined} in quarantine, ${deadLetters} dead letters`);
  if (kills === 0) say('no kill came before the end of the file: take more records, or fewer seconds');
  return kills > 0 && rows === events && times === events && quarantined === 0 && deadLetters === 0;
}

try {
  if (!(await main())) process.exitCode = 1;
} finally {
  await deployment.stop();
  scratch.remove();
}
