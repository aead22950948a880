import type { Mutant } from '../mutant.ts';

/** Of the way back out of quarantine. */
export const replayMutants: readonly Mutant[] = [
  {
    name: 'replay marks before it publishes',
    file: 'shared/quarantine/replay.ts',
    old: 'await options.publisher.publish(options.receivedTopic',
    new: 'void options.publisher.publish(options.receivedTopic',
    test: 'test/unit/quarantine/replay.test.ts',
  },
  {
    name: 'replay ignores its marks',
    file: 'shared/quarantine/replay.ts',
    old: 'if (known.has(record.recordKey))',
    new: 'if (false)',
    test: 'test/unit/quarantine/replay.test.ts',
  },
  {
    name: 'replay believes the record of any SDK',
    file: 'shared/quarantine/replay.ts',
    old: "sdk === undefined ? ({ kind: 'first-allowed-sdk' } as const)",
    new: "true ? ({ kind: 'first-allowed-sdk' } as const)",
    test: 'test/unit/quarantine/replay.test.ts',
  },
  {
    name: 'a limit skips the rest of the page',
    file: 'shared/quarantine/replay.ts',
    old: 'after = decided.lastSeal ?? page.nextAfterSeal;',
    new: 'after = page.nextAfterSeal;',
    test: 'test/unit/quarantine/replay.test.ts',
  },
];
