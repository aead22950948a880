import type { KeyObject } from 'node:crypto';
import { keyedHashText, keyedHashTexts } from '../crypto/keyed-hash.ts';
import { open, type SealedBox, type SealingContext, startSealing } from '../crypto/sealed-box.ts';
import { type JsonObject, parseJson } from '../event/json.ts';
import { formatMillis } from '../event/time.ts';
import type { Clock } from '../ports/clock.ts';
import type { Message, Publisher } from '../ports/publisher.ts';
import type { EventIdentity, ProvenSubject, Quarantine, QuarantinedEvent } from '../ports/quarantine.ts';
import type { QuarantineRecord } from '../ports/quarantine-records.ts';
import type { Random } from '../ports/random.ts';
import { noIdentityKey } from './quarantine-sql.ts';
import { type QuarantinedSubjectsOptions, subjectRows } from './quarantined-subjects.ts';

const info = Buffer.from('edi.quarantine.v2');
const recordKeyBytes = 16;
const lengthBytes = 4;

/**
 * One key exchange serves the records of this long: it costs more than all else of a record, and whoever sends refused
 * events one by one would have us pay it for each. So long, too, could who reads this process's memory open its records.
 */
const maxSealingMillis = 1_000;

/** What is authenticated with a payload: all that a replay believes of a record. */
type BoundFields = Pick<QuarantineRecord, 'recordKey' | 'seal' | 'sdk' | 'receivedAtMillis' | 'sentAtMillis' | 'type'>;

/** What a box holds. */
export interface OpenedPayload {
  /** UTF-8 JSON of the event, or of an array of several. */
  readonly payload: Uint8Array;
  readonly provenSubjects: readonly ProvenSubject[];
}

export interface EncryptedQuarantineOptions {
  readonly publisher: Publisher;
  readonly topic: string;
  /** Who writes holds the public key only; nobody before the replay can read a payload. */
  readonly publicKey: KeyObject;
  /** Makes record keys; never rotates. */
  readonly recordKey: KeyObject;
  /** Where it is also told, apart from the records, of whom they speak. */
  readonly subjects?: QuarantinedSubjectsOptions & { readonly topic: string };
  readonly clock: Clock;
  readonly random: Random;
}

/**
 * A quarantine that publishes one message a record, a row of `quarantineColumns` as JSON, and with `subjects` rows of
 * `quarantinedSubjectsColumns` to their topic. The records are the same without.
 */
export function makeEncryptedQuarantine(options: EncryptedQuarantineOptions): Quarantine {
  const { publisher, topic, publicKey, recordKey, subjects, clock, random } = options;
  let sealing: SealingContext | undefined;
  let startedAtMillis = 0;

  function currentSealing(nowMillis: number): SealingContext {
    const ageMillis = nowMillis - startedAtMillis;
    if (sealing !== undefined && ageMillis >= 0 && ageMillis < maxSealingMillis) return sealing;
    startedAtMillis = nowMillis;
    sealing = startSealing(publicKey, { info, random });
    return sealing;
  }

  return {
    async keep(events) {
      const nowMillis = clock.nowMillis();
      const context = currentSealing(nowMillis);
      const timeText = makeTimeText();
      const keptTime = timeText(nowMillis);
      const told: Message[] = [];
      const messages = events.map((event) => {
        const fields = boundFields(event, recordKeyOf(recordKey, event));
        if (subjects !== undefined) told.push(...subjectRows(event, { ...fields, keptTime }, subjects));
        const box = context.seal(boxContent(event), boundBytes(fields));
        const { identity, identities } = event;
        const keyOf = makeIdentityKeys(recordKey, event.sdk);
        const identityKey = identity && keyOf(identity);
        const identityKeys = identities && joinedKeys(identities, keyOf);
        return {
          data: rowBytes(event, { fields, identityKey, identityKeys, keptTime, timeText, box }),
          attributes: { reason: event.reason },
        };
      });
      const telling = subjects === undefined || told.length === 0 ? [] : [publisher.publish(subjects.topic, told)];
      await Promise.all([...telling, publisher.publish(topic, messages)]);
    },
  };
}

