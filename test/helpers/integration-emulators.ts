import { describe, test } from 'vitest';
import { type Emulator, emulatorProblem, startEmulator } from './emulator-process.ts';
import { type GatedPort, gatePort } from './integration-gate.ts';
import { waitFor } from './local-process.ts';

/** Both of Google's emulators, started for one test file and reached through gates that can refuse connections. */
export interface Emulators {
  readonly pubsub: Emulator;
  readonly firestore: Emulator;
  readonly pubsubGate: GatedPort;
  readonly firestoreGate: GatedPort;
  stop(): Promise<void>;
}

/**
 * A suite that needs both emulators. Where one is missing the suite is skipped and says why, or fails when
 * EDI_REQUIRE_EMULATORS=1.
 */
export function describeOnEmulators(name: string, body: () => void): void {
  const problem = emulatorProblem('pubsub') ?? emulatorProblem('firestore');
  if (problem !== undefined && process.env['EDI_REQUIRE_EMULATORS'] === '1') {
    test(`Google's emulators are there for: ${name}`, () => {
      throw new Error(`EDI_REQUIRE_EMULATORS=1, but ${problem}`);
    });
    return;
  }
  if (problem !== undefined) process.stderr.write(`Tests are skipped: ${name}: ${problem}\n`);
  describe.skipIf(problem !== undefined)(problem === undefined ? name : `${name} (${problem})`, body);
}

export async function startEmulators(): Promise<Emulators> {
  const [pubsub, firestore] = await Promise.all([startEmulator('pubsub'), startEmulator('firestore')]);
  const [pubsubGate, firestoreGate] = await Promise.all([gatePort(pubsub.host), gatePort(firestore.host)]);
  return {
    pubsub,
    firestore,
    pubsubGate,
    firestoreGate,
    async stop() {
      await Promise.all([pubsubGate.close(), firestoreGate.close()]);
      await Promise.all([pubsub.stop(), firestore.stop()]);
    },
  };
}

/** Stops an emulator (SIGSTOP); resolves when it answers nothing any more. */
export async function pauseEmulator(emulator: Emulator): Promise<void> {
  emulator.pause();
  await waitFor('an emulator that does not answer', async () => {
    const answered = await fetch(`http://${emulator.host}/`, { signal: AbortSignal.timeout(500) }).catch(
      () => 'silent',
    );
    return answered === 'silent' ? true : undefined;
  });
}
