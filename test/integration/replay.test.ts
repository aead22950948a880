import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { interruptedExitCode } from '../../infra/cli/command-io.ts';
import { runCli } from '../../infra/cli/program.ts';
import { runReadOnlyQuery } from '../../shared/adapters/embedded/duckdb/query.ts';
import { startTimeoutMillis } from '../helpers/integration-deployment.ts';
import { describeOnEmulators } from '../helpers/integration-emulators.ts';
import { type OperatedDeployment, startOperated } from '../helpers/integration-operator.ts';
import { makeEvent, sendBatch, trackPlayed, trackPlayedData, trackPlayedTable } from '../helpers/local-events.ts';
import { projectFolder, waitFor } from '../helpers/local-process.ts';
import { makeCollectingIo } from '../unit/cli/collecting-io.ts';

// What was refused is replayed after its schema was mended, with the run and its marks in Firestore.
describeOnEmulators('edi replay of a deployment on the emulators', () => {
  let deployment: OperatedDeployment;

  beforeAll(async () => {
    deployment = await startOperated();
  }, startTimeoutMillis);
  afterAll(() => deployment.stop(), startTimeoutMillis);

  const edi = (...args: readonly string[]) => deployment.edi(...args);

  /** Ctrl-C as soon as the progress bar shows that a record was replayed. */
  async function interruptedReplay(...args: readonly string[]): Promise<void> {
    const collecting = makeCollectingIo();
    const interrupt = new AbortController();
    const write = async (text: string) => {
      await collecting.err.write(text);
      if (/ [1-9]\d* of /.test(text)) interrupt.abort();
    };
    const err = { write, isTerminal: true, columns: 80 };
    const io = { ...collecting, err, interrupted: () => interrupt.signal };
    expect(await runCli(['replay', ...args, '--url', deployment.url], io)).toBe(interruptedExitCode);
    expect(collecting.errText()).toContain('edi replay --resume');
  }

  const whenFree = (command: readonly string[]) =>
    waitFor(
      'the end of its step',
      async () => {
        const io = makeCollectingIo();
        const exitCode = await runCli([...command, '--url', deployment.url, '--json'], io);
        return exitCode === 0 ? JSON.parse(io.outText()) : undefined;
      },
      120_000,
    );

  /** Makes tracks longer that many characters pass. */
  async function allowTracks(maxLength: number): Promise<void> {
    const name = 'playback/track-played.v1.json';
    const text = readFileSync(join(projectFolder, 'schemas', name), 'utf8');
    await deployment.schemas.upload(name, Buffer.from(text.replace('"maxLength": 64', `"maxLength": ${maxLength}`)));
  }

  async function rows(sql: string) {
    const found = await runReadOnlyQuery(deployment.warehouse, sql, { maxRows: 100, timeoutMillis: 60_000 });
    return found.kind === 'rows' ? found.rows : found.reason;
  }

  const listed = async () => (await edi('quarantine', 'list', '--reason', 'schema'))[0];

  test('a refused event is listed, told about in a dry run, and in its table once after it was replayed', async () => {
    const long = { ...trackPlayedData(), track: { track_id: 'x'.repeat(100) } };
    const event = makeEvent({ data: long });
    const send = () => sendBatch(deployment.url, { events: [event], key: deployment.writeKey });
    expect(JSON.parse((await send()).text)).toMatchObject({ accepted: 0 });
    await send();
    await waitFor(
      'both rows in quarantine',
      async () => ((await listed())?.occurrences === 2 ? true : undefined),
      120_000,
    );
    expect(await listed()).toMatchObject({ events: 1, occurrences: 2, replayed: 0 });
    const replay = ['replay', '--reason', 'schema'];
    expect(await edi(...replay)).toMatchObject({ replayed: 0, refused: { schema: 1 } });

    await allowTracks(200);
    const would = { replayed: 1, replayedBefore: 0, refused: {}, dryRun: true, more: false };
    await waitFor(
      'the mended schema',
      async () => ((await edi(...replay, '--dry-run')).replayed === 1 ? true : undefined),
      120_000,
    );
    expect(await edi(...replay, '--dry-run')).toEqual(would);
    expect(await edi(...replay)).toEqual({ ...would, dryRun: false });
    expect(await edi(...replay)).toEqual({ ...would, dryRun: false, replayed: 0, replayedBefore: 1 });
    const sql = `SELECT data.track.track_id FROM events.${trackPlayedTable} WHERE event_id = '${event.id}'`;
    await waitFor('the row', async () => ((await rows(sql)).length > 0 ? true : undefined), 120_000);
    expect(await rows(sql)).toEqual([['x'.repeat(100)]]);
    await waitFor('what was replayed', async () => ((await listed())?.replayed === 1 ? true : undefined), 120_000);
  });

  test('each command of the page for operators has its effect', async () => {
    const data = { ...trackPlayedData(), track: { track_id: 'x'.repeat(250) } };
    const events = ['a', 'b', 'c', 'd'].map(() => makeEvent({ data }));
    await sendBatch(deployment.url, { events, key: deployment.writeKey });
    await waitFor('all in quarantine', async () => ((await listed())?.events === 5 ? true : undefined), 120_000);
    await allowTracks(300);
    const replay = ['replay', '--reason', 'schema'];
    await waitFor(
      'the mended schema',
      async () => ((await edi(...replay, '--dry-run')).replayed === 4 ? true : undefined),
      120_000,
    );
    const commands = commandsOfPage();
    const answers: Record<string, unknown> = {};
    await interruptedReplay('--reason', 'schema', '--rate', '1');
    // The only one whose case the next run would end. The run is free after its step.
    const isResume = (command: readonly string[]) => command.includes('--resume');
    for (const command of commands.filter(isResume)) answers[command.join(' ')] = await whenFree(command);
    for (const command of commands.filter((one) => !isResume(one))) answers[command.join(' ')] = await edi(...command);
    const sent = { dryRun: false, more: false, refused: {} };
    const failing = { waiting: null, failed: [] };
    expect(answers).toEqual({
      'dead-letters list': failing,
      'dead-letters list --days 7': failing,
      'dead-letters list --days 35': failing,
      'quarantine list': [expect.objectContaining({ reason: 'schema', events: 5 })],
      'replay --resume': { ...sent, replayed: 4, replayedBefore: 1 },
      [`replay --reason schema --type ${trackPlayed}`]: { ...sent, replayed: 0, replayedBefore: 5 },
      'replay --reason unreadable': { ...sent, replayed: 0, replayedBefore: 0 },
      losses: [],
    });
    const ids = events.map(({ id }) => `'${id}'`).join(', ');
    const sql = `SELECT count(*)::INTEGER FROM events.${trackPlayedTable} WHERE event_id IN (${ids})`;
    await waitFor('the rows', async () => ((await rows(sql))[0]?.[0] === 4 ? true : undefined), 120_000);
  });
});

/** What the table of SOMETHING-FELL-OUT.md says to run, each once, without `edi`. */
function commandsOfPage(): string[][] {
  const page = readFileSync(join(projectFolder, 'infra/SOMETHING-FELL-OUT.md'), 'utf8');
  const lastCells = page.split('\n').map((line) => /\| `edi ([^`|]+)` \|$/.exec(line)?.[1] ?? '');
  return [...new Set(lastCells)].filter((command) => command !== '').map((command) => command.split(' '));
}
