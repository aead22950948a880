import type { JsonObject } from '../../../shared/event/json.ts';
import type { Random } from '../../../shared/ports/random.ts';

/** What tells the rows of one demo from all others in the same tables. */
export interface DemoRun {
  /** Every event id of the run begins so: 48 random bits, `xxxxxxxx-xxxx`. */
  readonly idPrefix: string;
  /** The same bits as a word that fits the grammar of event types. */
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
  return { idPrefix: `${tag.slice(0, 8)}-${tag.slice(8)}`, tag, startMillis };
}

/** The id of the run's `number`th event: a UUIDv8, the version for layouts of one's own (RFC 9562 section 5.8). */
export function eventId({ idPrefix }: DemoRun, number: number): string {
  return `${idPrefix}-8000-8000-${number.toString(16).padStart(12, '0')}`;
}
