import { mkdirSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import type { OutgoingHttpHeaders } from 'node:http';
import { dirname, join } from 'node:path';
import { Command } from 'commander';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { addScrubCommand } from '../../infra/cli/scrub.ts';
import { asList, asObject, isJsonObject, type JsonValue } from '../../shared/event/json.ts';
import { spawnEdi } from '../helpers/demo-report.ts';
import { legacyFileText, musicFile } from '../helpers/legacy-files.ts';
import { type LocalProcess, startLocal } from '../helpers/local-deployment.ts';
import { makeEvent, sendBatch, trackPlayedTable } from '../helpers/local-events.ts';
import { parseJson, send } from '../helpers/local-http.ts';
import { query, waitUntilIdle } from '../helpers/local-operator.ts';
import { makeScratchFolder, waitFor } from '../helpers/local-process.ts';
import { makeCollectingIo } from '../unit/cli/collecting-io.ts';

let deployment: LocalProcess;
const scratch = makeScratchFolder();
const event = makeEvent();

beforeAll(async () => {
  deployment = await startLocal({ flags: ['--quiet', '--legacy', scratch.path] });
  await sendBatch(deployment.url, { events: [event] });
  await waitUntilIdle(deployment);
});
afterAll(async () => {
  await deployment.stop();
  scratch.remove();
});

interface Request {
  readonly path?: string;
  readonly method?: string;
  /** `undefined` as a value leaves a header out. */
  readonly headers?: OutgoingHttpHeaders;
  readonly body?: string;
}

async function ask({ path = '/status', method, headers = {}, body }: Request) {
  const all = Object.entries({ authorization: `Bearer ${deployment.token}`, ...headers });
  const answer = await send({
    url: `${deployment.operatorUrl}${path}`,
    headers: Object.fromEntries(all.filter(([, value]) => value !== undefined)),
    ...(method === undefined ? {} : { method }),
    ...(body === undefined ? {} : { body }),
  });
  return { status: answer.status, body: parseJson(answer) };
}

describe('who may ask', () => {
  it('whoever has the token', async () => {
    expect(await ask({})).toMatchObject({ status: 200, body: { accepted: 1, rows: 1, backlog: 0 } });
  });

  it('nobody without it, with another, or with the key of an SDK', async () => {
    const { token } = deployment;
    const others = [undefined, '', token, `Bearer ${token}x`, `Bearer ${token.slice(1)}`, 'Bearer local-dev-key'];
    for (const path of ['/status', '/tail', '/query', '/nothing']) {
      for (const authorization of others) {
        const { status, body } = await ask({ path, headers: { authorization } });
        expect({ status, authorization }).toEqual({ status: 401, authorization });
        expect(JSON.stringify(body)).not.toContain(token);
      }
    }
  });

  it('no page of a browser: neither with an Origin, nor through a name that was rebound to 127.0.0.1', async () => {
    const { port } = new URL(deployment.operatorUrl);
    for (const origin of ['https://example.com', 'null', deployment.operatorUrl, deployment.url]) {
      expect((await ask({ headers: { origin } })).status, origin).toBe(403);
    }
    for (const host of ['example.com', `example.com:${port}`, '127.0.0.1', `127.0.0.1.example.com:${port}`]) {
      expect((await ask({ headers: { host } })).status, host).toBe(403);
    }
    expect((await ask({ headers: { host: `localhost:${port}` } })).status).toBe(200);
  });

  it('only the user can read the file that holds the token, and its folder', () => {
    const path = deployment.announcementPath;
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(statSync(dirname(path)).mode & 0o777).toBe(0o700);
  });

  it('only the user can read what the deployment keeps', () => {
    expect(statSync(deployment.dataFolder).mode & 0o777).toBe(0o700);
    for (const name of ['secrets.json', 'warehouse.duckdb', 'pubsub.sqlite', 'subject-keys.sqlite', 'edi.log']) {
      expect(statSync(join(deployment.dataFolder, name)).mode & 0o777, name).toBe(0o600);
    }
  });
});

describe('query', () => {
  async function runQuery(sql: JsonValue) {
    const { status, body } = await ask({ path: '/query', body: JSON.stringify({ sql }) });
    return { status, body: isJsonObject(body) ? body : {} };
  }

  it('answers a SELECT with columns and rows', async () => {
    const { status, body } = await runQuery(`SELECT event_id, sdk FROM events.${trackPlayedTable}`);
    expect(status).toBe(200);
    expect(body).toEqual({
      kind: 'rows',
      columns: [
        { name: 'event_id', type: 'VARCHAR' },
        { name: 'sdk', type: 'VARCHAR' },
      ],
      rows: [[event.id, 'ios']],
      truncated: false,
    });
  });

  it.each([
    `DELETE FROM events_raw.${trackPlayedTable}`,
    `INSERT INTO events_raw.${trackPlayedTable} (event_key) VALUES ('x')`,
    `UPDATE events_raw.${trackPlayedTable} SET sdk = 'x'`,
    `DROP VIEW events.${trackPlayedTable}`,
    'CREATE TABLE mine (a INTEGER)',
    `SELECT 1; DROP TABLE events_raw.${trackPlayedTable}`,
    `COPY events.${trackPlayedTable} TO '/tmp/edi-test-copy.csv'`,
    "ATTACH '/tmp/edi-test-attach.duckdb'",
    'INSTALL httpfs',
    'LOAD httpfs',
    'SET enable_external_access = true',
    'PRAGMA enable_profiling',
    "SELECT * FROM read_text('/etc/hostname')",
    "SELECT * FROM '/etc/passwd'",
    "SELECT * FROM read_csv('https://example.com/a.csv')",
    "SELECT * FROM glob('/*')",
    "SELECT getenv('HOME')",
    'not SQL',
  ])('refuses %s with a reason', async (sql) => {
    const { status, body } = await runQuery(sql);
    expect({ status, kind: body['kind'] }).toEqual({ status: 200, kind: 'refused' });
    expect(body['reason']).toEqual(expect.stringMatching(/./));
  });

  it('has changed nothing by all this', async () => {
    expect(await query(deployment, `SELECT sdk FROM events_raw.${trackPlayedTable}`)).toEqual([{ sdk: 'ios' }]);
    expect(await query(deployment, "FROM information_schema.tables WHERE table_name = 'mine'")).toEqual([]);
  });

  it('400 for a body that is no query', async () => {
    for (const body of ['', 'SELECT 1', '{}', '{"sql": 1}', '[]', `{"sql": "${'x'.repeat(2_000_000)}"}`]) {
      expect((await ask({ path: '/query', body })).status, body.slice(0, 20)).toBe(400);
    }
  });
});

it('tail tells of rows as they are written, and of rejections, without clear values', async () => {
  const abort = new AbortController();
  const response = await fetch(`${deployment.operatorUrl}/tail`, {
    headers: { authorization: `Bearer ${deployment.token}` },
    signal: abort.signal,
  });
  const followed = makeEvent({ subject: 'Trillian' });
  await sendBatch(deployment.url, { events: [followed, makeEvent({ data: { Trillian: 1 } })] });
  let text = '';
  const decoder = new TextDecoder();
  for await (const part of response.body ?? []) {
    text += decoder.decode(part, { stream: true });
    if (text.split('\n').length > 2) break;
  }
  abort.abort();
  const lines: JsonValue[] = text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  expect(lines).toHaveLength(2);
  expect(lines).toEqual(
    expect.arrayContaining([
      expect.objectContaining({ table: trackPlayedTable, row: expect.objectContaining({ event_id: followed.id }) }),
      expect.objectContaining({ table: 'quarantine', row: expect.objectContaining({ reason: 'schema' }) }),
    ]),
  );
  expect(text).not.toContain('Trillian');
});

it('tail begins with rows of before where that is asked for, says when they end, and goes on with what comes', async () => {
  const [before, after] = [makeEvent(), makeEvent()];
  await sendBatch(deployment.url, { events: [before] });
  await waitUntilIdle(deployment);
  const abort = new AbortController();
  const headers = { authorization: `Bearer ${deployment.token}` };
  const response = await fetch(`${deployment.operatorUrl}/tail?last=1`, { headers, signal: abort.signal });
  let text = '';
  const decoder = new TextDecoder();
  for await (const part of response.body ?? []) {
    text += decoder.decode(part, { stream: true });
    if (text.includes('{"history":1}') && !text.includes(after.id))
      await sendBatch(deployment.url, { events: [after] });
    if (text.includes(after.id)) break;
  }
  abort.abort();
  expect(text.split('\n').map((line) => /history|event_id":"[^"]+/.exec(line)?.[0].slice(-36))).toEqual(
    [before.id, 'history', after.id, undefined].slice(0, text.endsWith('\n') ? 4 : 3),
  );
  expect((await ask({ path: '/tail?last=many' })).status).toBe(400);
});

it('404 for anything else', async () => {
  for (const [method, path] of [
    ['POST', '/status'],
    ['GET', '/query'],
    ['GET', '/'],
    ['DELETE', '/tail'],
  ] as const) {
    expect((await ask({ path, method })).status, `${method} ${path}`).toBe(404);
  }
});

it('a legacy file that comes into the watched folder is exported, and a bad record of it is in quarantine', async () => {
  const text = legacyFileText(musicFile(1, Date.now() - 3_600_000), 100);
  const events = text.split('\n').filter((line) => line.startsWith('play\t')).length;
  const file = join(scratch.path, 'music-tv', 'one.tsv');
  mkdirSync(dirname(file));
  writeFileSync(file, `${text}play\tsoon\n`);
  // Nobody is writing to it any more.
  utimesSync(file, 1, 1);
  const rows = `SELECT count(*) AS found FROM events.${trackPlayedTable} WHERE sdk = 'legacy-music-tv'`;
  await waitFor('a row of each event', async () => {
    const [row] = await query(deployment, rows);
    return Number(row?.['found']) >= events ? row : undefined;
  });
  await waitUntilIdle(deployment);
  expect((await query(deployment, rows)).map(({ found }) => Number(found))).toEqual([events]);
  const kept = await query(deployment, "SELECT reason FROM operations.quarantine WHERE sdk = 'legacy-music-tv'");
  expect(kept).toEqual([{ reason: 'legacy-columns' }]);
  expect(deployment.output()).toContain('legacy: music-tv/one.tsv is being exported');

  const report = spawnEdi(['legacy', 'report', '--json', '--weeks', '2'], {
    ...deployment.env,
    EDI_URL: deployment.url,
  });
  expect(await report.exited, report.stderr()).toEqual({ code: 0, signal: null });
  const printed: JsonValue = JSON.parse(report.stdout());
  const { mappings, weeks } = asObject(printed);
  expect(mappings).toMatchObject([
    { mapping: 'music-tv', files: 1, records: 101, accepted: events, reasons: { 'legacy-columns': 1 }, removed: 0 },
  ]);
  // Beside them is the one that came first.
  const sums = ['events', 'legacyEvents'].map((name) =>
    asList(weeks).reduce<number>((sum, week) => sum + Number(asObject(week)[name]), 0),
  );
  expect(sums[1]).toBe(events);
  expect(sums[0]).toBeGreaterThan(events);
});

describe('a property that should never have been sent', () => {
  const [property, type] = ['/ms_played', 'playback.track-played.v1'];
  const span = ['--from', '2020-01-01', '--to', '2100-01-01', '--reason', 'ticket 18'];
  const of = (column: string, table: string) => query(deployment, `SELECT ${column} AS value FROM ${table}`);
  const played = () => of('data.ms_played IS NULL', `events.${trackPlayedTable} WHERE event_id = '${event.id}'`);
  const records = () => of('count(*)::INTEGER', `operations.quarantine WHERE type = '${type}'`);

  async function scrub(...flags: readonly string[]): Promise<string> {
    const io = makeCollectingIo();
    const url = `${deployment.operatorUrl}/functions/scrub-property`;
    const target = { name: 'the deployment', url, authorization: async () => `Bearer ${deployment.token}` };
    const program = new Command().exitOverride();
    addScrubCommand(program, io, async () => target);
    await program.parseAsync(['scrub', '--property', property, ...span, ...flags], { from: 'user' });
    return io.outText();
  }

  it('is counted in a dry run, then leaves table and quarantine, and is in the ledger', async () => {
    await sendBatch(deployment.url, { events: [makeEvent({ data: { wrong: 1 } })] });
    await waitUntilIdle(deployment);
    const before = await records();
    expect(await scrub('--type', 'playback.track-played', '--dry-run')).toMatch(
      /^scrub [0-9a-f-]{36}: dry run\n\d+ rows would be emptied, [1-9] records of the quarantine would be deleted/,
    );
    expect([await played(), await records()]).toEqual([[{ value: false }], before]);
    const receipt = JSON.parse(await scrub('--type', type, '--json'));
    expect(receipt).toMatchObject({ state: 'done', records: before[0]?.['value'], files: 0, types: [type] });
    expect([await played(), await records()]).toEqual([[{ value: true }], [{ value: 0 }]]);
    const ledger = await query(deployment, 'SELECT state, property, reason FROM operations.scrubs ORDER BY state');
    expect(ledger).toEqual(['begun', 'done'].map((state) => ({ state, property, reason: 'ticket 18' })));
  });
});
