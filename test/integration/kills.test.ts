import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { isJsonObject, type JsonValue } from '../../shared/event/json.ts';
import {
  expectExactlyOnce,
  type IntegrationDeployment,
  processIdOf,
  startIntegration,
  startTimeoutMillis,
} from '../helpers/integration-deployment.ts';
import { describeOnEmulators } from '../helpers/integration-emulators.ts';
import { type Load, startLoad } from '../helpers/integration-load.ts';
import { waitFor } from '../helpers/local-process.ts';

const kills = 50;
/** At most, so that a kill meets a function in the midst of its work, at a point that nobody chose. */
const maxPauseMillis = 200;

describeOnEmulators('functions that are killed under load', () => {
  let deployment: IntegrationDeployment;

  beforeAll(async () => {
    deployment = await startIntegration();
  }, startTimeoutMillis);
  afterAll(() => deployment.stop(), startTimeoutMillis);

  /** Ids of events whose row has been written, as they come. */
  function watchRows(): ReadonlySet<string> {
    const ids = new Set<string>();
    deployment.feed.watch(({ row }) => {
      const value: JsonValue = JSON.parse(row);
      if (isJsonObject(value)) ids.add(String(value['event_id']));
    });
    return ids;
  }

  /** What was acknowledged by now is written, and something newer too: every function runs, and has work. */
  async function untilAllWork(load: Load, written: ReadonlySet<string>): Promise<void> {
    const before = load.acknowledgedIds.size;
    const missing = () => [...load.acknowledgedIds].slice(0, before).filter((id) => !written.has(id)).length;
    const newer = () => [...load.acknowledgedIds].slice(before).filter((id) => written.has(id)).length;
    await waitFor(
      () => `rows of new events: ${missing()} of ${before} events are missing, ${newer()} newer ones are there`,
      () => (missing() === 0 && newer() > 0) || undefined,
      180_000,
    );
  }

  it(`finds every acknowledged event exactly once after ${kills} kills`, async () => {
    const written = watchRows();
    const load = startLoad(deployment, { clients: 2, pauseMillis: 200 });
    // In the order of the pipeline; publish-schema, which events do not pass, has no process of its own here.
    const names = deployment.functions.map(({ name }) => name);
    for (let kill = 0; kill < kills; kill++) {
      // The last function of the pipeline first, so that each one has work when it is killed.
      const name = names.at(-1 - (kill % names.length));
      if (name === undefined) throw new Error('there is no such function');
      if (name === names.at(-1)) await untilAllWork(load, written);
      await delay(Math.random() * maxPauseMillis);
      process.kill(processIdOf(deployment, name), 'SIGKILL');
    }
    await untilAllWork(load, written);
    await load.stop();
    const rowIds = await expectExactlyOnce(deployment, load.acknowledgedIds);
    expect(rowIds.filter((id) => !load.sentIds.has(id))).toEqual([]);
    expect(load.acknowledgedIds.size).toBeGreaterThan(kills);
    expect(load.answers.filter(({ status }) => status !== 200).length).toBeGreaterThan(0);
  }, 900_000);
});
