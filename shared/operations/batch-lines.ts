import type { KeyObject } from 'node:crypto';
import type { Observer } from '../observe/observer.ts';
import type { Clock } from '../ports/clock.ts';
import type { Publisher } from '../ports/publisher.ts';
import type { Random } from '../ports/random.ts';
import { makeEncryptedQuarantine } from '../quarantine/quarantine-record.ts';
import { type Lines, makeLines } from './lines.ts';
import type { LinesConfig } from './lines-config.ts';
import { makeDeadLetterRecords, makeLossRecords } from './records.ts';

/** What a function on the way of the batches has of its deployment. */
export interface BatchLinesOptions {
  readonly stage: 'dedup' | 'pseudonymize';
  readonly publisher: Publisher;
  readonly topics: Readonly<Record<'quarantine' | 'losses' | 'deadLetters', string>>;
  readonly secrets: Readonly<Record<'quarantinePublicKey' | 'quarantineRecordKey', KeyObject>>;
  readonly clock: Clock;
  readonly random: Random;
  readonly observer: Observer;
  readonly config: LinesConfig;
}

/** The lines of a stage that reads sealed batches. */
export function batchLines(options: BatchLinesOptions): Lines {
  const { stage, publisher, topics, secrets, clock, random, observer, config } = options;
  const { quarantinePublicKey: publicKey, quarantineRecordKey: recordKey } = secrets;
  return makeLines({
    stage,
    clock,
    observer,
    config,
    deadLetters: makeDeadLetterRecords({ publisher, topic: topics.deadLetters, clock }),
    batches: {
      losses: makeLossRecords({ publisher, topic: topics.losses, clock }),
      quarantine: makeEncryptedQuarantine({ publisher, topic: topics.quarantine, publicKey, recordKey, clock, random }),
    },
  });
}
