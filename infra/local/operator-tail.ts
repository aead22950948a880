import type { IncomingMessage, ServerResponse } from 'node:http';
import { answerJson } from '../../shared/http/http.ts';
import type { LiveRow } from './live-feed.ts';
import type { LocalDeployment } from './local-deployment.ts';
import { readTailHistory, rowIdentity, tailHistory } from './tail-history.ts';
import { maxTailHistory } from './tail-request.ts';

/** What one watcher may lag behind before rows are left out for it. */
const maxWatcherBytes = 8 * 1_048_576;

/**
 * JSON lines `{dataset, table, row}` until the client goes away; `{lost: n}` where the client was too slow. With `?last=N`
 * the latest rows of before come first, then `{history: n}`; none is told twice, and none is missing in between.
 */
export async function answerTail(
  { feed, warehouse }: LocalDeployment,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const { searchParams } = new URL(request.url ?? '', 'http://operator.invalid');
  const wanted = readTailHistory(searchParams);
  if (wanted === undefined) {
    return answerJson(response, 400, { error: `last is 0 to ${maxTailHistory}, and type the name of an event type` });
  }
  response.writeHead(200, { 'content-type': 'application/x-ndjson' });
  response.flushHeaders();
  let lost = 0;
  let held: LiveRow[] | undefined = searchParams.has('last') ? [] : undefined;
  const stop = feed.watch((row) => {
    if (response.writableLength > maxWatcherBytes || (held !== undefined && held.length >= maxTailHistory)) {
      lost++;
      return;
    }
    if (held !== undefined) held.push(row);
    else write(row);
  });
  response.on('close', stop);

  function write({ dataset, table, row }: LiveRow): void {
    if (lost > 0) response.write(`${JSON.stringify({ lost })}\n`);
    lost = 0;
    response.write(`{"dataset":${JSON.stringify(dataset)},"table":${JSON.stringify(table)},"row":${row}}\n`);
  }

  if (held === undefined) return;
  const history = await tailHistory(warehouse, wanted).catch((): LiveRow[] => []);
  for (const row of history) write(row);
  response.write(`${JSON.stringify({ history: history.length })}\n`);
  const told = new Set(history.map(rowIdentity));
  const waiting = held;
  held = undefined;
  for (const row of waiting) if (!told.has(rowIdentity(row))) write(row);
}
