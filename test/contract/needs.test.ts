import { rm } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { emulatorEnvironment } from '../../infra/local/emulators/emulator-environment.ts';
import { newSecretTexts } from '../../shared/adapters/embedded/secrets.ts';
import { openEmbeddedStorage } from '../../shared/adapters/embedded/storage.ts';
import { declareOnEmulator } from '../../shared/adapters/gcp/pubsub-admin.ts';
import { createMemoryPorts } from '../../shared/adapters/memory/held-ports.ts';
import { systemRandom } from '../../shared/adapters/system-random.ts';
import { type HeldPorts, pickPorts } from '../../shared/needs/held-ports.ts';
import { kinds } from '../../shared/needs/kinds.ts';
import { openPorts } from '../../shared/needs/open-ports.ts';
import { makeCountingObserver } from '../../shared/observe/json-observer.ts';
import { describeOnEmulator, newProject } from '../helpers/emulators.ts';
import { everyNeed, everyOpener, readingNeed, readingOpener } from '../helpers/every-need.ts';
import { startFakeCloudStorage } from '../helpers/fake-cloud-storage.ts';
import { listenToHttp } from '../unit/gcp/loopback.ts';
import { newFolder } from './contract-adapter.ts';
import { type EveryPort, needsContract } from './suites/needs.ts';

test('the suite needs a thing of every kind', () => {
  const topics = Object.keys({ ...kinds.topics, ...kinds.topicFamilies });
  expect([...everyNeed.publishes].sort()).toEqual(topics.sort());
  expect(Object.keys(everyNeed.databases).sort()).toEqual(Object.keys(kinds.databases).sort());
  expect(Object.keys(everyNeed.buckets).sort()).toEqual(Object.keys(kinds.buckets).sort());
  expect([...everyNeed.secrets].sort()).toEqual(Object.keys(kinds.secrets).sort());
  expect([...everyNeed.rows].sort()).toEqual(Object.keys(kinds.tables).sort());
  expect([...everyNeed.changes].sort()).toEqual(Object.keys(kinds.changes).sort());
  expect([...everyNeed.describes].sort()).toEqual(Object.keys(kinds.datasets).sort());
});

function held(ports: HeldPorts, close: () => Promise<void>): EveryPort {
  const observer = makeCountingObserver();
  return { ports: pickPorts(everyNeed, ports, observer), reading: pickPorts(readingNeed, ports, observer), close };
}

needsContract('memory', async () => held(createMemoryPorts(), async () => undefined));

needsContract('embedded', async () => {
  const folder = await newFolder();
  const storage = await openEmbeddedStorage(folder);
  const { topics } = pickPorts(everyNeed, storage, makeCountingObserver());
  const { event, ...roles } = topics;
  storage.bus.declare({ topics: [...Object.values(roles), event('alpha')], subscriptions: [] });
  const every = held(storage, async () => {
    await storage.close();
    await rm(folder, { recursive: true });
  });
  return { ...every, pushAuthorization: storage.pushAuthorization };
});

// What Google has no emulator of is a fake of its API, and the key of `EDI_LOCAL_MASTER_KEY` for KMS.
describeOnEmulator('pubsub', (pubsub) => {
  describeOnEmulator('firestore', (firestore) => {
    needsContract("Google Cloud's openers", async () => {
      const [storage, bigQuery] = await Promise.all([
        startFakeCloudStorage(),
        listenToHttp((_, response) => void response.writeHead(404).end('{"error":{"code":404,"message":"no table"}}')),
      ]);
      const environmentOf = await emulatorEnvironment(
        newSecretTexts(systemRandom),
        {
          pubsub: pubsub(),
          firestore: firestore(),
        },
        {
          frontDoor: 'http://127.0.0.1:9',
          writeKey: 'key',
          proofKey: 'key',
        },
      );
      const projectId = newProject();
      const environment = {
        ...environmentOf(everyNeed),
        GOOGLE_CLOUD_PROJECT: projectId,
        STORAGE_EMULATOR_HOST: storage.url,
        BIGQUERY_EMULATOR_HOST: `http://${bigQuery.host}`,
      };
      const ports = openPorts(everyNeed, everyOpener, environment);
      const { event, ...roles } = ports.topics;
      const topics = [...Object.values(roles), event('alpha')];
      await declareOnEmulator({ projectId, emulatorHost: pubsub() }, { topics, subscriptions: [] });
      const close = async () => {
        storage.close();
        await bigQuery.close();
      };
      return { ports, reading: openPorts(readingNeed, readingOpener, environment), close };
    });
  });
});
