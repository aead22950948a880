import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { startEmulatorDeployment } from '../../infra/local/emulators/emulator-deployment.ts';
import { queryRows, startTimeoutMillis } from '../helpers/integration-deployment.ts';
import { describeOnEmulators } from '../helpers/integration-emulators.ts';
import { makeEvent, sendBatch, trackPlayedTable } from '../helpers/local-events.ts';
import { makeScratchFolder, projectFolder, waitFor } from '../helpers/local-process.ts';
import { sharedBundles } from '../helpers/run-socket.ts';

describeOnEmulators('a data folder that is kept', () => {
  const scratch = makeScratchFolder();
  afterAll(() => scratch.remove());

  /** Starts on the folder, sends an event of one person and installation, and stops when its row is there. */
  async function run(rows: number) {
    const deployment = await startEmulatorDeployment({
      port: 0,
      dataFolder: join(scratch.path, 'data'),
      schemaFolder: join(projectFolder, 'schemas'),
      drainSeconds: 5,
      bundles: sharedBundles,
    });
    try {
      const events = [makeEvent({ subject: 'person-1' })];
      const answer = await sendBatch(deployment.url, { events, key: deployment.writeKeys?.['ios'] ?? '' });
      expect(answer.status).toBe(200);
      const count = `SELECT count(*)::DOUBLE AS rows, count(DISTINCT source)::DOUBLE AS sources,
        count(DISTINCT subject)::DOUBLE AS subjects FROM events_raw.${trackPlayedTable}`;
      return await waitFor(
        'the row',
        async () => (await queryRows(deployment, count)).find((counted) => counted['rows'] === rows),
        120_000,
      );
    } finally {
      await deployment.stop();
    }
  }

  test(
    'keeps the keys of people as it keeps their rows: one person has one pseudonym after a restart',
    async () => {
      expect(await run(1)).toEqual({ rows: 1, sources: 1, subjects: 1 });
      expect(await run(2)).toEqual({ rows: 2, sources: 1, subjects: 1 });
    },
    2 * startTimeoutMillis,
  );
});
