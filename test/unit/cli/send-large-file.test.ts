import { closeSync, openSync, writeSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { createGunzip } from 'node:zlib';
import { expect, test } from 'vitest';
import { runCli } from '../../../infra/cli/program.ts';
import { closeServer, listenOnLoopback } from '../../../infra/local/function-servers.ts';
import { makeScratchFolder } from '../../helpers/local-process.ts';
import { makeCollectingIo } from './collecting-io.ts';

test('edi send loses nothing of a file that is larger than a queue of the client, while the receiver fails', async () => {
  const scratch = makeScratchFolder();
  const lines = 2_000;
  const path = join(scratch.path, 'events.jsonl');
  const file = openSync(path, 'a');
  for (let at = 0; at < lines; at++) {
    const data = `{"long":"${'x'.repeat(35_000)}"}`;
    const event = `{"specversion":"1.0","id":"${at}","source":"file","type":"shop.order.v1","time":"2026-01-01T00:00:00Z","data":${data}}`;
    writeSync(file, `${event}\n`);
  }
  closeSync(file);
  const ids = new Set<string>();
  let failing = 2;
  const server = createServer(async (request, response) => {
    const isGzip = request.headers['content-encoding'] === 'gzip';
    const body = await text(isGzip ? request.pipe(createGunzip()) : request);
    if (request.method === 'GET' || failing-- > 0) {
      response.writeHead(500).end();
      return;
    }
    const events: { readonly id: string }[] = JSON.parse(body);
    for (const { id } of events) ids.add(id);
    response.end(JSON.stringify({ accepted: events.length, duplicates: 0, rejected: [] }));
  });
  const url = `http://127.0.0.1:${await listenOnLoopback(server, 0)}`;
  const io = makeCollectingIo();
  const state = join(scratch.path, 'state');
  const code = await runCli(['send', path, '--url', url, '--key', 'key', '--state', state], io);
  expect([code, io.outText()]).toEqual([0, `${lines} lines: ${lines} sent now, 0 rejected, 0 unreadable, 0 left\n`]);
  expect(ids.size).toBe(lines);
  await closeServer(server);
  scratch.remove();
});
