import type { Clock } from '../../../shared/ports/clock.ts';
import type { RunningDeployment } from '../../local/running.ts';
import { CliError } from '../cli-error.ts';
import { findByUrl } from '../find-deployment.ts';
import { sleep } from '../sleep.ts';
import { startOwnDeployment } from './own-deployment.ts';

/** The deployment that a demo runs against. */
export interface DemoTarget {
  readonly deployment: RunningDeployment;
  readonly own: boolean;
  /** Ends the deployment if it is the demo's own. */
  close(): Promise<void>;
}

export interface TargetOptions {
  readonly url: string;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** Called before a deployment of its own is started. */
  readonly onOwn: () => void;
}

const healthTimeoutMillis = 5_000;
const maxStartingMillis = 10_000;
const startingPollMillis = 200;

/**
 * The deployment at the URL, or, when nothing answers there, one of the demo's own. Rejects with `CliError` when what
 * answers is no ingest, or when its tables cannot be looked into.
 */
export async function openTarget(options: TargetOptions): Promise<DemoTarget> {
  const { url, clock, signal } = options;
  const endMillis = clock.nowMillis() + maxStartingMillis;
  let health = await askHealth(url);
  while (health === 'starting' && clock.nowMillis() < endMillis && !signal.aborted) {
    await sleep(clock, startingPollMillis, signal);
    health = await askHealth(url);
  }
  if (health === 'starting') throw new CliError(`the ingest at ${url} is starting still; try again in a minute`);
  if (health === 'other') throw new CliError(`what answers at ${url} is no ingest: give another --url`);
  if (health === 'ok') return { deployment: announced(url), own: false, close: async () => undefined };
  options.onOwn();
  const own = await startOwnDeployment(clock, signal);
  try {
    return { deployment: announced(own.url), own: true, close: own.stop };
  } catch (error) {
    await own.stop();
    throw error;
  }
}

function announced(url: string): RunningDeployment {
  const deployment = findByUrl(url);
  if (deployment === undefined) {
    throw new CliError(
      `an ingest answers at ${url}, but no deployment that this user started on this machine, so that the demo cannot look into its tables`,
    );
  }
  return deployment;
}

async function askHealth(url: string): Promise<'ok' | 'starting' | 'other' | 'nobody'> {
  let response: Response;
  try {
    response = await fetch(`${url}/health`, { signal: AbortSignal.timeout(healthTimeoutMillis) });
  } catch (error) {
    if (error instanceof Error && error.name === 'TimeoutError') {
      throw new CliError(`what listens at ${url} does not answer: give another --url`);
    }
    return 'nobody';
  }
  const text = await response.text().catch(() => '');
  if (!text.includes('"registryVersion"')) return 'other';
  return response.status === 200 ? 'ok' : 'starting';
}
