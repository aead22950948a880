import type { KeyObject } from 'node:crypto';
import type { Aead } from '../../shared/crypto/tink-aead.ts';
import { generationId, subjectKeyId } from '../../shared/erasure/subject-key-id.ts';
import type { DataSubject, PersonalValue } from '../../shared/event-types/project.ts';
import type { Clock } from '../../shared/ports/clock.ts';
import { isObjected } from '../../shared/ports/objections.ts';
import type { Random } from '../../shared/ports/random.ts';
import type { StoredKey, SubjectKeyRecords, Tombstone } from '../../shared/ports/subject-key-records.ts';
import { Unavailable } from '../../shared/ports/unavailable.ts';
import type { PseudonymizeConfig } from './config.ts';
import { type ErasedBy, type EventMoment, erasedBy } from './erased.ts';
import { newEncryptedKeyset, openCipher, type SubjectCipher, type UnreadableKey } from './subject-cipher.ts';

/** The subject was erased, and its erasure covers the event. */
interface ErasedSubject {
  readonly kind: 'erased';
  readonly by: ErasedBy;
}

/** Whose an event is, its personal values, and when it was. */
interface KeyUse {
  readonly moment: EventMoment;
  readonly owners: readonly (DataSubject | undefined)[];
  readonly personalValues: readonly Pick<PersonalValue, 'subject'>[];
}

/** The keys of the subjects of one batch. */
export interface SubjectCiphers {
  /** The key of a subject for whom no moment makes a difference: who was never erased, nor objects. Throws as `of` does. */
  steady(subject: DataSubject): SubjectCipher | undefined;
  /** Throws for a subject that was not asked for. */
  of(subject: DataSubject, moment: EventMoment): SubjectCipher | UnreadableKey | ErasedSubject;
  /** Whether the subject objects to what is received at that moment. Throws for the same. */
  objects(subject: DataSubject, moment: EventMoment): boolean;
}

export interface SubjectKeys {
  /**
   * Obtains the key that each value of the events needs, making those that are missing. Rejects with `Unavailable`, and
   * for nothing else.
   */
  obtain(uses: readonly KeyUse[]): Promise<SubjectCiphers>;
}

export interface SubjectKeysOptions {
  readonly records: SubjectKeyRecords;
  /** Secret key of record ids; never rotates. */
  readonly lookupKey: KeyObject;
  /** AEAD of the master keyset. */
  readonly master: Aead;
  readonly clock: Clock;
  readonly random: Random;
  readonly config: PseudonymizeConfig;
}

/** A subject that was erased, and its key of today once an event has needed it. */
interface ErasedEntry {
  readonly kind: 'erased';
  readonly tombstone: Tombstone;
  readonly later?: SubjectCipher | UnreadableKey;
}

type Entry = SubjectCipher | UnreadableKey | ErasedEntry;

interface Cached {
  readonly entry: SubjectCipher | ErasedEntry;
  /** Whatever the entry holds was read so long before that no erasure waits longer for it. */
  readonly expireAtMillis: number;
}

/** By the id of generation 0. */
type Entries = Map<string, Entry>;

/** How often a subject may be erased while its key is obtained. */
const maxRounds = 4;

/**
 * Keys of data subjects: each has a random AES-SIV keyset, stored under a keyed hash of realm and subject, encrypted
 * with the master keyset and bound to its id. Unwrapped keys are cached briefly and bounded, least recently used first
 * out. A subject that was erased has a tombstone there, which leads to the key that it has since: erased people alone
 * cost a second read, and only for events that their erasure does not cover.
 */
