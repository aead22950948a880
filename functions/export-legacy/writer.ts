import { sealBatch } from '../../shared/batch/sealed-batch.ts';
import { expectedOfEvent } from '../../shared/event/expected-event.ts';
import { isJsonObject, type JsonValue, parseJson } from '../../shared/event/json.ts';
import { mayHoldTinyNumber } from '../../shared/event/number-text.ts';
import { newUuidV7 } from '../../shared/event/uuid.ts';
import { type Checked, type CheckOutcome, checkEvent, checkedEntry } from '../../shared/event-types/check-event.ts';
import type { EventTypes } from '../../shared/event-types/event-types.ts';
import { EventArray } from '../../shared/legacy/event-array.ts';
import type { BadRecord, MappedRecord } from '../../shared/legacy/records.ts';
import type { Observer } from '../../shared/observe/observer.ts';
import { type FieldError, type Rejected, rejected } from '../../shared/outcome/outcome.ts';
import type { Clock } from '../../shared/ports/clock.ts';
import type { Publisher } from '../../shared/ports/publisher.ts';
import type { Quarantine, QuarantinedEvent } from '../../shared/ports/quarantine.ts';
import type { Random } from '../../shared/ports/random.ts';
import { Unavailable } from '../../shared/ports/unavailable.ts';
import { claimedIdentity, quarantinedEvent } from '../../shared/quarantine/quarantined-event.ts';
import type { ExportLegacyConfig } from './config.ts';
import { type FirstBad, maxFirstBad, weekOf } from './export-state.ts';

export interface WriterPorts {
  readonly eventTypes: EventTypes;
  readonly publisher: Publisher;
  readonly receivedTopic: string;
  readonly quarantine: Quarantine;
  readonly clock: Clock;
  readonly random: Random;
  readonly observer: Observer;
}

/** Of one file. */
export interface WrittenFile {
  readonly sdk: string;
  readonly object: string;
  /** Bad records and refused events of it that are in quarantine already. */
  readonly keptBefore: number;
}

/** An event of a record, as it is judged. */
interface ReadEvent {
  readonly record: MappedRecord;
  readonly text: string;
  readonly value: JsonValue;
  readonly atMillis: number;
}

/** Refused events and records that are kept at once. */
const maxKept = 100;

/**
 * Takes records of a file where a client's events would go: through the same validation, into sealed batches of topic
 * `received`, and what is refused into quarantine. Nothing is known to be stored before `flush` has resolved.
 */
export class ExportWriter {
  accepted = 0;
  /** As `ExportCounts` has them. */
  readonly acceptedByWeek: Record<string, number> = {};
  readonly reasons: Record<string, number> = {};
  /** The first of what did not go on. */
  readonly firstBad: FirstBad[] = [];
  /** A record came that was one bad record too many; it was not kept. */
  hasTooManyBad = false;
  #mayKeep: number;
  readonly #events = new EventArray();
  #checked: Checked[] = [];
  #kept: QuarantinedEvent[] = [];
  #paceFromMillis: number;
  #pacedRecords = 0;
  readonly #ports: WriterPorts;
  readonly #config: ExportLegacyConfig;
  readonly #file: WrittenFile;

  constructor(file: WrittenFile, ports: WriterPorts, config: ExportLegacyConfig) {
    this.#mayKeep = config.maxBadRecords - file.keptBefore;
    this.#file = file;
    this.#ports = ports;
    this.#config = config;
    this.#paceFromMillis = ports.clock.nowMillis();
  }

  /** Mostly there is nothing to wait for: a promise for each record would cost as much as a tenth of it. */
  add(record: MappedRecord | BadRecord): Promise<void> | undefined {
    this.#pacedRecords++;
    if (record.kind === 'event') return this.#addEvent(record);
    return this.#keep(badRecord(record, this.#file, this.#newSeal(), this.#ports.clock), record.place);
  }

  /** Resolves when all that was added is stored. Rejects with `Unavailable`. */
  async flush(): Promise<void> {
    await this.#publish();
    await this.#storeKept();
  }

  #addEvent(record: MappedRecord): Promise<void> | undefined {
    const { text, start, end } = record;
    const read: ReadEvent = { record, text, value: parseJson(text) ?? null, atMillis: this.#ports.clock.nowMillis() };
    const checked = end - start > this.#config.maxEventBytes ? this.#tooLarge() : this.#check(read);
    return checked instanceof Promise ? checked.then((one) => this.#decided(read, one)) : this.#decided(read, checked);
  }

  #decided(read: ReadEvent, checked: CheckOutcome): Promise<void> | undefined {
    if (checked.kind === 'rejected') return this.#refuse(read, checked);
    // Files come from operators, who speak for whomever they name, as a secret key does: nobody is asked about subjects.
    if (checked.kind === 'foreign') throw new Error('a subject was judged, and no context to judge it by was given');
    // The type was there when the file was begun: the call fails, and goes on from its checkpoint.
    if (checked.kind === 'retry') throw new Unavailable('registry', `a type cannot be asked for: ${checked.reason}`);
    const { start, end } = read.record;
    const { maxSealBytes, maxSealEvents } = this.#config;
    if (this.#events.lengthBytes + end - start + 1 <= maxSealBytes && this.#events.count < maxSealEvents) {
      this.#accept(read.record, checked);
      return undefined;
    }
    return this.#publish().then(() => this.#accept(read.record, checked));
  }

