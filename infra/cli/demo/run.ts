import type { JsonObject } from '../../../shared/event/json.ts';
import type { Random } from '../../../shared/ports/random.ts';

/** What tells the rows of one demo from all others in the same tables. */
export interface DemoRun {
  /** Every event id of the run begins so: the time of its start and 24 random bits, `xxxxxxxx-xxxx-7xxx-8xxx`. */
  readonly idPrefix: string;
  /** 48 random bits, those of the prefix first, as a word that fits the grammar of event types. */
  readonly tag: string;
  readonly startMillis: number;
}

/** A CloudEvents event that ingest accepts. */
export interface DemoEvent extends JsonObject {
  readonly id: string;
  readonly source: string;
  readonly type: string;
  readonly time: string;
  readonly data: JsonObject;
}

export function newRun(random: Random, startMillis: number): DemoRun {
  const tag = Buffer.from(random.bytes(6)).toString('hex');
  const millis = startMillis.toString(16).padStart(12, '0');
  const idPrefix = `${millis.slice(0, 8)}-${millis.slice(8)}-7${tag.slice(0, 3)}-8${tag.slice(3, 6)}`;
  return { idPrefix, tag, startMillis };
}

/**
 * The id of the run's `number`th event: a UUIDv7 whose last bits count (RFC 9562 section 6.2), since of other versions than
 * 4 and 7 the tables show no id.
 */
export function eventId({ idPrefix }: DemoRun, number: number): string {
  return `${idPrefix}-${number.toString(16).padStart(12, '0')}`;
}
