import { afterAll, beforeAll, expect, it } from 'vitest';
import { topics } from '../../infra/naming.ts';
import {
  type IntegrationDeployment,
  pullDeadLetters,
  queryRows,
  sendUntilAcknowledged,
  startIntegration,
  startTimeoutMillis,
  waitForEvents,
} from '../helpers/integration-deployment.ts';
import { describeOnEmulators } from '../helpers/integration-emulators.ts';
import { publish, removeDeduplicatedTopic } from '../helpers/integration-pubsub.ts';
import { makeEvent, trackPlayedTable } from '../helpers/local-events.ts';
import { waitFor } from '../helpers/local-process.ts';

describeOnEmulators('a message that is dead-lettered after its claim', () => {
  let deployment: IntegrationDeployment;

  beforeAll(async () => {
    deployment = await startIntegration({ maxDeliveryAttempts: 5 });
  }, startTimeoutMillis);
  afterAll(() => deployment.stop(), startTimeoutMillis);

  const allRows = () =>
    queryRows(deployment, `SELECT event_id, possible_duplicate FROM events_raw.${trackPlayedTable} ORDER BY event_id`);

  /** Sends events again and waits until dedup has removed them. */
  async function resend(events: readonly ReturnType<typeof makeEvent>[]): Promise<void> {
    const before = deployment.status().duplicates;
    await sendUntilAcknowledged(deployment, events);
    const removed = () => deployment.status().duplicates >= before + events.length || undefined;
    await waitFor('the resend to be removed', removed, 60_000);
  }

  it('is delivered once when it is replayed, and a resend meanwhile is a duplicate', async () => {
    const restoreTopic = await removeDeduplicatedTopic(deployment);
    const events = Array.from({ length: 5 }, () => makeEvent());
    await sendUntilAcknowledged(deployment, events);
    const dead = await waitFor('a dead letter', async () => (await pullDeadLetters(deployment))[0], 120_000);
    await restoreTopic();
    await resend(events);
    expect(await allRows()).toEqual([]);

    await publish(deployment, topics.received, [{ data: dead.data, attributes: dead.attributes }]);
    const ids = events.map(({ id }) => id).sort();
    expect((await waitForEvents(deployment, ids)).sort()).toEqual(ids);
    await resend(events);
    const marker = makeEvent();
    await sendUntilAcknowledged(deployment, [marker]);
    await waitForEvents(deployment, [marker.id]);
    const rows = (await allRows()).filter((row) => row['event_id'] !== marker.id);
    expect(rows).toEqual(ids.map((id) => ({ event_id: id, possible_duplicate: true })));
    expect(await pullDeadLetters(deployment)).toEqual([]);
  }, 300_000);
});