  #accept(record: MappedRecord, checked: Checked): void {
    this.#events.add(record);
    this.#checked.push(checked);
    this.accepted++;
    const week = `${checked.envelope.type} ${weekOf(checked.envelope.timeMicros / 1_000)}`;
    this.acceptedByWeek[week] = (this.acceptedByWeek[week] ?? 0) + 1;
  }

  async #refuse({ record: { place }, text, value, atMillis }: ReadEvent, outcome: Rejected): Promise<void> {
    const event = isJsonObject(value) ? value : {};
    const record = quarantinedEvent({
      stage: 'export-legacy',
      seal: this.#newSeal(),
      at: 0,
      receivedAtMillis: atMillis,
      sentAtMillis: undefined,
      provenSubjects: [],
      sdk: this.#file.sdk,
      type: event['type'],
      identity: claimedIdentity(event),
      outcome,
      text,
      value,
    });
    await this.#keep({ ...record, errors: [...record.errors, ...placeErrors(this.#file.object, place)] }, place);
  }

  #tooLarge(): Rejected {
    return rejected('size', '', 'size', expectedOfEvent('size', this.#config));
  }

  #check({ value, text, atMillis }: ReadEvent): CheckOutcome | Promise<CheckOutcome> {
    const { eventTypes, observer } = this.#ports;
    const written = { value, text: () => text, mayHoldTinyNumber: () => mayHoldTinyNumber(text) };
    const key = { kind: 'sdk', sdk: this.#file.sdk } as const;
    return checkEvent(written, { eventTypes, limits: this.#config, key, receivedAtMillis: atMillis, observer });
  }

  async #keep(record: QuarantinedEvent, { line, offset }: BadRecord['place']): Promise<void> {
    const { reason, errors } = record;
    if (this.firstBad.length < maxFirstBad) this.firstBad.push({ reason, path: errors[0]?.path ?? '', line, offset });
    if (this.#mayKeep <= 0) {
      this.hasTooManyBad = true;
      return;
    }
    this.#mayKeep--;
    this.reasons[record.reason] = (this.reasons[record.reason] ?? 0) + 1;
    this.#ports.observer.count('legacy-refused', 1, record.reason);
    this.#kept.push(record);
    if (this.#kept.length < maxKept) return;
    await this.#storeKept();
    await this.#pace();
  }

  async #storeKept(): Promise<void> {
    const kept = this.#kept;
    this.#kept = [];
    if (kept.length > 0) await this.#ports.quarantine.keep(kept);
  }

  async #publish(): Promise<void> {
    const checked = this.#checked;
    if (checked.length === 0) return;
    this.#checked = [];
    const { publisher, receivedTopic, clock, observer } = this.#ports;
    const payload = this.#events.take();
    const { region } = this.#config;
    const message = sealBatch({
      seal: this.#newSeal(),
      sdk: this.#file.sdk,
      ...(region === '' ? {} : { region }),
      index: {
        segments: [{ lengthBytes: payload.length, receivedAtMillis: clock.nowMillis() }],
        entries: checked.map((one) => checkedEntry(one, 0)),
      },
      segments: [payload],
    });
    await publisher.publish(receivedTopic, [message]);
    observer.count('accepted', checked.length);
    await this.#pace();
  }

  /** Waits until what was stored has had the time that the rate gives it. */
  async #pace(): Promise<void> {
    const { clock } = this.#ports;
    const dueMillis = this.#paceFromMillis + (this.#pacedRecords * 1_000) / this.#config.maxRecordsPerSecond;
    const waitMillis = Math.ceil(dueMillis - clock.nowMillis());
    if (waitMillis > 0) await new Promise<void>((resolve) => void clock.after(waitMillis, resolve));
    // What was slow is not made up for.
    this.#paceFromMillis = Math.max(dueMillis, clock.nowMillis());
    this.#pacedRecords = 0;
  }

  #newSeal(): string {
    return newUuidV7(this.#ports.clock, this.#ports.random);
  }
}

/** Where a record stands, as operators can query it; the name of a file is theirs. */
function placeErrors(object: string, { line, offset }: BadRecord['place']): FieldError[] {
  return [
    { path: `/${object}`, keyword: 'file' },
    { path: `/${line}`, keyword: 'line' },
    { path: `/${offset}`, keyword: 'offset' },
  ];
}

/** A bad record's bytes are its payload; of one that is too long, its length and hash. */
function badRecord(
  { place, reason, column, content }: BadRecord,
  { sdk, object }: Pick<WrittenFile, 'sdk' | 'object'>,
  seal: string,
  clock: Clock,
): QuarantinedEvent {
  const told =
    'bytes' in content
      ? content.bytes
      : Buffer.from(JSON.stringify({ sha256: content.sha256, lengthBytes: place.lengthBytes }));
  const errors = [{ path: column === undefined ? '' : `/${column}`, keyword: reason }, ...placeErrors(object, place)];
  return {
    seal,
    sequence: 0,
    events: 1,
    receivedAtMillis: clock.nowMillis(),
    sdk,
    reason,
    errors,
    stage: 'export-legacy',
    provenSubjects: [],
    payload: told,
  };
}
