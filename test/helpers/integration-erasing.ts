import { defaultEraseSubjectConfig, type EraseSubjectConfig } from '../../functions/erase-subject/config.ts';
import { start as startEraseSubject } from '../../functions/erase-subject/function.ts';
import { needs } from '../../functions/erase-subject/needs.ts';
import { openEmulatorStorage } from '../../infra/local/emulators/emulator-storage.ts';
import type { HttpHandler } from '../../shared/http/http.ts';
import { pickPorts } from '../../shared/needs/held-ports.ts';
import type { IntegrationDeployment } from './integration-deployment.ts';
import { recordingObserver } from './recording-observer.ts';

const keyCacheSeconds = 1;

/** Of pseudonymize, which is a process. */
export const promptKeyCache = { EDI_KEY_CACHE_SECONDS: String(keyCacheSeconds) };

/** A cutoff that a test can wait for: ten seconds, and 9 minutes where a deployment runs. */
const promptCutoff: EraseSubjectConfig = {
  ...defaultEraseSubjectConfig,
  keyCacheSeconds,
  longestBatchSeconds: 4,
  longestEraseSeconds: 4,
  clockDifferenceSeconds: 1,
};

/** An erase-subject of its own beside the deployment's, on the same stores, in the place of the one that operators call. */
export async function startPromptErasing(deployment: IntegrationDeployment) {
  const { emulators, dataFolder, warehouse } = deployment;
  const hosts = { pubsub: emulators.pubsub.host, firestore: emulators.firestore.host };
  const storage = openEmulatorStorage(dataFolder, hosts, warehouse);
  const erase = await startEraseSubject(pickPorts(needs, storage, recordingObserver()), promptCutoff);
  return {
    operatorFunctions: new Map<string, HttpHandler>([...deployment.operatorFunctions, [needs.name, erase]]),
    close: () => storage.close(),
  };
}
