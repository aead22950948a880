import { randomUUID } from 'node:crypto';
import { beforeAll, describe, test } from 'vitest';
import { type EmulatorKind, emulatorProblem, emulatorStartTimeoutMillis } from './emulator-process.ts';
import { sharedEmulator } from './run-socket.ts';

/**
 * Runs `body` within a suite that has an emulator, which all files of a run share: whoever needs one that is empty, or
 * that stalls, starts its own. Where there is none the suite is skipped and says why, or fails when
 * EDI_REQUIRE_EMULATORS=1.
 */
export function describeOnEmulator(kind: EmulatorKind, body: (host: () => string) => void): void {
  const problem = emulatorProblem(kind);
  if (problem !== undefined && process.env['EDI_REQUIRE_EMULATORS'] === '1') {
    test(`Google's ${kind} emulator is there`, () => {
      throw new Error(`EDI_REQUIRE_EMULATORS=1, but ${problem}`);
    });
    return;
  }
  if (problem !== undefined) process.stderr.write(`Tests on Google's ${kind} emulator are skipped: ${problem}\n`);
  describe.skipIf(problem !== undefined)(`on Google's ${kind} emulator${problem ? ` (${problem})` : ''}`, () => {
    let host = '';
    beforeAll(async () => {
      host = await sharedEmulator(kind);
    }, emulatorStartTimeoutMillis + 5_000);
    body(() => host);
  });
}

/** A project that nobody else uses: the emulators keep projects apart and make them as they are named. */
export function newProject(): string {
  return `edi-test-${randomUUID().slice(0, 13)}`;
}
