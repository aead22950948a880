import { request } from 'node:http';
import { text } from 'node:stream/consumers';
import type { BundledFunction } from '../../infra/bundle/build.ts';

/** Names the socket of `run-services.ts`. */
export const runSocketVariable = 'EDI_TEST_RUN_SOCKET';

/** Asks the run for something that its files share; resolves when it is made. */
function askRun(path: string): Promise<string> {
  const socketPath = process.env[runSocketVariable];
  if (socketPath === undefined) throw new Error(`${runSocketVariable} is not set: run this with npm test`);
  return new Promise((resolve, reject) => {
    // A connection of its own: a kept one may be closed just as it is used again.
    request({ socketPath, path, agent: false }, (response) => {
      text(response).then((answer) => {
        if (response.statusCode === 200) resolve(answer);
        else reject(new Error(answer));
      }, reject);
    })
      .on('error', reject)
      .end();
  });
}

/** What a hook that waits for `sharedBundles` may take: they are 20 seconds of processor time. */
export const bundlesTimeoutMillis = 400_000;

/** The functions' bundles, built once for all files of a run. Nobody may change their folders. */
export async function sharedBundles(): Promise<readonly BundledFunction[]> {
  return JSON.parse(await askRun('/bundles'));
}

/** `host:port` of the run's emulator, for tests with a project of their own (`newProject`) that never stop or stall it. */
export async function sharedEmulator(kind: 'firestore' | 'pubsub'): Promise<string> {
  return JSON.parse(await askRun(`/${kind}`)).host;
}
