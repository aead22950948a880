import type { HeldPorts } from '../../shared/needs/held-ports.ts';
import type { ClaimDocuments } from '../../shared/ports/claim-documents.ts';
import type { Erasures } from '../../shared/ports/erasures.ts';
import type { ObjectStore } from '../../shared/ports/object-store.ts';
import type { PublishingRegistry } from '../../shared/ports/publications.ts';
import type { Message, Publisher } from '../../shared/ports/publisher.ts';
import type { RegistrySnapshot } from '../../shared/ports/registry.ts';
import type { Replays } from '../../shared/ports/replays.ts';
import type { StoredKey, SubjectKeyErasures, SubjectKeyRecords } from '../../shared/ports/subject-key-records.ts';
import type { SubjectSource, SubjectSourceRecords, SubjectSources } from '../../shared/ports/subject-sources.ts';
import type { Instance, Surroundings } from './instances.ts';

/** Stores what an instance publishes. */
export type Store = (topic: string, messages: readonly Message[]) => void;

/**
 * The ports of one instance, over what all share: each operation waits for its turn and goes wrong as the instance, the
 * network and the platform do.
 */
export function portsOf<Held extends HeldPorts>(
  instance: Instance,
  held: Held,
  world: Surroundings & { store: Store },
) {
  const { databases, buckets } = held;
  const ports = {
    ...held,
    clock: instance.clock,
    publisher: publisher(instance, world),
    databases: {
      ...databases,
      claims: claims(instance, databases.claims, world),
      subjectKeys: subjectKeys(instance, databases.subjectKeys, world),
      registry: registry(instance, databases.registry),
      replays: replays(instance, databases.replays),
      erasures: erasures(instance, databases.erasures),
      subjectSources: subjectSources(instance, databases.subjectSources),
    },
    buckets: {
      snapshot: { ...bucket(instance, buckets.snapshot), name: buckets.snapshot.name },
      schemas: { ...bucket(instance, buckets.schemas), name: buckets.schemas.name },
    },
  };
  return ports;
}

function publisher(instance: Instance, { dice, store }: Pick<Surroundings, 'dice'> & { store: Store }): Publisher {
  return {
    async publish(topic, messages) {
      const some = async () => store(topic, messages.slice(0, dice.below(messages.length + 1)));
      const all = async () => store(topic, messages);
      await instance.call('publisher', `topic ${topic}`, all, {
        before: 'refused-publish',
        after: 'lost-publish-answer',
        parts: { kind: 'partial-publish', some },
      });
    },
  };
}

function claims(instance: Instance, stored: ClaimDocuments, { dice, chaos }: Surroundings): ClaimDocuments {
  return {
    read: (keys) => instance.call('claims', 'claims', () => stored.read(keys)),
    write: (writes) =>
      instance.call(
        'claims',
        'claims',
        async () => {
          const results: ('written' | 'conflict')[] = [];
          for (const write of writes) {
            if (chaos.strikes('conflict')) results.push('conflict');
            else if (chaos.strikes('told-conflict')) {
              await stored.write([write]);
              results.push('conflict');
            } else results.push(...(await stored.write([write])));
          }
          return results;
        },
        {
          before: 'aborted',
          after: 'unknown-outcome',
          // Any of them, not the first ones: each has its own outcome.
          parts: { kind: 'partial-write', some: () => stored.write(writes.filter(() => dice.chance(0.5))) },
        },
      ),
  };
}

function subjectKeys<Keys extends SubjectKeyRecords & SubjectKeyErasures>(
  instance: Instance,
  stored: Keys,
  { dice }: Surroundings,
): SubjectKeyRecords & SubjectKeyErasures {
  return {
    erase: (subjects, times) =>
      instance.call('subject-keys', 'keys', () => stored.erase(subjects, times), {
        before: 'aborted',
        after: 'unknown-outcome',
        parts: {
          kind: 'partial-write',
          some: () =>
            stored.erase(
              subjects.filter(() => dice.chance(0.5)),
              times,
            ),
        },
      }),
    read: (ids) => instance.call('subject-keys', 'keys', () => stored.read(ids)),
    createMissing: (records) =>
      instance.call('subject-keys', 'keys', () => stored.createMissing(records), {
        before: 'aborted',
        after: 'unknown-outcome',
        parts: { kind: 'partial-write', some: () => stored.createMissing(records.filter(() => dice.chance(0.5))) },
      }),
  };
}

