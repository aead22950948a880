import { afterAll, beforeAll, expect, it } from 'vitest';
import {
  pullDeadLetters,
  queryRows,
  sendUntilAcknowledged,
  startTimeoutMillis,
  waitForEvents,
} from '../helpers/integration-deployment.ts';
import { describeOnEmulators } from '../helpers/integration-emulators.ts';
import { type OperatedDeployment, startOperated } from '../helpers/integration-operator.ts';
import { removeDeduplicatedTopic } from '../helpers/integration-pubsub.ts';
import { makeEvent, trackPlayed, trackPlayedTable } from '../helpers/local-events.ts';
import { waitFor } from '../helpers/local-process.ts';

describeOnEmulators('what became a dead letter', () => {
  let deployment: OperatedDeployment;

  beforeAll(async () => {
    deployment = await startOperated({ maxDeliveryAttempts: 5, secondLineBackoffSeconds: 10 });
  }, startTimeoutMillis);
  afterAll(() => deployment.stop(), startTimeoutMillis);

  const failures = async () => (await deployment.edi('dead-letters', 'list')).failed;

  const rowsOf = (ids: readonly string[]) =>
    queryRows(
      deployment,
      `SELECT event_id, possible_duplicate FROM events_raw.${trackPlayedTable}
       WHERE event_id IN (${ids.map((id) => `'${id}'`).join(',')}) ORDER BY event_id`,
    );

  /** Sends events again and waits until dedup has removed them. */
  async function resend(events: readonly ReturnType<typeof makeEvent>[]): Promise<void> {
    const before = deployment.status().duplicates;
    await sendUntilAcknowledged(deployment, events);
    const removed = () => deployment.status().duplicates >= before + events.length || undefined;
    await waitFor('the resend to be removed', removed, 60_000);
  }

  it('after its claim is delivered once with no command, and resends are duplicates', async () => {
    const restoreTopic = await removeDeduplicatedTopic(deployment);
    const events = Array.from({ length: 5 }, () => makeEvent());
    const ids = events.map(({ id }) => id).sort();
    await sendUntilAcknowledged(deployment, events);
    await waitFor('a dead letter', async () => (await pullDeadLetters(deployment))[0], 120_000);
    const failed = await waitFor(
      'the note of its failure',
      async () => (await queryRows(deployment, 'SELECT stage, sdk, events, reason FROM operations.dead_letters'))[0],
      60_000,
    );
    expect(failed).toMatchObject({ stage: 'dedup', sdk: 'ios', reason: 'unexpected-error' });
    expect(Number(failed['events'])).toBe(5);
    expect(await failures()).toContainEqual(expect.objectContaining({ place: 'dedup', reason: 'unexpected-error' }));
    await resend(events);
    expect(await rowsOf(ids)).toEqual([]);

    await restoreTopic();
    await waitForEvents(deployment, ids);
    await resend(events);
    const marker = makeEvent();
    await sendUntilAcknowledged(deployment, [marker]);
    await waitForEvents(deployment, [marker.id]);
    expect(await rowsOf(ids)).toEqual(ids.map((id) => ({ event_id: id, possible_duplicate: true })));
  }, 300_000);

  it('because its table was away is in it once, and is written down until then', async () => {
    deployment.awayTables.add(trackPlayedTable);
    const events = Array.from({ length: 5 }, () => makeEvent());
    const ids = events.map(({ id }) => id).sort();
    await sendUntilAcknowledged(deployment, events);
    const unfit = await waitFor(
      'the unfit rows',
      async () => {
        const rows = await queryRows(
          deployment,
          `SELECT json_extract_string(data, '$.event_id') AS id, json_extract_string(attributes, '$.type') AS type
           FROM operations.unfit_rows ORDER BY id`,
        );
        return rows.length >= ids.length ? rows : undefined;
      },
      120_000,
    );
    expect(unfit).toEqual(ids.map((id) => ({ id, type: trackPlayed })));
    expect(await failures()).toContainEqual(expect.objectContaining({ place: `table of ${trackPlayed}` }));
    expect(await rowsOf(ids)).toEqual([]);
    deployment.awayTables.delete(trackPlayedTable);
    await waitForEvents(deployment, ids);
    expect((await rowsOf(ids)).map((row) => row['event_id'])).toEqual(ids);
  }, 300_000);
});
