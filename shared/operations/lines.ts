import { readBatchAttributes } from '../batch/batch-attributes.ts';
import { uuidV7Millis } from '../event/uuid.ts';
import { lineOf } from '../http/line.ts';
import { describeError } from '../observe/describe-error.ts';
import type { Observer } from '../observe/observer.ts';
import type { RedeliveryReason } from '../outcome/outcome.ts';
import type { Clock } from '../ports/clock.ts';
import { firstPublishTimeAttribute } from '../ports/dead-letter.ts';
import type { DeadLetterRecords, LossRecords } from '../ports/operations.ts';
import type { DeliveredMessage } from '../ports/publisher.ts';
import type { Quarantine } from '../ports/quarantine.ts';
import { type WholeMessage, wholeMessage } from '../quarantine/whole-message.ts';
import { lossesOfMessage } from './batch-losses.ts';
import { defaultLinesConfig, type LinesConfig } from './lines-config.ts';

/** What every stage does with messages that are old or fail, whatever it makes of the others. */
export interface Lines {
  /** True: the message is too old for any stage. It was counted as lost, and is to be acknowledged. */
  purge(message: DeliveredMessage): Promise<boolean>;
  /** After a message failed; in the second line that is noted. True: it was set aside whole, and is to be acknowledged. */
  failed(message: DeliveredMessage, reason: RedeliveryReason): Promise<boolean>;
}

interface CommonOptions {
  readonly clock: Clock;
  readonly observer: Observer;
  readonly deadLetters: DeadLetterRecords;
  readonly config?: LinesConfig;
}

/** Of a stage that reads sealed batches. */
interface BatchOptions extends CommonOptions {
  readonly stage: WholeMessage['stage'];
  readonly batches: { readonly losses: LossRecords; readonly quarantine: Quarantine };
}

interface OtherOptions extends CommonOptions {
  readonly stage: 'publish-schema' | 'export-legacy';
  readonly batches?: undefined;
}

export type LinesOptions = BatchOptions | OtherOptions;

const hourMillis = 3_600_000;
const dayMillis = 24 * hourMillis;
/** Messages whose failure of today is remembered as noted; one that is forgotten is noted again. */
const maxNoted = 10_000;

export function makeLines(options: LinesOptions): Lines {
  const { stage, clock, observer, deadLetters, batches, config = defaultLinesConfig } = options;
  /** By message, the day for which its failure is noted. */
  const noted = new Map<string, number>();

  async function note(message: DeliveredMessage, reason: RedeliveryReason): Promise<void> {
    const { messageId } = message;
    const today = Math.floor(clock.nowMillis() / dayMillis);
    if (noted.get(messageId) === today) return;
    await deadLetters.record({ messageId, stage, reason, ...readBatchAttributes(message) });
    noted.delete(messageId);
    noted.set(messageId, today);
    const [oldest] = noted.keys();
    if (noted.size > maxNoted && oldest !== undefined) noted.delete(oldest);
  }

  async function setAside(message: DeliveredMessage, reason: RedeliveryReason): Promise<boolean> {
    if (batches === undefined || !reason.startsWith('unreadable: ')) return false;
    const nowMillis = clock.nowMillis();
    const sealedAtMillis = sealedAt(message);
    const waited = nowMillis - message.publishTimeMillis >= config.unreadableAfterHours * hourMillis;
    const isYoung = nowMillis - sealedAtMillis <= config.unreadableWithinDays * dayMillis;
    if (!waited || !isYoung) return false;
    await batches.quarantine.keep([wholeMessage({ stage, message, sealedAtMillis })]);
    observer.count('quarantined');
    return true;
  }

  return {
    async purge(message) {
      if (batches === undefined) return false;
      const sealedAtMillis = sealedAt(message);
      if (clock.nowMillis() - sealedAtMillis <= config.purgeAfterDays * dayMillis) return false;
      const losses = lossesOfMessage(message, { stage, reason: 'purged', sealedAtMillis });
      await batches.losses.record(losses);
      observer.count(
        'lost',
        losses.reduce((sum, { events }) => sum + events, 0),
        'purged',
      );
      return true;
    },
    async failed(message, reason) {
      if (lineOf(message.subscription) === 'first') return false;
      try {
        await note(message, reason);
        return await setAside(message, reason);
      } catch (error) {
        // It is delivered again, and noted or set aside then.
        observer.log('WARNING', 'a dead letter could not be noted', describeError(error));
        return false;
      }
    },
  };
}

/**
 * When a message was sealed. Of one that does not tell, when it was first published: a dead letter says so, since its own
 * publication is when it became one.
 */
function sealedAt({ attributes, publishTimeMillis }: DeliveredMessage): number {
  const sealed = uuidV7Millis(attributes['seal'] ?? '');
  const first = Date.parse(attributes[firstPublishTimeAttribute] ?? '');
  return sealed ?? (Number.isNaN(first) ? publishTimeMillis : first);
}
