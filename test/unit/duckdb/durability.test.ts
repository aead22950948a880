import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { openReadOnlyFile, runReadOnlyQuery } from '../../../shared/adapters/embedded/duckdb/query.ts';
import { openTestWarehouse, rowsOf } from './fixture.ts';
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
