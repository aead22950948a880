import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { appendFileSync, copyFileSync, existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { openReadOnlyFile, runReadOnlyQuery } from '../../../shared/adapters/embedded/duckdb/query.ts';
import { openSampleWarehouse, openTestWarehouse, rowsOf } from './fixture.ts';
import { eventRow, eventTable } from './rows.ts';
import { temporaryFolder } from './temporary-folder.ts';

const program = fileURLToPath(new URL('append-until-killed.ts', import.meta.url));
const perBatch = 'SELECT data.number, count(*) FROM events_raw.shop_sale_v1 GROUP BY ALL ORDER BY 1';

/** Lets a process append until it has answered `batches` batches, then kills it in the middle of the next. */
async function appendAndKill(path: string, batches: number): Promise<{ answered: number; heldMeanwhile: boolean }> {
  const child = spawn(process.execPath, [program, path], { stdio: ['ignore', 'pipe', 'inherit'] });
  const exited = once(child, 'exit');
  let answered = 0;
  let heldMeanwhile = false;
  for await (const _ of createInterface({ input: child.stdout })) {
    answered += 1;
    if (answered === 1) heldMeanwhile = (await openReadOnlyFile(path)).kind === 'held';
    if (answered === batches) child.kill('SIGKILL');
  }
  await exited;
  return { answered, heldMeanwhile };
}

it('has every answered batch, whole, after the process was killed', async () => {
  const path = join(temporaryFolder(), 'edi.duckdb');
  const { answered, heldMeanwhile } = await appendAndKill(path, 12);
  expect(heldMeanwhile).toBe(true);
  expect(answered).toBeGreaterThanOrEqual(12);

  const file = await openReadOnlyFile(path);
  if (file.kind !== 'opened') throw new Error(file.kind);
  const readOnly = await runReadOnlyQuery(file.source, perBatch, { maxRows: 1_000_000, timeoutMillis: 10_000 });
  await file.close();

  const rows = await rowsOf(await openTestWarehouse(path), perBatch);
  expect(rows.length).toBeGreaterThanOrEqual(answered);
  expect(rows).toEqual(rows.map((_, batch) => [batch, 20]));
  expect(readOnly).toMatchObject({ rows });
});

describe('after a power failure', () => {
  const pageBytes = 4_096;
  const numbers = 'SELECT data.number FROM events_raw.shop_sale_v1 WHERE data.number > 100 ORDER BY 1';

  /** A warehouse as it is on the disk after two more commits, of which the log has told the first to whoever waited. */
  async function onDisk() {
    const path = join(temporaryFolder(), 'edi.duckdb');
    const warehouse = await openSampleWarehouse(path);
    await warehouse.append(eventTable, [eventRow('c', 101)]);
    const syncedBytes = statSync(`${path}.wal`).size;
    const many = Array.from({ length: 500 }, (_, at) => eventRow(`d${at}`, 1_000 + at));
    await warehouse.append(eventTable, many);
    const copy = join(temporaryFolder(), 'edi.duckdb');
    copyFileSync(path, copy);
    copyFileSync(`${path}.wal`, `${copy}.wal`);
    return { copy, log: `${copy}.wal`, syncedBytes };
  }

  it.each([
    ['the first of its pages', 0],
    ['one in the middle', 2],
  ])('has what was answered where the log behind it lacks %s', async (_, page) => {
    const { copy, log, syncedBytes } = await onDisk();
    const bytes = readFileSync(log);
    const start = page === 0 ? syncedBytes : (Math.floor(syncedBytes / pageBytes) + page) * pageBytes;
    expect(bytes.length).toBeGreaterThan(start + pageBytes);
    writeFileSync(log, bytes.fill(0, start, start + pageBytes));
    expect(await rowsOf(await openTestWarehouse(copy), numbers)).toEqual([[101]]);
    expect(readFileSync(`${log}.torn`)).toEqual(bytes);
  });

  it('has everything where the file is longer than what was written', async () => {
    const { copy, log } = await onDisk();
    appendFileSync(log, Buffer.alloc(2 * pageBytes));
    expect(await rowsOf(await openTestWarehouse(copy), numbers)).toHaveLength(501);
  });

  it('is cut for nobody who only reads', async () => {
    const { copy, log } = await onDisk();
    appendFileSync(log, Buffer.alloc(2 * pageBytes));
    expect(await openReadOnlyFile(copy)).toMatchObject({ kind: 'unusable' });
    expect(existsSync(`${log}.torn`)).toBe(false);
  });
});