function registry(instance: Instance, stored: PublishingRegistry): PublishingRegistry {
  const call = <T>(effect: () => Promise<T>) =>
    instance.call('registry', instance.isCutOff() ? 'nothing reaches it' : 'registry', effect);
  return {
    read: (known) => call(() => stored.read(known)),
    publishedType: (type) => call(() => stored.publishedType(type)),
    activateUpload: (upload, nowMillis) => call(() => stored.activateUpload(upload, nowMillis)),
    publishSdksUpload: (sdks, generation) => call(() => stored.publishSdksUpload(sdks, generation)),
    recordAttempt: (attempt) => call(() => stored.recordAttempt(attempt)),
    attempts: () => call(() => stored.attempts()),
  };
}

function bucket(instance: Instance, stored: ObjectStore): ObjectStore {
  const call = <T>(effect: () => Promise<T>) => instance.call('object-store', 'buckets', effect);
  return {
    get: (name) => call(() => stored.get(name)),
    getBounded: (name, maxBytes) => call(() => stored.getBounded(name, maxBytes)),
    stream: (name, fromByte) => call(() => stored.stream(name, fromByte)),
    put: (name, data, expected) => call(() => stored.put(name, data, expected)),
    list: (prefix) => stored.list(prefix),
    remove: (name) => call(() => stored.remove(name)),
  };
}

function replays(instance: Instance, stored: Replays): Replays {
  return {
    run: () => instance.call('replays', 'marks', () => stored.run()),
    save: (run, marks, version) =>
      instance.call('replays', 'marks', () => stored.save(run, marks, version), {
        before: 'aborted',
        after: 'unknown-outcome',
      }),
    replayed: (keys) => instance.call('replays', 'marks', () => stored.replayed(keys)),
  };
}

function subjectSources(instance: Instance, stored: SubjectSources & SubjectSourceRecords) {
  const call = <T>(effect: () => Promise<T>) =>
    instance.call('subject-sources', 'sources', effect, { before: 'aborted', after: 'unknown-outcome' });
  return {
    record: (pairs: readonly SubjectSource[]) => call(() => stored.record(pairs)),
    sourcesOf: (subjectId: string, max: number) => call(() => stored.sourcesOf(subjectId, max)),
    subjectsOf: (sourceId: string, max: number) => call(() => stored.subjectsOf(sourceId, max)),
    forget: (pairs: readonly SubjectSource[]) => call(() => stored.forget(pairs)),
  };
}

function erasures(instance: Instance, stored: Erasures): Erasures {
  return {
    find: (id) => instance.call('erasures', 'erasures', () => stored.find(id)),
    save: (erasure, version) =>
      instance.call('erasures', 'erasures', () => stored.save(erasure, version), {
        before: 'aborted',
        after: 'unknown-outcome',
      }),
  };
}

/** The registry as it was before the newest revision of a type came, for as long as `isBack`. */
export function rolledBack(stored: PublishingRegistry, isBack: () => boolean): PublishingRegistry {
  const before = new Map<string, RegistrySnapshot['revisions'][number]>();
  return {
    ...stored,
    async read(known) {
      // Versions between those of the registry, so that coming and going both are changes.
      if (!isBack() && before.size > 0) return stored.read(known);
      const now = await stored.read();
      if (now === 'unchanged') return now;
      for (const revision of now.revisions) if (revision.revision === 1) before.set(revision.type, revision);
      const version = isBack() ? now.version + 0.5 : now.version;
      if (known === version) return 'unchanged';
      if (!isBack()) return now;
      return { ...now, version, revisions: now.revisions.map((one) => before.get(one.type) ?? one) };
    },
  };
}

const spoiltKey: StoredKey = { kind: 'keyset', encryptedKeyset: Buffer.from('no keyset') };

/** Stored keys of which some cannot be read now. */
export function spoiled<Keys extends SubjectKeyRecords>(stored: Keys, isSpoiled: (id: string) => boolean): Keys {
  return {
    ...stored,
    async read(ids) {
      const found = await stored.read(ids);
      return found.map((key, at) => (isSpoiled(ids[at] ?? '') ? spoiltKey : key));
    },
  };
}
