import type { Clock } from '../ports/clock.ts';
import type { DeadLetterRecords, DecryptionLedger, LossRecords } from '../ports/operations.ts';
import type { Message, Publisher } from '../ports/publisher.ts';

interface RecordsOptions {
  readonly publisher: Publisher;
  readonly topic: string;
  readonly clock: Clock;
}

/** Publishes a row of `lossColumns` a loss, which a subscription writes. */
export function makeLossRecords({ publisher, topic, clock }: RecordsOptions): LossRecords {
  return {
    async record(losses) {
      if (losses.length === 0) return;
      const recorded_time = timeText(clock);
      const rows = losses.map(({ key, ...loss }) => rowMessage({ loss_key: key, recorded_time, ...loss }));
      await publisher.publish(topic, rows);
    },
  };
}

/** Publishes a row of `deadLetterColumns` a failure, which a subscription writes. */
export function makeDeadLetterRecords({ publisher, topic, clock }: RecordsOptions): DeadLetterRecords {
  return {
    async record({ messageId, ...failed }) {
      await publisher.publish(topic, [rowMessage({ message_id: messageId, seen_time: timeText(clock), ...failed })]);
    },
  };
}

/** Publishes a row of `decryptionColumns` a key, which a subscription writes. */
export function makeDecryptionLedger({ publisher, topic, clock }: RecordsOptions): DecryptionLedger {
  return {
    async record({ id, caller, call, recordId, generation, reason }) {
      const decrypted_time = timeText(clock);
      const row = { decryption_id: id, decrypted_time, caller, call, record_id: recordId, generation, reason };
      await publisher.publish(topic, [rowMessage(row)]);
    },
  };
}

function rowMessage(row: Readonly<Record<string, string | number>>): Message {
  return { data: Buffer.from(JSON.stringify(row)), attributes: {} };
}

function timeText(clock: Clock): string {
  return new Date(clock.nowMillis()).toISOString();
}