export function makeSubjectKeys(options: SubjectKeysOptions): SubjectKeys {
  const { records, lookupKey, clock, master, random, config } = options;
  const cache = new Map<string, Cached>();

  function remember(id: string, cached: Cached): void {
    cache.delete(id);
    cache.set(id, cached);
    if (cache.size <= config.maxCachedKeys) return;
    const [oldest] = cache.keys();
    if (oldest !== undefined) cache.delete(oldest);
  }

  /** What is stored under each id, of which there are no two alike, after it was made where nothing was. */
  async function readOrMake(ids: readonly string[]): Promise<StoredKey[]> {
    const found = await records.read(ids);
    const missing = ids.filter((_, at) => found[at] === undefined);
    if (missing.length === 0) return found.filter((key) => key !== undefined);
    const made = missing.map((id) => ({ id, encryptedKeyset: newEncryptedKeyset(master, random, id) }));
    const stored = await records.createMissing(made);
    const created = new Map(missing.map((id, at) => [id, stored[at]]));
    return ids.map((id, at) => found[at] ?? created.get(id) ?? { kind: 'keyset', encryptedKeyset: new Uint8Array() });
  }

  function opened(stored: StoredKey, ids: Pick<SubjectCipher, 'id' | 'firstId' | 'generation'>): Entry {
    if (stored.kind === 'tombstone') return { kind: 'erased', tombstone: stored };
    const cipher = openCipher(master, stored, { ...ids, maxRememberedValues: config.maxRememberedValues });
    return stored.objections === undefined ? cipher : { ...cipher, objections: stored.objections };
  }

  async function loadFirst(ids: readonly string[], entries: Entries): Promise<void> {
    const expireAtMillis = clock.nowMillis() + config.keyCacheSeconds * 1_000;
    for (const [at, stored] of (await readOrMake(ids)).entries()) {
      const id = ids[at] ?? '';
      const entry = opened(stored, { id, firstId: id, generation: 0 });
      entries.set(id, entry);
      if (entry.kind !== 'unreadable') remember(id, { entry, expireAtMillis });
    }
  }

  /** Keys of today. A subject that is erased meanwhile is read anew, whether it is covered now or not. */
  async function loadLater(subjects: ReadonlySet<string>, entries: Entries): Promise<void> {
    const wanted = [...subjects].flatMap((first) => {
      const entry = entries.get(first);
      if (entry?.kind !== 'erased') return [];
      const { tombstone } = entry;
      return [{ first, tombstone, id: generationId(lookupKey, first, tombstone.generation) }];
    });
    const stored = await readOrMake(wanted.map(({ id }) => id));
    const erasedAgain: string[] = [];
    for (const [at, { first, tombstone, id }] of wanted.entries()) {
      const key = stored[at];
      const generations = { id, firstId: first, generation: tombstone.generation };
      const later = key === undefined ? undefined : opened(key, generations);
      if (later === undefined || later.kind === 'erased') {
        erasedAgain.push(first);
        continue;
      }
      entries.set(first, { kind: 'erased', tombstone, later });
      const cached = cache.get(first);
      if (cached?.entry.kind !== 'erased' || later.kind === 'unreadable') continue;
      if (cached.entry.tombstone.generation !== tombstone.generation) continue;
      cache.set(first, { ...cached, entry: { kind: 'erased', tombstone, later } });
    }
    if (erasedAgain.length > 0) await loadFirst(erasedAgain, entries);
  }

  async function loadErased(uses: readonly KeyUse[], ids: SubjectIds, entries: Entries) {
    for (let round = 0; ; round++) {
      const wanted = new Set<string>();
      for (const use of uses) {
        for (const subject of subjectsOf(use)) {
          const id = ids.of(subject) ?? '';
          const entry = entries.get(id);
          if (entry?.kind !== 'erased' || entry.later !== undefined) continue;
          if (erasedBy(entry.tombstone, use.moment) === undefined) wanted.add(id);
        }
      }
      if (wanted.size === 0) return;
      if (round === maxRounds) throw new Unavailable('subject-keys', 'a subject is erased over and over');
      await loadLater(wanted, entries);
    }
  }

  return {
    async obtain(uses) {
      if (uses.length === 0) return noCiphers;
      const ids = new SubjectIds();
      const entries: Entries = new Map();
      const absent: string[] = [];
      const nowMillis = clock.nowMillis();
      for (const subject of differentSubjects(uses)) {
        if (ids.of(subject) !== undefined) continue;
        const id = subjectKeyId(lookupKey, subject);
        ids.set(subject, id);
        const cached = cache.get(id);
        if (cached === undefined || cached.expireAtMillis <= nowMillis) absent.push(id);
        else {
          entries.set(id, cached.entry);
          remember(id, cached);
        }
      }
      if (absent.length > 0) await loadFirst(absent, entries);
      for (const { kind } of entries.values()) {
        if (kind !== 'erased') continue;
        await loadErased(uses, ids, entries);
        break;
      }
      return new ObtainedCiphers(ids, entries);
    },
  };
}

