import { existsSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { isJsonObject, type JsonValue } from '../../shared/event/json.ts';
import { demo, expectConsistent, spawnEdi } from '../helpers/demo-report.ts';
import { describeOnEmulators } from '../helpers/integration-emulators.ts';
import { type LocalProcess, localCommand, startLocal } from '../helpers/local-deployment.ts';
import { makeEvent, sendBatch, trackPlayedTable } from '../helpers/local-events.ts';
import { hasProc, processesWithEnvironment } from '../helpers/local-machine.ts';
import { waitUntilIdle } from '../helpers/local-operator.ts';
import { makeScratchFolder, spawnChild, waitFor } from '../helpers/local-process.ts';

const startTimeoutMillis = 600_000;
/** Less, so that what it printed is told. */
const readyTimeoutMillis = 540_000;
/** Emulators that somebody else has started are theirs, and would not end with the deployment. */
const ownEmulators = { PUBSUB_EMULATOR_HOST: '', FIRESTORE_EMULATOR_HOST: '' };

/** `npm start -- --emulators` as a newcomer runs it, which starts the emulators itself. */
describeOnEmulators('the whole demo on the emulators', () => {
  let deployment: LocalProcess;
  let env: NodeJS.ProcessEnv;

  beforeAll(async () => {
    const flags = ['--quiet', '--emulators'];
    deployment = await startLocal({
      flags,
      env: ownEmulators,
      throughNpm: true,
      startTimeoutMillis: readyTimeoutMillis,
    });
    env = { ...deployment.env, EDI_URL: deployment.url };
  }, startTimeoutMillis);
  afterAll(async () => {
    await deployment[Symbol.asyncDispose]();
  }, startTimeoutMillis);

  test('demo, tail and query work as on the embedded deployment', async () => {
    const tail = spawnEdi(['tail', '--json'], env);
    // What follows the last end of a line is half of one.
    const tailed = () =>
      tail
        .stdout()
        .split('\n')
        .slice(0, -1)
        .map((line): JsonValue => JSON.parse(line));
    await waitFor(
      'a row in the tail',
      async () => {
        await sendBatch(deployment.url, { events: [makeEvent()], key: deployment.writeKeys['ios'] ?? '' });
        return tailed().length > 0 || undefined;
      },
      120_000,
    );

    const report = await demo(['--json'], env);
    expect(report).toMatchObject({ ownDeployment: false, url: deployment.url });
    expectConsistent(report);
    expect(await waitUntilIdle(deployment)).toMatchObject({ deadLetters: 0 });

    const datasets = () => new Set(tailed().map((line) => (isJsonObject(line) ? line['dataset'] : undefined)));
    await expect.poll(datasets).toEqual(new Set(['events_raw', 'operations']));
    tail.signal('SIGINT');
    expect(await tail.exited).toEqual({ code: 0, signal: null });

    const sql = `SELECT sdk, count(*)::INT AS events FROM events.${trackPlayedTable} GROUP BY ALL`;
    const query = spawnEdi(['query', sql, '--format', 'json'], env);
    expect(await query.exited, query.stderr()).toEqual({ code: 0, signal: null });
    expect(JSON.parse(query.stdout())).toContainEqual({ sdk: 'ios', events: expect.any(Number) });
  });

  test('stopping it leaves no process and no file behind', async () => {
    const scratch = deployment.env['XDG_RUNTIME_DIR'] ?? '';
    const running = () => processesWithEnvironment(scratch);
    // npm, the deployment, three functions, and what the two emulators consist of.
    if (hasProc) expect(running().length).toBeGreaterThan(7);
    deployment.child.signal('SIGTERM');
    expect(await deployment.child.exited).toEqual({ code: 0, signal: null });
    if (hasProc) expect(running()).toEqual([]);
    expect(existsSync(deployment.dataFolder)).toBe(false);
    expect(existsSync(deployment.announcementPath)).toBe(false);
  });

  test.runIf(hasProc)(
    'a deployment that is killed leaves no process behind either',
    async () => {
      const scratch = makeScratchFolder();
      const running = () => processesWithEnvironment(scratch.path);
      const env = { XDG_RUNTIME_DIR: scratch.path, TMPDIR: scratch.path, ...ownEmulators };
      const child = spawnChild({ ...localCommand({ flags: ['--quiet', '--emulators'] }), env });
      const hasJava = () => running().some((name) => name.endsWith(' java')) || undefined;
      await waitFor(() => `an emulator that runs:\n${child.stderr()}`, hasJava, readyTimeoutMillis);
      child.signal('SIGKILL');
      await child.exited;
      const left = () => (running().length === 0 ? true : undefined);
      await waitFor(() => `the end of ${running().join(', ')}`, left);
      scratch.remove();
    },
    startTimeoutMillis,
  );
});
