import type { IncomingMessage, ServerResponse } from 'node:http';
import { Command } from 'commander';
import { afterEach, expect, test } from 'vitest';
import { CliError } from '../../../infra/cli/cli-error.ts';
import type { SmokeCheckName } from '../../../infra/cli/smoke/checks.ts';
import { notThere, readPushLogs } from '../../../infra/cli/smoke/google-answers.ts';
import type { SmokePorts } from '../../../infra/cli/smoke/ports.ts';
import { addSmokeCommand } from '../../../infra/cli/smoke.ts';
import { duckDb } from '../../../infra/sql-dialect.ts';
import { createDeploymentReader } from '../../../shared/adapters/gcp/deployment-reader.ts';
import type { JsonObject, JsonValue } from '../../../shared/event/json.ts';
import { Unavailable } from '../../../shared/ports/unavailable.ts';
import { replayRunJson } from '../../../shared/quarantine/replay-run.ts';
import { serveHandler } from '../../helpers/handler-server.ts';
import { promptClock } from '../../helpers/prompt-clock.ts';
import { makeCollectingIo } from './collecting-io.ts';

const nowMillis = Date.UTC(2026, 10, 29, 1);
const closers: (() => void)[] = [];
afterEach(() => {
  for (const close of closers.splice(0)) close();
});

/** What a deployment answers; the defaults are those of one that is well. */
interface World {
  readonly health: number | undefined;
  readonly withoutKey: number;
  readonly strangers: number;
  /** By write key; what is not here is refused with 401. */
  readonly accepted: boolean | string;
  /** Of the exact view, for each event. */
  readonly exact: JsonObject | undefined;
  readonly base: JsonObject | Error;
  readonly keeps: boolean;
  readonly reason: string | undefined;
  readonly stay: Readonly<Record<string, number>>;
  readonly replayed: number;
  readonly freshness: JsonObject;
  readonly bytes: readonly [whole: number, oneDay: number];
  readonly removedAt: string | undefined;
  readonly refusal: string | undefined;
  readonly rowsFail: Error | undefined;
}

const well: World = {
  health: 200,
  withoutKey: 401,
  strangers: 403,
  accepted: true,
  exact: { copies: 1, source: 'AU5HpAKAeFm0', seconds: 1.25 },
  base: { passed: 1, marked: 0 },
  keeps: true,
  reason: 'schema',
  stay: { schema: 1 },
  replayed: 0,
  freshness: { answers: 1, p99_seconds: 2, computed_micros: (nowMillis - 60_000) * 1_000 },
  bytes: [1_000, 0],
  removedAt: undefined,
  refusal: undefined,
  rowsFail: undefined,
};

async function smoke(parts: Partial<World> = {}, ...args: readonly string[]) {
  const world: World = { ...well, ...parts };
  const sent: string[] = [];
  const asked: JsonObject[] = [];
  let refusals = 0;
  const clock = promptClock(nowMillis);
  const { url, close } = await serveHandler(async (request: IncomingMessage, response: ServerResponse) => {
    for await (const chunk of request) asked.push(JSON.parse(String(chunk)));
    const totals = { records: 1, read: 1, replayed: world.replayed, replayedBefore: 0, stay: world.stay };
    const run = replayRunJson({
      ...{ id: 'r', request: { filter: { recordKey: 'k' }, dryRun: false }, totals, state: 'done' },
      ...{ leasedUntilMillis: 1, startedAtMillis: 0 },
    });
    response.writeHead(200).end(`${JSON.stringify({ run, end: 'done' })}\n`);
  });
  closers.push(close);
  const ports: SmokePorts = {
    target: 'the test',
    frontDoor: {
      url: 'https://door',
      health: async () =>
        world.health === undefined ? undefined : { status: world.health, body: { registryVersion: 7 } },
      withoutKey: async () => ({ status: world.withoutKey, body: {} }),
      client: (key) => ({
        send: async () => ({ kind: 'refused', status: key === 'good' ? 200 : 401, detail: 'no such key' }),
        async sendEvents(events) {
          const text = JSON.stringify(events);
          sent.push(text);
          const isRefused = text.includes('"step":"refused"');
          if (isRefused && world.keeps) refusals += 1;
          const why = isRefused ? world.reason : typeof world.accepted === 'string' ? world.accepted : undefined;
          const rejected = why === undefined ? [] : [{ reason: why }];
          const answer = { accepted: events.length - rejected.length, rejected };
          return { kind: 'answered', answer, retries: 0 };
        },
      }),
    },
    key: 'good',
    async rows(queryOf) {
      if (world.rowsFail !== undefined) throw world.rowsFail;
      const sql = queryOf(duckDb);
      if (sql.includes('quarantine')) {
        return refusals === 0 ? [] : [{ record_key: 'k', received_micros: 1_000 + refusals }];
      }
      if (sql.includes('freshness')) return [world.freshness];
      if (!sql.includes('events_raw')) return world.exact === undefined ? [] : [world.exact];
      if (world.base instanceof Error) throw world.base;
      return [world.base];
    },
    dryRunBytes: async (queryOf) => world.bytes[queryOf(duckDb).includes('2001-01-02') ? 1 : 0],
    pushLogs: async () => ({
      ...(world.removedAt === undefined ? {} : { removedAt: world.removedAt }),
      ...(world.refusal === undefined ? {} : { refusal: world.refusal }),
    }),
    replay: { name: 'the test', url, authorization: async () => 'Bearer t' },
    replayWithoutToken: async () => world.strangers,
    lacks: {},
    clock,
    signal: new AbortController().signal,
    maxWaitMillis: 0,
    pollMillis: 1,
  };
  const io = makeCollectingIo();
  let exitCode = 0;
  const program = new Command().exitOverride();
  const exit = (code: number) => {
    exitCode = code;
  };
  addSmokeCommand(program, io, { exit, open: async () => ports });
  await program.parseAsync(['smoke', ...args], { from: 'user' });
  return { exitCode, out: io.outText(), sent, asked };
}

