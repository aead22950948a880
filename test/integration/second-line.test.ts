import { afterAll, beforeAll, expect, it } from 'vitest';
import {
  pullDeadLetters,
  queryRows,
  sendUntilAcknowledged,
  startTimeoutMillis,
  waitForEvents,
} from '../helpers/integration-deployment.ts';
import { describeOnEmulators } from '../helpers/integration-emulators.ts';
import {
  clientOf,
  deadLettersOf,
  erasedEvents,
  exported,
  namedData,
  refusedEvents,
  rowsOfLoads,
  sendRefused,
} from '../helpers/integration-erased-load.ts';
import { startLoad } from '../helpers/integration-load.ts';
import { type OperatedDeployment, startOperated } from '../helpers/integration-operator.ts';
import { removeDeduplicatedTopic } from '../helpers/integration-pubsub.ts';
import { makeEvent, trackPlayed, trackPlayedTable } from '../helpers/local-events.ts';
import { waitFor } from '../helpers/local-process.ts';

describeOnEmulators('what became a dead letter', () => {
  let deployment: OperatedDeployment;

  beforeAll(async () => {
    const delivery = { maxDeliveryAttempts: 5, secondLineBackoffSeconds: 10 };
    deployment = await startOperated(delivery, { promptErasures: true });
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
    await waitFor('the resend to be removed', removed, 120_000);
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
      120_000,
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
  }, 600_000);

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
  }, 600_000);

  it('of a person who is erased in the middle of load makes no row: others lose nothing, and no key opens what was stored', async () => {
    const [erased, other] = ['person-1', 'person-0'];
    const batchEvents = 5;
    const options = { batchEvents, pauseMillis: 400, dataOf: namedData };
    const before = startLoad(deployment, options);
    await sendRefused(deployment, [erased, other]);
    await waitFor('rows and refused events of both', async () => {
      const refused = await queryRows(deployment, refusedEvents);
      const stored = new Set((await rowsOfLoads(deployment, [before])).map(({ client }) => client));
      return (refused.length === 2 && [0, 1, 2, 3].every((client) => stored.has(client))) || undefined;
    });
    expect((await exported(deployment, erased)).own).toBeGreaterThan(0);

    // What reads the topic goes with it, so it has read all.
    await before.stop();
    await waitForEvents(deployment, before.acknowledgedIds);
    const restoreTopic = await removeDeduplicatedTopic(deployment);
    const load = startLoad(deployment, options);
    const loads = [before, load];
    const waiting = await deadLettersOf(deployment, [`installation-1`, 'installation-0']);
    const receipt = await deployment.edi('erase', '--realm', 'customer', '--subject', erased);
    expect(receipt).toMatchObject({ keysDestroyed: 1, sourcesErased: 1, sourcesShared: 0 });
    expect(await exported(deployment, erased)).toMatchObject({ own: 0, mentioned: 0 });
    await restoreTopic();
    const cutoffMillis = Date.parse(receipt.cutoff);
    await waitFor('the cutoff', async () => Date.now() > cutoffMillis + 1_000 || undefined, 120_000);
    // Of two more batches the second was sent after it.
    const ofErased = () => [...load.acknowledgedIds].filter((id) => load.clientOf.get(id) === 1).length;
    const atCutoff = ofErased();
    await waitFor('events of after the cutoff', () => ofErased() >= atCutoff + 2 * batchEvents || undefined, 120_000);
    await load.stop();

    const isOf = (client: number) => (id: string) => clientOf(loads, id) === client;
    const acknowledged = loads.flatMap(({ acknowledgedIds }) => [...acknowledgedIds]);
    await waitForEvents(
      deployment,
      acknowledged.filter((id) => !isOf(1)(id)),
    );
    const counted = await waitFor(
      'each event of the erased person to be a row or counted',
      async () => {
        const rows = (await rowsOfLoads(deployment, loads)).filter(({ client }) => client === 1);
        const [lost] = await queryRows(deployment, erasedEvents);
        const events = Number(lost?.['events'] ?? 0);
        return rows.length + events >= acknowledged.filter(isOf(1)).length ? { rows, events } : undefined;
      },
      120_000,
    );
    const { rows, events } = counted;
    expect(rows.length + events).toBe(acknowledged.filter(isOf(1)).length);
    expect(rows.filter(({ id }) => waiting.has(id))).toEqual([]);
    const [late, early] = [true, false].map((isLate) =>
      rows.filter((row) => row.receivedMillis >= cutoffMillis === isLate),
    );
    expect(late?.length).toBeGreaterThan(0);
    const oldPseudonyms = new Set(early?.flatMap(({ pseudonyms }) => pseudonyms));
    expect(oldPseudonyms.size).toBe(3);
    expect(late?.flatMap(({ pseudonyms }) => pseudonyms).filter((one) => oldPseudonyms.has(one))).toEqual([]);
    expect(await exported(deployment, erased)).toMatchObject({ own: late?.length });
    const ofOther = acknowledged.filter((id) => isOf(0)(id) || isOf(3)(id));
    expect(await exported(deployment, other)).toMatchObject({ own: ofOther.length });
    expect(await queryRows(deployment, refusedEvents)).toHaveLength(1);
  }, 600_000);
});
