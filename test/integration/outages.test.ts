import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { FunctionName } from '../../functions/index.ts';
import { topics } from '../../infra/naming.ts';
import {
  expectExactlyOnce,
  type IntegrationDeployment,
  killAndAwait,
  processIdOf,
  queryRows,
  readLog,
  sendUntilAcknowledged,
  startIntegration,
  startTimeoutMillis,
} from '../helpers/integration-deployment.ts';
import { describeOnEmulators, pauseEmulator } from '../helpers/integration-emulators.ts';
import { startLoad } from '../helpers/integration-load.ts';
import { pushBody, tapTopic } from '../helpers/integration-pubsub.ts';
import { makeEvent, sendBatch, trackPlayedTable } from '../helpers/local-events.ts';
import { send } from '../helpers/local-http.ts';
import { waitFor } from '../helpers/local-process.ts';

const stalledMillis = 20_000;
const failedAttempts = 10;
const testTimeoutMillis = 400_000;
const seconds = /^\d+$/;

describeOnEmulators('emulators that stall or refuse connections', () => {
  let deployment: IntegrationDeployment;

  beforeAll(async () => {
    deployment = await startIntegration();
  }, startTimeoutMillis);
  afterAll(() => deployment.stop(), startTimeoutMillis);

  const sendOnce = () => sendBatch(deployment.url, { events: [makeEvent()], key: deployment.writeKey });
  const urlOf = (name: FunctionName) => deployment.functions.find((running) => running.name === name)?.url ?? '';

  /** How often a function has asked for redelivery since `from`, message by message. */
  function redeliveries(name: FunctionName, from: number): number[] {
    const asked = readLog(deployment, `${name}: to be redelivered`).slice(from);
    return [...Map.groupBy(asked, (line) => line['messageId']).values()].map((lines) => lines.length);
  }

  it(
    'ingest answers 503 and never 2xx while Pub/Sub stalls; afterwards everything acknowledged is there once',
    async () => {
      const before = startLoad(deployment);
      await waitFor('an acknowledgement', () => before.acknowledgedIds.size > 0 || undefined);
      // No request is on its way when Pub/Sub stops, so whatever is acknowledged from then on would be a lie. Messages are.
      await before.stop();
      await pauseEmulator(deployment.emulators.pubsub);
      const during = startLoad(deployment);
      await delay(stalledMillis);
      await waitFor('answers', () => during.answers.length > 0 || undefined);
      const answers = [...during.answers];
      expect(during.acknowledgedIds.size).toBe(0);
      deployment.emulators.pubsub.resume();

      for (const answer of answers) {
        expect(answer).toEqual({ status: 503, acknowledged: false, retryAfter: expect.stringMatching(seconds) });
      }
      await waitFor('an acknowledgement', () => during.acknowledgedIds.size > 0 || undefined, 120_000);
      await during.stop();
      await expectExactlyOnce(deployment, [...before.acknowledgedIds, ...during.acknowledgedIds]);
    },
    testTimeoutMillis,
  );

  it(
    'a message whose events are claimed waits while Pub/Sub refuses connections, and ingest answers 503',
    async () => {
      const event = makeEvent();
      const dedup = processIdOf(deployment, 'dedup');
      process.kill(dedup, 'SIGSTOP');
      await sendUntilAcknowledged(deployment, [event]);
      const from = readLog(deployment, 'dedup: to be redelivered').length;
      await deployment.emulators.pubsubGate.refuse();
      process.kill(dedup, 'SIGCONT');
      await waitFor('a message to be redelivered', () => redeliveries('dedup', from).length > 0 || undefined, 120_000);
      const answer = await sendOnce();
      await deployment.emulators.pubsubGate.accept();

      expect([answer.status, answer.headers['retry-after']]).toEqual([503, expect.stringMatching(seconds)]);
      await expectExactlyOnce(deployment, [event.id]);
      const [row] = await queryRows(
        deployment,
        `SELECT possible_duplicate FROM events.${trackPlayedTable} WHERE event_id = '${event.id}'`,
      );
      expect(row).toEqual({ possible_duplicate: true });
    },
    testTimeoutMillis,
  );

  it(
    'functions that start while Firestore refuses connections answer 503, and set no event aside',
    async () => {
      const taps = await Promise.all(
        [topics.received, topics.deduplicated].map((topic) => tapTopic(deployment, topic)),
      );
      const event = makeEvent();
      await sendUntilAcknowledged(deployment, [event]);
      await expectExactlyOnce(deployment, [event.id]);
      const [received, deduplicated] = await Promise.all(taps.map((tap) => tap.next()));
      if (received === undefined || deduplicated === undefined) throw new Error('nothing was tapped');

      await deployment.emulators.firestoreGate.refuse();
      await Promise.all(deployment.functions.map((running) => killAndAwait(running)));
      const answer = await sendOnce();
      const pushed = await Promise.all([
        send({ url: urlOf('dedup'), body: pushBody(received, { deliveryAttempt: 90 }) }),
        send({ url: urlOf('pseudonymize'), body: pushBody(deduplicated, { deliveryAttempt: 90 }) }),
      ]);
      await deployment.emulators.firestoreGate.accept();

      expect([answer.status, answer.headers['retry-after']]).toEqual([503, expect.stringMatching(seconds)]);
      expect(pushed.map(({ status }) => status)).toEqual([503, 503]);
      const next = makeEvent();
      await sendUntilAcknowledged(deployment, [next]);
      await expectExactlyOnce(deployment, [event.id, next.id]);
    },
    testTimeoutMillis,
  );

  it(
    `loses nothing in an outage of Firestore that outlasts ${failedAttempts} redeliveries of every message`,
    async () => {
      const first = makeEvent();
      await sendUntilAcknowledged(deployment, [first]);
      await expectExactlyOnce(deployment, [first.id]);
      const from = readLog(deployment, 'dedup: to be redelivered').length;
      await pauseEmulator(deployment.emulators.firestore);
      // Ingest goes on with what it knows. The messages are few: the emulator pushes one at a time.
      const events = Array.from({ length: 3 }, () => makeEvent());
      for (const event of events) await sendUntilAcknowledged(deployment, [event]);
      await waitFor('a message to be redelivered', () => redeliveries('dedup', from).length > 0 || undefined, 120_000);
      await deployment.emulators.firestoreGate.refuse();
      deployment.emulators.firestore.resume();
      const suffered = () => redeliveries('dedup', from).filter((count) => count > failedAttempts).length;
      await waitFor(
        () => `more than ${failedAttempts} redeliveries of each message; there were ${redeliveries('dedup', from)}`,
        () => suffered() === events.length || undefined,
        180_000,
      );
      await deployment.emulators.firestoreGate.accept();

      await expectExactlyOnce(
        deployment,
        [first, ...events].map(({ id }) => id),
      );
    },
    testTimeoutMillis,
  );
});