/** Outcome and text of one check. */
async function outcomeOf(name: SmokeCheckName, parts: Partial<World>) {
  const { exitCode, out } = await smoke(parts);
  const line = out.split('\n').find((one) => one.startsWith(`${name} `)) ?? '';
  return { exitCode, line };
}

test('a deployment that is well passes every check, a line each', async () => {
  const { exitCode, out, sent, asked } = await smoke();
  expect(exitCode).toBe(0);
  const lines = out.trimEnd().split('\n');
  expect(lines.map((line) => line.slice(0, 31).trim().split(/\s+/).slice(0, 2))).toEqual(
    [
      ...['front-door', 'authentication', 'acceptance', 'rows', 'push-authentication', 'dedup', 'quarantine'],
      ...['replay', 'freshness', 'pruning'],
    ].map((name) => [name, 'ok']),
  );
  expect(asked).toEqual([{ filter: { recordKey: 'k' }, dryRun: false }]);
  // The resend is the same to the byte, and has another event beside it.
  const [first = '', again = ''] = sent;
  expect(again.startsWith(first.slice(0, -1))).toBe(true);
  expect(again).toContain('"step":"beside"');
  // However often smoke tests run, the quarantine has one record of a day.
  expect((await smoke()).sent[2]).toBe(sent[2]);
  expect(new Set(sent.join().match(/"(?:source|type)":"[^"]+"/g))).toEqual(
    new Set(['"source":"urn:edi:smoke"', '"type":"edi.smoke.v1"']),
  );
});

test('--json tells the same as one object', async () => {
  const { out } = await smoke({}, '--json');
  const told = JSON.parse(out);
  expect(told.target).toBe('the test');
  expect(told.checks[0]).toEqual({
    name: 'front-door',
    outcome: 'ok',
    text: 'https://door, registry version 7',
    what: expect.any(String),
  });
});

test.each<[string, SmokeCheckName, Partial<World>, RegExp]>([
  ['nobody answers', 'front-door', { health: undefined }, /nobody answers at https:\/\/door/],
  ['everybody is not invoker', 'front-door', { health: 403 }, /domain-restricted sharing/],
  ['ingest is not there', 'front-door', { health: 404 }, /not deployed there/],
  ['there are no schemas', 'front-door', { health: 503 }, /has no schemas/],
  ['no key is asked for', 'authentication', { withoutKey: 200 }, /without a key 200/],
  ['anybody may replay', 'authentication', { strangers: 200 }, /replay without a token 200/],
  ['the type is not there', 'acceptance', { accepted: 'unknown-type' }, /deploy the event types/],
  ['the key is of another SDK', 'acceptance', { accepted: 'sdk' }, /edi keys create --sdk edi-smoke/],
  ['no row comes', 'rows', { exact: undefined }, /nothing came within 0 s/],
  ['there are two rows', 'rows', { exact: { copies: 2, source: 'x' } }, /2 rows of one event/],
  ['the source is in the clear', 'rows', { exact: { copies: 1, source: 'urn:edi:smoke' } }, /not pseudonymized/],
  ['pushes are refused', 'push-authentication', { exact: undefined, refusal: 'wrong audience' }, /wrong audience/],
  ['dedup lets a resend through', 'dedup', { base: { passed: 2, marked: 0 } }, /2 receipts of one event/],
  ['a broken event is accepted', 'quarantine', { reason: undefined }, /ingest accepted it/],
  ['a broken event is not kept', 'quarantine', { keeps: false }, /operations.quarantine has no row/],
  ['the record does not open', 'replay', { stay: { unreadable: 1 } }, /unreadable/],
  ['the record is not found', 'replay', { stay: {} }, /one record has to stay/],
  ['a broken record is published', 'replay', { stay: {}, replayed: 1 }, /"replayed":1/],
  ['rows come late', 'freshness', { freshness: { ...well.freshness, p99_seconds: 301 } }, /more than 300 s/],
  ['a filter reads everything', 'pruning', { bytes: [1_000, 1_000] }, /reads as much as none/],
  ['the view is not there', 'rows', { rowsFail: new CliError('no such view') }, /no such view/],
])('where %s, %s has failed', async (_, name, parts, text) => {
  const { exitCode, line } = await outcomeOf(name, parts);
  expect(line).toMatch(new RegExp(`^${name} +failed`));
  expect(line).toMatch(text);
  expect(exitCode).toBe(1);
});

test.each<[string, SmokeCheckName, Partial<World>, RegExp]>([
  ['BigQuery does not answer', 'rows', { rowsFail: new Unavailable('quarantine-table', 'HTTP status 403') }, /403/],
  ['no hour has been computed', 'freshness', { freshness: { answers: 0 } }, /nothing of the type yet.*1\.3 s/],
  ['the hour is long ago', 'freshness', { freshness: { answers: 1, computed_micros: 1, p99_seconds: 1 } }, /1970/],
  ['rows are only buffered', 'pruning', { bytes: [0, 0] }, /counts no bytes yet/],
])('where %s, %s is not checked, which is no success', async (_, name, parts, text) => {
  const { exitCode, line } = await outcomeOf(name, parts);
  expect(line).toMatch(new RegExp(`^${name} +not checked`));
  expect(line).toMatch(text);
  expect(exitCode).toBe(3);
});

test('what cannot be true without another check is not looked at after that one failed', async () => {
  const { out, exitCode } = await smoke({ health: undefined });
  expect(out.match(/not checked it needs "/g)).toHaveLength(8);
  expect(exitCode).toBe(1);
});

test('which push authentication it was is told, and base tables that nobody may read are no failure', async () => {
  expect((await outcomeOf('push-authentication', {})).line).toContain('signatures were verified');
  const removed = await outcomeOf('push-authentication', { removedAt: '2026-11-29T00:00:00Z' });
  expect(removed.line).toMatch(/ok +Cloud Run takes signatures out.*2026-11-29T00:00:00Z/);
  const closed = await outcomeOf('dedup', { base: new Unavailable('quarantine-table', 'HTTP status 403') });
  expect(closed.line).toMatch(/ok +one row in the exact view; the base table was not looked at: HTTP status 403/);
});

test('of an environment BigQuery tells what a query would read, and Cloud Logging how pushes were judged', async () => {
  const calls: [string, JsonObject][] = [];
  const pages: JsonValue[] = [
    { totalBytesProcessed: '4096' },
    { nextPageToken: 'more' },
    { entries: [{ timestamp: '2026-11-28T00:00:00Z', jsonPayload: { reason: 'the audience is wrong' } }] },
    {},
  ];
  const reader = createDeploymentReader({
    projectId: 'p',
    async postJson(url, body) {
      calls.push([url, body]);
      return pages[calls.length - 1] ?? null;
    },
  });
  expect(await reader.dryRunBytes('SELECT 1')).toBe(4_096);
  expect(calls[0]?.[1]).toEqual({ query: 'SELECT 1', useLegacySql: false, dryRun: true });
  expect(await reader.newestLog('a')).toMatchObject({ timestamp: '2026-11-28T00:00:00Z' });
  expect(calls[2]?.[1]).toMatchObject({ resourceNames: ['projects/p'], orderBy: 'timestamp desc', pageToken: 'more' });
  expect(await reader.newestLog('a')).toBeUndefined();

  const filters: string[] = [];
  const logs = await readPushLogs(
    {
      async newestLog(filter) {
        filters.push(filter);
        return filter.includes('push refused') ? { jsonPayload: { reason: 'the audience is wrong' } } : undefined;
      },
    },
    nowMillis,
  );
  expect(logs).toEqual({ refusal: 'the audience is wrong' });
  expect(filters[0]).toContain('Cloud Run removes the signatures');
  expect(filters[0]).toContain('timestamp>="2026-10-30T01:00:00.000Z"');
});

test('a view that BigQuery does not know is a failure, and a refusal to tell is none', () => {
  const of = (status: number) => () => notThere(new Unavailable('quarantine-table', `BigQuery: HTTP status ${status}`));
  expect(of(404)).toThrow(CliError);
  expect(of(400)).toThrow(CliError);
  expect(of(403)).toThrow(Unavailable);
});
