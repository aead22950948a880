import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { functionNames } from '../../infra/topology.ts';
import { isJsonObject, type JsonValue } from '../../shared/event/json.ts';
import {
  type IntegrationDeployment,
  processIdOf,
  pullDeadLetters,
  startIntegration,
  startTimeoutMillis,
  waitForEvents,
} from '../helpers/integration-deployment.ts';
import { describeOnEmulators } from '../helpers/integration-emulators.ts';
import { type Load, startLoad } from '../helpers/integration-load.ts';
import { waitFor } from '../helpers/local-process.ts';

const kills = 50;

describeOnEmulators('functions that are killed under load', () => {
  let deployment: IntegrationDeployment;

  beforeAll(async () => {
    deployment = await startIntegration();
  }, startTimeoutMillis);
  afterAll(() => deployment.stop(), startTimeoutMillis);

  /** Ids of events whose row has been written, as they come. */
  function watchRows(): Set<string> {
    const ids = new Set<string>();
    deployment.feed.watch(({ row }) => {
      const value: JsonValue = JSON.parse(row);
      if (isJsonObject(value)) ids.add(String(value['event_id']));
    });
    return ids;
  }

  /** Everything acknowledged by now is written, and something newer too: every function works, and has work. */
  async function untilAllWork(load: Load, writtenIds: ReadonlySet<string>): Promise<void> {
    const before = [...load.acknowledgedIds];
    await waitFor(
      'rows of new events',
      () => {
        if (!before.every((id) => writtenIds.has(id))) return undefined;
        return [...load.acknowledgedIds].slice(before.length).some((id) => writtenIds.has(id)) || undefined;
      },
      120_000,
    );
  }

  it(`finds every acknowledged event exactly once after ${kills} kills`, async () => {
    const writtenIds = watchRows();
    const load = startLoad(deployment, { clients: 2, pauseMillis: 200 });
    for (let kill = 0; kill < kills; kill++) {
      // The last function of the pipeline first, so that each one has work when it is killed.
      const name = functionNames.at(-1 - (kill % functionNames.length));
      if (name === functionNames.at(-1)) await untilAllWork(load, writtenIds);
      await delay(Math.random() * 200);
      if (name === undefined) throw new Error('a function does not run');
      console.log(kill, name, load.acknowledgedIds.size, writtenIds.size, performance.now() | 0);
      process.kill(processIdOf(deployment, name), 'SIGKILL');
    }
    await untilAllWork(load, writtenIds);
    await load.stop();
    const rowIds = await waitForEvents(deployment, load.acknowledgedIds);
    expect(rowIds.length - new Set(rowIds).size).toBe(0);
    expect(rowIds.filter((id) => !load.sentIds.has(id))).toEqual([]);
    expect(load.acknowledgedIds.size).toBeGreaterThan(kills);
    expect(load.answers.filter(({ status }) => status !== 200).length).toBeGreaterThan(0);
    expect(await pullDeadLetters(deployment)).toEqual([]);
  }, 600_000);
});