/**
 * The key of a record: of what was sent and by which SDK, so that a redelivery and a client's resend make the same one,
 * and never of the identity that the event claims, which others could imitate.
 */
function recordKeyOf(key: KeyObject, { sdk, payload }: Pick<QuarantinedEvent, 'sdk' | 'payload'>): string {
  const parts = sdk === undefined ? [payload] : [sdk, payload];
  return keyedHashText(key, 'edi.quarantine-record.v1', parts, recordKeyBytes);
}

/**
 * Of the identity that an event claims, so that replay finds the newest of several attempts at one event. Each SDK has
 * its own: nobody pushes aside what another's key sent.
 */
function makeIdentityKeys(key: KeyObject, sdk: string | undefined): (identity: EventIdentity) => string {
  const common = sdk === undefined ? [] : [sdk];
  const keyOf = keyedHashTexts(key, 'edi.quarantine-identity.v1', { common, prefixBytes: recordKeyBytes });
  return ({ source, id, timeMicros }) => keyOf([source, id, String(timeMicros)]);
}

/** One after the other, since tables are asked by place. Equal ones that come one after the other are hashed once. */
function joinedKeys(
  identities: readonly (EventIdentity | undefined)[],
  keyOf: (identity: EventIdentity) => string,
): string {
  let before: EventIdentity | undefined;
  let hashed = noIdentityKey;
  let keys = '';
  for (const identity of identities) {
    if (identity !== undefined && !(before !== undefined && isSame(identity, before))) {
      before = identity;
      hashed = keyOf(identity);
    }
    keys += identity === undefined ? noIdentityKey : hashed;
  }
  return keys;
}

function isSame(one: EventIdentity, other: EventIdentity): boolean {
  return one.id === other.id && one.timeMicros === other.timeMicros && one.source === other.source;
}

function boundFields(event: QuarantinedEvent, recordKey: string): BoundFields {
  const { seal, sdk, receivedAtMillis, sentAtMillis, type } = event;
  // A client's clock may say anything; the table takes the years 1 to 9999.
  const isKept = sentAtMillis !== undefined && formatMillis(sentAtMillis) !== undefined;
  return {
    recordKey,
    seal,
    receivedAtMillis,
    ...(sdk === undefined ? {} : { sdk }),
    ...(isKept ? { sentAtMillis } : {}),
    ...(type === undefined ? {} : { type }),
  };
}

/** JSON of a list: each field has its place, an absent one is null, and no two lists are written alike. */
function boundBytes({ recordKey, seal, sdk, receivedAtMillis, sentAtMillis, type }: BoundFields): Buffer {
  const fields = [recordKey, seal, sdk ?? null, receivedAtMillis, sentAtMillis ?? null, type ?? null];
  return Buffer.from(JSON.stringify(fields));
}

/**
 * u32 big endian: length of the JSON list of proven subjects | that list | the event's bytes. Who was proven is as
 * personal as the event, so it is in the box and not beside it.
 */
function boxContent({ provenSubjects, payload }: QuarantinedEvent): Buffer {
  const subjects = JSON.stringify(provenSubjects.map(({ realm, subject }) => [realm, subject]));
  const subjectBytes = Buffer.byteLength(subjects);
  const content = Buffer.allocUnsafe(lengthBytes + subjectBytes + payload.length);
  content.writeUInt32BE(subjectBytes);
  content.write(subjects, lengthBytes);
  content.set(payload, lengthBytes + subjectBytes);
  return content;
}

interface Sealed {
  readonly fields: BoundFields;
  readonly identityKey: string | undefined;
  readonly identityKeys: string | undefined;
  readonly keptTime: string;
  readonly timeText: (epochMillis: number) => string;
  readonly box: SealedBox;
}

