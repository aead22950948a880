import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { asObject, type JsonObject } from '../../../shared/event/json.ts';
import { tableName } from '../../../shared/event-types/table.ts';
import type { Clock } from '../../../shared/ports/clock.ts';
import { legacySdkPrefix } from '../../../shared/sdks/legacy.ts';
import type { RunningDeployment } from '../../local/running.ts';
import { datasets, quarantineTable } from '../../naming.ts';
import { CliError } from '../cli-error.ts';
import { openMapping } from '../legacy/mapping-files.ts';
import { askOperator } from '../operator-client.ts';
import { sleep } from '../sleep.ts';
import { playbackType } from './playback-events.ts';
import type { Ask } from './query-rows.ts';
import type { DemoRun } from './run.ts';

/** The worked example of `schemas/legacy`: players of televisions. */
const mappingName = 'music-tv';
const [plays, heartbeats] = [36, 3];
const playMillis = 200_000;

/** A file of players that are updated no more, and what has to come of its records. */
interface LegacyFile {
  readonly text: string;
  readonly records: number;
  readonly plays: number;
  /** What the mapping leaves out. */
  readonly skipped: number;
  readonly bad: number;
}

/** What became of it. */
interface LegacyTotals {
  /** Of all exports together. */
  readonly records: number;
  readonly accepted: number;
  readonly skipped: number;
}

interface Exported {
  readonly file: LegacyFile;
  readonly exports: number;
  readonly totals: LegacyTotals;
}

interface LegacyCounts {
  readonly rows: number;
  /** Different bad records in quarantine. */
  readonly quarantined: number;
}

export type LegacyResult = Exported & LegacyCounts;

/** Records as the mapping's shortest lines have them, of one evening; the last of them broke off while it was written. */
function makeLegacyFile(run: DemoRun): LegacyFile {
  const sql = (millis: number) => new Date(millis).toISOString().replace('T', ' ').replace('Z', '');
  const at = (number: number) => sql(run.startMillis - (plays - number) * playMillis);
  const device = (number: number) => [`tv-${run.tag}-${number % 4}`, `customer-${number % 4}`];
  const lines = [
    ...Array.from({ length: plays }, (_, number) =>
      ['play', at(number), ...device(number), `t:${number % 7}`, '199.5', 'F', modelOf(run), '4.2.1'].join('\t'),
    ),
    ...Array.from({ length: heartbeats }, (_, number) => ['heartbeat', at(number), ...device(number)].join('\t')),
    ['play', run.tag].join('\t'),
  ];
  return {
    text: lines.map((line) => `${line}\n`).join(''),
    records: lines.length,
    plays,
    skipped: heartbeats,
    bad: 1,
  };
}

/** Tells rows of the run: their ids are derived of records. */
function modelOf({ tag }: DemoRun): string {
  return `Demo TV ${tag}`;
}

interface ExportOptions {
  readonly deployment: RunningDeployment;
  readonly schemaFolder: string;
  readonly run: DemoRun;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

const maxExportMillis = 60_000;
const pollMillis = 100;

/** Exports the file, and then the same again, compressed and under another name. Rejects with `CliError`. */
export async function exportTwice(options: ExportOptions): Promise<Exported> {
  const file = makeLegacyFile(options.run);
  const folder = await mkdtemp(join(tmpdir(), 'edi-demo-'));
  try {
    const uploads = [
      { name: `demo-${options.run.tag}.tsv`, bytes: Buffer.from(file.text) },
      { name: `demo-${options.run.tag}-again.tsv.gz`, bytes: gzipSync(file.text) },
    ];
    const totals = { records: 0, accepted: 0, skipped: 0 };
    for (const { name, bytes } of uploads) {
      const path = join(folder, name);
      await writeFile(path, bytes);
      const counts = asObject((await exportFile(path, options))['counts']);
      for (const count of ['records', 'accepted', 'skipped'] as const) totals[count] += Number(counts[count] ?? 0);
    }
    return { file, exports: uploads.length, totals };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function exportFile(
  path: string,
  { deployment, schemaFolder, clock, signal }: ExportOptions,
): Promise<JsonObject> {
  const { mapping, text } = await openMapping(schemaFolder, mappingName);
  const { key } = await askOperator(deployment, '/legacy', { name: mapping.name, mapping: text, path });
  const endMillis = clock.nowMillis() + maxExportMillis;
  for (;;) {
    const state = asObject((await askOperator(deployment, `/legacy/${String(key)}`))['state']);
    if (state['state'] === 'done' || signal.aborted) return state;
    if (state['state'] === 'refused' || state['state'] === 'paused' || clock.nowMillis() >= endMillis) {
      const told = `after ${maxExportMillis / 1_000} s: ${String(state['state'] ?? 'it was not begun')}`;
      throw new CliError(
        `the demo's legacy file is not exported ${told}. The deployment's log (edi.log in its data folder) may say why.`,
      );
    }
    await sleep(clock, pollMillis, signal);
  }
}

/** Rows of the run's file in the exact view, and its bad records in quarantine, each once. */
export async function countLegacy(ask: Ask, run: DemoRun): Promise<LegacyCounts> {
  const sdk = `${legacySdkPrefix}${mappingName}`;
  const { rows } = await ask(`SELECT
  (SELECT COUNT(*) FROM ${datasets.exact}.${tableName(playbackType)}
    WHERE sdk = '${sdk}' AND data.client.device_model = '${modelOf(run)}') AS events,
  (SELECT COUNT(DISTINCT record_key) FROM ${datasets.operations}.${quarantineTable}
    WHERE sdk = '${sdk}' AND errors[2].path LIKE '%demo-${run.tag}%') AS quarantined`);
  const [events, quarantined] = rows[0] ?? [];
  return { rows: Number(events ?? 0), quarantined: Number(quarantined ?? 0) };
}