function subjectsOf({ owners, personalValues }: KeyUse): DataSubject[] {
  return [...owners.flatMap((owner) => owner ?? []), ...personalValues.map(({ subject }) => subject)];
}

/** Most values of a batch are of a few people, each of them one object. */
function differentSubjects(uses: readonly KeyUse[]): Set<DataSubject> {
  const subjects = new Set<DataSubject>();
  let before: KeyUse['owners'] = [];
  let one: DataSubject | undefined;
  for (const { owners, personalValues } of uses) {
    if (owners !== before) for (const owner of owners) if (owner !== undefined) subjects.add(owner);
    before = owners;
    for (const { subject } of personalValues) {
      if (subject !== one) subjects.add(subject);
      one = subject;
    }
  }
  return subjects;
}

/** Ids of generation 0, by realm, then by subject: a text of both would be made and hashed for each that is asked for. */
class SubjectIds {
  readonly #realms = new Map<string, Map<string, string>>();

  of({ realm, subject }: DataSubject): string | undefined {
    return this.#realms.get(realm)?.get(subject);
  }

  set({ realm, subject }: DataSubject, id: string): void {
    const ids = this.#realms.get(realm);
    if (ids === undefined) this.#realms.set(realm, new Map([[subject, id]]));
    else ids.set(subject, id);
  }
}

// No closures: V8 throws optimized code of those that are made for each batch away with them.
class ObtainedCiphers implements SubjectCiphers {
  readonly #ids: SubjectIds;
  readonly #entries: Entries;
  /** Of who was asked for last: most values of a batch are of one person after the other, each of them one object. */
  #subject: DataSubject | undefined;
  #entry: Entry | undefined;

  constructor(ids: SubjectIds, entries: Entries) {
    this.#ids = ids;
    this.#entries = entries;
  }

  #entryOf(subject: DataSubject): Entry {
    if (this.#subject === subject && this.#entry !== undefined) return this.#entry;
    const entry = this.#entries.get(this.#ids.of(subject) ?? '');
    if (entry === undefined) throw new Error('the key of this data subject was not obtained');
    this.#subject = subject;
    this.#entry = entry;
    return entry;
  }

  steady(subject: DataSubject): SubjectCipher | undefined {
    const entry = this.#entryOf(subject);
    return entry.kind === 'cipher' && entry.objections === undefined ? entry : undefined;
  }

  objects(subject: DataSubject, { receivedAtMillis }: EventMoment): boolean {
    const entry = this.#entryOf(subject);
    const { objections = [] } = entry.kind === 'erased' ? entry.tombstone : entry;
    return objections.length > 0 && isObjected(objections, receivedAtMillis);
  }

  of(subject: DataSubject, moment: EventMoment): SubjectCipher | UnreadableKey | ErasedSubject {
    const entry = this.#entryOf(subject);
    if (entry.kind !== 'erased') return entry;
    const by = erasedBy(entry.tombstone, moment);
    if (by !== undefined) return { kind: 'erased', by };
    if (entry.later === undefined) throw new Error('the key of today of this data subject was not obtained');
    return entry.later;
  }
}

/** Of no events. While there is one, V8 keeps what it knows of their shape. */
const noCiphers = new ObtainedCiphers(new SubjectIds(), new Map());
