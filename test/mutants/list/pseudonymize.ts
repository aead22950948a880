import type { Mutant } from '../mutant.ts';

/** Of pseudonymize. */
export const pseudonymizeMutants: readonly Mutant[] = [
  {
    name: 'pseudonymize does not wait for its rows',
    file: 'functions/pseudonymize/stage.ts',
    old: 'await publishRows(ports, rows)',
    new: 'void publishRows(ports, rows).catch(() => {})',
    test: 'test/unit/pseudonymize/stage.test.ts',
  },
  {
    name: 'pseudonymize does not wait for its quarantine',
    file: 'functions/pseudonymize/stage.ts',
    old: 'await ports.quarantine.keep(',
    new: 'void ports.quarantine.keep(',
    test: 'test/unit/pseudonymize/stage.test.ts',
  },
  {
    name: 'an older revision is good enough',
    file: 'functions/pseudonymize/stage.ts',
    old: 'eventType.revision >= entry.revision',
    new: 'eventType.revision >= 0',
    test: 'test/unit/pseudonymize/stage.test.ts',
  },
  {
    name: 'an outage of the registry is its answer',
    file: 'functions/pseudonymize/stage.ts',
    old: "registry === 'unavailable' ? 'unavailable' : 'missing'",
    new: "'missing'",
    test: 'test/unit/pseudonymize/stage.test.ts',
  },
  {
    name: 'events advance for what is forwarded alone',
    file: 'shared/batch/batch-events.ts',
    old: '    next[segment] = position + 1;',
    new: '    next[segment] = position;',
    test: 'test/unit/batch/batch-events.test.ts',
  },
  {
    name: 'the mark of a neighbour',
    file: 'functions/pseudonymize/stage.ts',
    old: '[batch.index.entries[at], marks[at], events.events[at]]',
    new: '[batch.index.entries[at], marks[0], events.events[at]]',
    test: 'test/simulation/simulation.test.ts',
  },
  {
    name: 'a row is never a possible duplicate',
    file: 'functions/pseudonymize/row.ts',
    old: 'possible_duplicate: mark.possibleDuplicate',
    new: 'possible_duplicate: false',
    test: 'test/unit/pseudonymize/rows.test.ts',
  },
  {
    name: 'all segments were received as the first',
    file: 'functions/pseudonymize/stage.ts',
    old: 'batch.index.segments[entry?.segment ?? -1]',
    new: 'batch.index.segments[0]',
    test: 'test/simulation/simulation.test.ts',
  },
  {
    name: 'a racing key is kept',
    file: 'functions/pseudonymize/subject-keys.ts',
    old: 'created[at] ?? new Uint8Array()',
    new: 'missing[at]?.encryptedKeyset ?? new Uint8Array()',
    test: 'test/unit/pseudonymize/subject-keys.test.ts',
  },
  {
    name: 'a cached key never expires',
    file: 'functions/pseudonymize/subject-keys.ts',
    old: 'cached.expireAtMillis > nowMillis',
    new: 'true',
    test: 'test/unit/pseudonymize/subject-keys.test.ts',
  },
  {
    name: 'subjects of all realms are one',
    file: 'functions/pseudonymize/subject-keys.ts',
    old: '[realm, subject]), 20)',
    new: '[subject]), 20)',
    test: 'test/unit/pseudonymize/rows.test.ts',
  },
  {
    name: 'what a client sent at is not used',
    file: 'functions/pseudonymize/row.ts',
    old: 'entry.timeMicros + receivedMicros - segment.sentAtMillis * 1_000',
    new: 'entry.timeMicros',
    test: 'test/simulation/simulation.test.ts',
  },
];
