import { defaultEraseSubjectConfig } from '../../functions/erase-subject/config.ts';
import { makeErase } from '../../functions/erase-subject/stage.ts';
import { decryptKeyset } from '../../shared/crypto/tink-aead.ts';
import { type DeterministicAead, makeDeterministicAead } from '../../shared/crypto/tink-deterministic-aead.ts';
import { generationId, subjectKeyId } from '../../shared/erasure/subject-key-id.ts';
import { newUuidV7 } from '../../shared/event/uuid.ts';
import type { DataSubject } from '../../shared/event-types/project.ts';
import { kinds } from '../../shared/needs/kinds.ts';
import type { Tombstone } from '../../shared/ports/subject-key-records.ts';
import { minute } from './plan.ts';
import type { SentEvent } from './sent-events.ts';
import type { World } from './world.ts';

/** Clocks of instances are up to 5 minutes off, either way. */
const config = { ...defaultEraseSubjectConfig, clockDifferenceSeconds: 660 };

/** No table of the quarantine is simulated. */
const noQuarantine = { remember: async () => undefined, deleteNow: async () => undefined };
const noRows = { remember: async () => undefined };

/** An operator erases a person, and asks again until it is answered. */
export async function erasePerson(world: World, person: string): Promise<void> {
  const { clock } = world.scheduler;
  const id = newUuidV7(clock, world.held.random);
  for (;;) {
    const { databases, secrets, publisher, clock: own } = world.portsFor(world.newInstance(), 'erase-subject');
    const { subjectKeys: keys, subjectSources: sources, erasures } = databases;
    const consumers = { publisher, erasedTopic: kinds.topics.subjectErased.topic };
    const { lookupKey } = secrets;
    const stores = { keys, sources, erasures, quarantine: noQuarantine, rows: noRows };
    const erase = makeErase({ ...consumers, ...stores, lookupKey, clock: own, config });
    const subjects = [{ realm: 'customer', subject: person }];
    const request = { id, at: 0, named: 1, keepSources: false, pseudonyms: [], subjects };
    const outcome = await erase(request).catch(() => undefined);
    if (outcome?.kind === 'erased') return;
    await new Promise<void>((resolve) => clock.after(minute, resolve));
  }
}

/** What is stored of a subject: its erasures, and what opens what. */
export interface Life {
  readonly tombstone: Tombstone | undefined;
  /** Opens a pseudonym with any key that there is. */
  readonly open: (pseudonym: unknown) => string | undefined;
}

/** The person and the installation of an event. */
export function subjectsOf({ person, source }: SentEvent): DataSubject[] {
  return [
    { realm: 'customer', subject: person },
    { realm: 'source', subject: source },
  ];
}

/** Of each subject of the events, as it is in the store. */
export type Lives = ReadonlyMap<string, Life>;

export function lifeName({ realm, subject }: DataSubject): string {
  return `${realm} ${subject}`;
}

export async function livesOf(world: World, subjects: readonly DataSubject[]): Promise<Lives> {
  const lives = new Map<string, Life>();
  for (const subject of subjects) {
    if (!lives.has(lifeName(subject))) lives.set(lifeName(subject), await lifeOf(world, subject));
  }
  return lives;
}

async function lifeOf({ held }: World, subject: DataSubject): Promise<Life> {
  const { subjectKeys } = held.databases;
  const master = await held.secrets.masterKeyset.aead();
  const firstId = subjectKeyId(held.secrets.lookupKey, subject);
  const [first] = await subjectKeys.read([firstId]);
  const tombstone = first?.kind === 'tombstone' ? first : undefined;
  const ids = Array.from({ length: (tombstone?.generation ?? 0) + 2 }, (_, generation) =>
    generationId(held.secrets.lookupKey, firstId, generation),
  );
  const aeads: DeterministicAead[] = [];
  for (const [at, stored] of (await subjectKeys.read(ids)).entries()) {
    if (stored?.kind !== 'keyset') continue;
    const associatedData = Buffer.from(ids[at] ?? '');
    const opened = decryptKeyset(master, stored.encryptedKeyset, { type: 'AesSivKey', associatedData });
    if (opened.kind !== 'unreadable') aeads.push(makeDeterministicAead(opened.keyset));
  }
  return {
    tombstone,
    open(pseudonym) {
      const bytes = Buffer.from(String(pseudonym), 'base64');
      for (const aead of aeads) {
        const plain = aead.decrypt(bytes, new Uint8Array(0));
        if (plain !== undefined) return Buffer.from(plain).toString('utf8');
      }
      return undefined;
    },
  };
}