/** Divisible by three: what is encoded in pieces is then what it is in whole. */
const base64PieceBytes = 49_152;

/** JSON of the row. Base64, which is most of it, has nothing to escape; in one text it would cost five times as much. */
function rowBytes(event: QuarantinedEvent, sealed: Sealed): Buffer {
  const { buffer, byteOffset, byteLength } = sealed.box.ciphertext;
  const payload = Buffer.from(buffer, byteOffset, byteLength);
  const head = `${JSON.stringify(rowBesidePayload(event, sealed)).slice(0, -1)},"payload":"`;
  const row = Buffer.allocUnsafe(Buffer.byteLength(head) + Math.ceil(byteLength / 3) * 4 + rowEnd.length);
  let at = row.write(head);
  for (let from = 0; from < byteLength; from += base64PieceBytes) {
    at += row.write(payload.toString('base64', from, from + base64PieceBytes), at, 'latin1');
  }
  row.write(rowEnd, at);
  return row;
}

const rowEnd = '"}';

function rowBesidePayload(
  event: QuarantinedEvent,
  { fields, identityKey, identityKeys, keptTime, timeText, box }: Sealed,
): JsonObject {
  const { sequence, events, stage, reason, errors } = event;
  const { recordKey, seal, receivedAtMillis, sentAtMillis, sdk, type } = fields;
  return {
    record_key: recordKey,
    ...(identityKey === undefined ? {} : { identity_key: identityKey }),
    ...(identityKeys === undefined ? {} : { identity_keys: identityKeys }),
    seal,
    sequence,
    events,
    kept_time: keptTime,
    received_time: timeText(receivedAtMillis),
    ...(sentAtMillis === undefined ? {} : { sent_at: timeText(sentAtMillis) }),
    ...(sdk === undefined ? {} : { sdk }),
    stage,
    reason,
    ...(type === undefined ? {} : { type }),
    errors: errors.map(({ path, keyword }) => ({ path, keyword })),
    enc: Buffer.from(box.enc).toString('base64'),
    enc_sequence: box.sequence,
  };
}

/** Of our own clocks, and of a client's that was checked. Records that are kept at once share their times. */
function makeTimeText(): (epochMillis: number) => string {
  const texts = new Map<number, string>();
  return (epochMillis) => {
    const known = texts.get(epochMillis);
    if (known !== undefined) return known;
    const text = formatMillis(epochMillis);
    if (text === undefined) throw new RangeError(`${epochMillis} ms is outside the years 1 to 9999`);
    texts.set(epochMillis, text);
    return text;
  };
}

/**
 * What a record holds. Undefined when it was not sealed for this key, or when anything that the box is bound to is not
 * what it was: key, seal, SDK, times of receipt and sending, type.
 */
export function openQuarantined(privateKey: KeyObject, record: QuarantineRecord): OpenedPayload | undefined {
  const box = {
    enc: Buffer.from(record.enc, 'base64'),
    sequence: record.encSequence,
    ciphertext: Buffer.from(record.payload, 'base64'),
  };
  const opened = open(privateKey, box, { info, aad: boundBytes(record) });
  return opened === undefined ? undefined : readBox(Buffer.from(opened));
}

function readBox(content: Buffer): OpenedPayload | undefined {
  if (content.length < lengthBytes) return undefined;
  const start = lengthBytes + content.readUInt32BE();
  if (start > content.length) return undefined;
  const subjects = parseJson(content.toString('utf8', lengthBytes, start));
  if (!Array.isArray(subjects)) return undefined;
  const provenSubjects: ProvenSubject[] = [];
  for (const pair of subjects) {
    const [realm, subject] = Array.isArray(pair) ? pair : [];
    if (typeof realm !== 'string' || typeof subject !== 'string') return undefined;
    provenSubjects.push({ realm, subject });
  }
  return { payload: content.subarray(start), provenSubjects };
}
