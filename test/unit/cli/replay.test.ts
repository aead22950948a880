import type { IncomingMessage, ServerResponse } from 'node:http';
import { Command } from 'commander';
import { afterEach, describe, expect, test } from 'vitest';
import { runCli } from '../../../infra/cli/program.ts';
import { addReplayCommand } from '../../../infra/cli/replay.ts';
import type { JsonObject } from '../../../shared/event/json.ts';
import type { ReplayRun } from '../../../shared/ports/replays.ts';
import { replayRunJson } from '../../../shared/quarantine/replay-run.ts';
import { serveHandler } from '../../helpers/handler-server.ts';
import { promptClock } from '../../helpers/prompt-clock.ts';
import { makeCollectingIo } from './collecting-io.ts';

const closers: (() => void)[] = [];
afterEach(() => {
  for (const close of closers.splice(0)) close();
});

function runOf(read: number, parts: Partial<ReplayRun> = {}): JsonObject {
  return replayRunJson({
    id: 'run-1',
    request: { filter: { reason: 'schema' }, dryRun: false },
    totals: { records: 3, read, replayed: read, replayedBefore: 0, stay: {} },
    state: 'running',
    leasedUntilMillis: 1,
    startedAtMillis: 0,
    ...parts,
  });
}

type Answer = (response: ServerResponse) => void;
const linesOf =
  (...lines: readonly JsonObject[]): Answer =>
  (response) =>
    response.writeHead(200).end(lines.map((line) => `${JSON.stringify(line)}\n`).join(''));
const brokenAfter =
  (...lines: readonly JsonObject[]): Answer =>
  (response) => {
    response.writeHead(200);
    response.write(lines.map((line) => `${JSON.stringify(line)}\n`).join(''), () => response.destroy());
  };
const refusal =
  (status: number, error: string): Answer =>
  (response) =>
    response.writeHead(status).end(JSON.stringify({ error }));

/** The command against a function that gives these answers, one a call. */
async function run(answers: readonly Answer[], ...args: readonly string[]) {
  const bodies: JsonObject[] = [];
  const tokens: unknown[] = [];
  const take = async (request: IncomingMessage, response: ServerResponse) => {
    let text = '';
    for await (const chunk of request) text += String(chunk);
    bodies.push(JSON.parse(text));
    tokens.push(request.headers.authorization);
    (answers[bodies.length - 1] ?? answers.at(-1))?.(response);
  };
  const { url, close } = await serveHandler(take);
  closers.push(close);
  const open = async () => ({ name: 'the test', url, authorization: async () => 'Bearer t' });
  const io = makeCollectingIo();
  const program = new Command().exitOverride().configureOutput({ writeErr: (text) => void io.err.write(text) });
  addReplayCommand(program, io, { exit: () => undefined, open, clock: promptClock() });
  const done = program.parseAsync(['replay', ...args], { from: 'user' });
  const problem = await done.then(
    () => undefined,
    (error: Error) => error.message,
  );
  return { bodies, tokens, out: io.outText(), err: io.errText(), problem };
}

describe('edi replay', () => {
  const done = linesOf({ run: runOf(0) }, { run: runOf(3, { state: 'done' }), end: 'done' });

  test('asks for what its options say, and tells what became of it', async () => {
    const day = Date.UTC(2026, 10, 28);
    const { bodies, tokens, out } = await run(
      [done],
      ...['--reason', 'schema', '--type', 'shop.order.v1', '--record', 'a-_9', '--from', '2026-11-28'],
      ...['--to', '2026-11-28T12:00:00.250Z', '--limit', '5', '--rate', '7', '--dry-run'],
    );
    const filter = { reason: 'schema', type: 'shop.order.v1', recordKey: 'a-_9' };
    const kept = { keptFromMillis: day, keptToMillis: day + 12 * 3_600_000 + 250 };
    expect(bodies).toEqual([{ filter: { ...filter, ...kept }, dryRun: true, limit: 5, rate: 7 }]);
    expect(tokens).toEqual(['Bearer t']);
    expect(out).toBe('3 replayed\n');
  });

  test('goes on by itself when the time of a call is over, and when the connection breaks off', async () => {
    const more = linesOf({ run: runOf(0) }, { run: runOf(1, { state: 'interrupted' }), end: 'more' });
    const failed = linesOf({ run: runOf(2) }, { error: 'publisher did not answer: try again' });
    const { bodies, out } = await run(
      [more, brokenAfter({ run: runOf(1) }), failed, done],
      '--reason',
      'schema',
      '--json',
    );
    const resume = { resume: 'run-1' };
    expect(bodies).toEqual([{ filter: { reason: 'schema' }, dryRun: false }, resume, resume, resume]);
    expect(JSON.parse(out)).toEqual({ replayed: 3, replayedBefore: 0, refused: {}, dryRun: false, more: false });
  });

  test('gives up when nothing moves any more, and says how to go on', async () => {
    const { problem, bodies } = await run([brokenAfter({ run: runOf(1) })], '--reason', 'schema');
    expect(problem).toBe('the test does not answer: `edi replay --resume` goes on');
    expect(bodies.length).toBeGreaterThan(5);
  });

  test('--resume goes on with whatever was interrupted', async () => {
    expect((await run([done], '--resume')).bodies).toEqual([{ resume: true }]);
  });

  test('tells why records stay, and that a limit was reached', async () => {
    const totals = { records: 9, read: 4, replayed: 1, replayedBefore: 1, stay: { superseded: 1, schema: 1 } };
    const { out } = await run(
      [linesOf({ run: runOf(0, { totals, state: 'done' }), end: 'done' })],
      '--reason',
      'schema',
    );
    expect(out).toMatch(/^1 replayed\n1 were replayed before\n1 stay in quarantine: superseded \(a newer record/);
    expect(out).toContain('1 stay in quarantine: schema (the data does not fit the schema)');
    expect(out).toContain('There are more');
  });

  test('what the function refuses is told as it is', async () => {
    const { problem, bodies } = await run([refusal(409, 'another replay runs')], '--reason', 'schema');
    expect(problem).toBe('the test refused: another replay runs');
    expect(bodies).toHaveLength(1);
    expect((await run([linesOf({ run: { id: 1 } })], '--reason', 'schema')).problem).toContain('another version');
    expect((await run([refusal(503, 'x')], '--reason', 'schema')).problem).toContain('does not answer');
  });

  test.each([
    ['nothing to replay', []],
    ['a reason that is none', ['--reason', 'mood']],
    ['a time that is none', ['--reason', 'schema', '--from', 'yesterday']],
    ['an empty span', ['--reason', 'schema', '--from', '2026-11-29', '--to', '2026-11-28']],
    ['a limit of nothing', ['--reason', 'schema', '--limit', '0']],
    ['a key with a quote', ['--record', "a'b"]],
    ['a type that is none', ['--reason', 'schema', '--type', 'order']],
  ])('refuses %s before it asks', async (_, args) => {
    const { problem, bodies } = await run([done], ...args);
    expect(problem).toBeDefined();
    expect(bodies).toEqual([]);
  });

  test('`edi quarantine replay` names the new command', async () => {
    const io = makeCollectingIo();
    expect(await runCli(['quarantine', 'replay', '--reason', 'schema', '--dry-run'], io)).toBe(1);
    expect(io.errText()).toContain('edi replay --reason REASON');
  });
});
