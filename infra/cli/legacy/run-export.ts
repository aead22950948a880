import { stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { readFirstBad } from '../../../functions/export-legacy/export-state.ts';
import { asObject, type JsonObject } from '../../../shared/event/json.ts';
import type { RunningDeployment } from '../../local/running.ts';
import { CliError } from '../cli-error.ts';
import type { CommandIo } from '../command-io.ts';
import { durationText } from '../demo/progress-bar.ts';
import { findByUrl, notRunning } from '../find-deployment.ts';
import { askOperator } from '../operator-client.ts';
import { fileTexts } from './end-text.ts';
import { openMapping } from './mapping-files.ts';

export interface ExportFlags {
  readonly schemas: string;
  readonly url: string;
  readonly json: boolean;
}

const pollMillis = 200;
/** In which nothing more happens to a file, or not before somebody mends something. */
const endStates: ReadonlySet<string> = new Set(['done', 'refused', 'paused']);

/** Uploads files to a running deployment, one after the other, and tells how far each is. Answers the exit code. */
export async function runExport(
  name: string,
  files: readonly string[],
  flags: ExportFlags,
  io: CommandIo,
): Promise<number> {
  const { mapping, text } = await openMapping(flags.schemas, name);
  for (const file of files) {
    const isFile = await stat(file).then(
      (stats) => stats.isFile(),
      () => false,
    );
    if (!isFile) throw new CliError(`${file} is no file that can be read`);
  }
  const deployment = findByUrl(flags.url);
  if (deployment === undefined) throw notRunning(flags.url);
  let failed = false;
  for (const file of files) {
    const { key, sizeBytes } = await askOperator(
      deployment,
      '/legacy',
      { name: mapping.name, mapping: text, path: resolve(file) },
      uploadMillis,
    );
    const state = await watch({ deployment, key: String(key), file, sizeBytes: Number(sizeBytes) }, io);
    failed ||= state['state'] !== 'done';
    await io.out.write(flags.json ? `${JSON.stringify({ file, ...state })}\n` : `${summary(file, state)}\n`);
  }
  return failed ? 1 : 0;
}

/** A large file is copied before the answer. */
const uploadMillis = 3_600_000;

interface Watched {
  readonly deployment: RunningDeployment;
  readonly key: string;
  readonly file: string;
  readonly sizeBytes: number;
}

async function watch({ deployment, key, file, sizeBytes }: Watched, io: CommandIo): Promise<JsonObject> {
  const signal = io.interrupted();
  for (;;) {
    const state = asObject((await askOperator(deployment, `/legacy/${key}`))['state']);
    const isOver = endStates.has(String(state['state']));
    if (io.err.isTerminal) {
      // A line that wraps would not be updated in place.
      const line = bar(file, state, sizeBytes).slice(0, Math.max(1, (io.err.columns ?? Number.MAX_SAFE_INTEGER) - 1));
      await io.err.write(`\r\u001b[2K${line}${isOver ? '\n' : ''}`);
    }
    if (isOver) return state;
    if (signal.aborted)
      throw new CliError(`${file} is exported further by the deployment; run the command again to watch`);
    await wait(pollMillis);
  }
}

const barWidth = 30;

/** Of a compressed file nobody knows how much is left, so records are shown alone. */
function bar(file: string, state: JsonObject, sizeBytes: number): string {
  const { records = 0 } = asObject(state['counts']);
  const { toldTo = 0 } = asObject(state['checkpoint']);
  const isOver = state['state'] === 'done';
  const share = isOver
    ? 1
    : sizeBytes === 0 || state['compressed'] === true
      ? 0
      : Math.min(1, Number(toldTo) / sizeBytes);
  const full = Math.round(share * barWidth);
  const { startedAtMillis = 0, savedAtMillis = 0 } = state;
  const passedMillis = Math.max(1, Number(savedAtMillis) - Number(startedAtMillis));
  const rate = (Number(records) * 1_000) / passedMillis;
  const left = share > 0 && share < 1 ? `, ${durationText((passedMillis * (1 - share)) / share)} left` : '';
  return `${file} [${'='.repeat(full)}${' '.repeat(barWidth - full)}] ${String(records)} records, ${rate.toFixed(0)}/s${left}`;
}

function summary(file: string, state: JsonObject): string {
  const { records = 0, accepted = 0, skipped = 0, reasons = {} } = asObject(state['counts']);
  const refused = Object.entries(asObject(reasons)).map(([reason, count]) => `, ${String(count)} ${reason}`);
  return `${file}: ${String(records)} records: ${String(accepted)} accepted, ${String(skipped)} left out${refused.join('')}${endText(state)}`;
}

function endText({ state, reason, firstBad }: JsonObject): string {
  if (state === 'done') return '';
  if (state !== 'paused') {
    const why = fileTexts[String(reason)];
    return `; the file could not be read to its end (${String(reason)})${why === undefined ? '' : `: ${why}`}`;
  }
  const first = readFirstBad(firstBad).map(
    ({ reason: why, path, line, offset }) => `\n  line ${line}, byte ${offset}: ${why}${path === '' ? '' : ` ${path}`}`,
  );
  return `; too many records are bad, and the rest of the file waits. The first of them:${first.join('')}
Mend the mapping (\`edi legacy preview\` shows what becomes of records) and export the file again: what came in stays once.`;
}
