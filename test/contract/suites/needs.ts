import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { open, startSealing } from '../../../shared/crypto/sealed-box.ts';
import { kinds, type OurKinds } from '../../../shared/needs/kinds.ts';
import type { DatabasePorts, PortsOf, SecretPorts, TablePorts } from '../../../shared/needs/ports.ts';
import { Unavailable } from '../../../shared/ports/unavailable.ts';
import { everyNeed, type readingNeed } from '../../helpers/every-need.ts';

export interface EveryPort {
  readonly ports: PortsOf<typeof everyNeed>;
  readonly reading: PortsOf<typeof readingNeed>;
  readonly close: () => Promise<void>;
  /** What its pushes show; absent where they show nothing. */
  readonly pushAuthorization?: string;
}

type FirstThings<Ports> = { readonly [Name in keyof Ports]: (port: Ports[Name]) => Promise<void> };

/** The first thing that anybody does with a port. The compiler asks for one for every kind and every access. */
const databases: { readonly [Kind in keyof DatabasePorts]: FirstThings<DatabasePorts[Kind]> } = {
  registry: {
    read: async (registry) => expect(await registry.read()).toMatchObject({ revisions: [] }),
    async write(registry) {
      expect(await registry.publishSdksUpload({}, '1')).toBe('unchanged');
      expect(await registry.attempts()).toEqual([]);
    },
  },
  claims: {
    async write(claims) {
      const document = { claims: new Map([['owner', Uint8Array.of(1, 2)]]), expireAtMillis: 1_800_000_000_000 };
      expect(await claims.write([{ key: 'a0', document, expected: 'absent' }])).toEqual(['written']);
      expect(await claims.read(['a0', 'b0'])).toMatchObject([document, undefined]);
    },
  },
  subjectKeys: {
    async create(keys) {
      const encryptedKeyset = Uint8Array.of(1);
      const stored = { kind: 'keyset', encryptedKeyset };
      expect(await keys.createMissing([{ id: 'ab', encryptedKeyset }])).toEqual([stored]);
      expect((await keys.read(['cd'])).length).toBe(1);
    },
    find: async (keys) => expect(await keys.read(['gh'])).toEqual([undefined]),
    async replace(keys) {
      const times = { erasedAtMillis: 1_000, cutoffMillis: 2_000 };
      const [erased] = await keys.erase([{ idOf: (generation) => `ef-${generation}` }], times);
      expect(erased).toMatchObject({ hadKey: false, tombstone: { generation: 1 } });
    },
  },
  subjectSources: {
    create: async (sources) => sources.record([{ subjectId: 'a', sourceId: 'b' }]),
    write: async (sources) => expect(await sources.sourcesOf('c', 1)).toEqual([]),
  },
  subjectUses: {
    create: async (uses) => uses.mark('2026-11', ['a']),
    write: async (uses) => expect(await uses.seenIn('2026-10', 1)).toEqual([]),
  },
  writeKeys: {
    read: async (keys) => expect(await keys.find('0123456789abcdef')).toBeUndefined(),
    async write(keys) {
      const record = { keyId: 'fedcba9876543210', hash: 'h', sdk: 'web', createdAtMillis: 1_700_000_000_000 };
      await keys.create(record);
      expect(await keys.list()).toEqual([record]);
    },
  },
  replays: {
    async write(replays) {
      expect(await replays.run()).toBeUndefined();
      expect(await replays.replayed(['a'])).toEqual(new Set());
    },
  },
  erasures: {
    write: async (erasures) => expect(await erasures.find('a')).toBeUndefined(),
  },
  exports: {
    async write(exports) {
      expect(await exports.find('ab')).toBeUndefined();
      expect(await exports.save('ab', { at: 1 }, { version: undefined, atMillis: 1 })).not.toBe('changed');
    },
  },
};

/** Nobody has made the table yet. */
const rows: FirstThings<TablePorts> = {
  async quarantine(records) {
    const groups = await records.groups({}).catch((error: unknown) => error);
    if (groups instanceof Unavailable) expect(groups.dependency).toBe('quarantine-table');
    else expect(groups).toEqual([]);
  },
  async events(records) {
    const tables = await records.tables().catch((error: unknown) => error);
    if (tables instanceof Unavailable) expect(tables.dependency).toBe('event-rows');
    else expect(tables).toEqual([]);
  },
};

const secrets: FirstThings<SecretPorts> = {
  hashKey: async (key) => expect(key).toMatchObject({ type: 'secret' }),
  writeKey: async (key) => expect(typeof key).toBe('string'),
  namedSecrets: async (named) => {
    for (const key of named.values()) expect(key.symmetricKeySize).toBeGreaterThanOrEqual(32);
  },
  publicKey: async (key) => expect(key).toMatchObject({ type: 'public' }),
  privateKey: async (key) => expect(key).toMatchObject({ type: 'private' }),
  async masterKeyset(keyset) {
    const [aead, plaintext, no] = [await keyset.aead(), Buffer.from('keyset'), new Uint8Array()];
    expect(Buffer.from((await keyset.aead()).decrypt(aead.encrypt(plaintext, no), no) ?? [])).toEqual(plaintext);
  },
};

/** Every kind of `shared/needs/kinds.ts` opens on a deployment, and its port does its first thing there. */
export function needsContract(deployment: string, openEvery: () => Promise<EveryPort>): void {
  describe(`every kind opens: ${deployment}`, () => {
    let opened: EveryPort;
    beforeEach(async () => {
      opened = await openEvery();
    });
    afterEach(() => opened.close());

    test('a clock, randomness and an observer', () => {
      const { clock, random, observer } = opened.ports;
      expect(clock.nowMillis()).toBeGreaterThan(0);
      expect(random.bytes(8)).toHaveLength(8);
      observer.log('INFO', 'opened');
    });

    test('topics have the names of their kinds, and take messages', async () => {
      const { publisher, topics } = opened.ports;
      const { event, ...roles } = topics;
      for (const [role, topic] of Object.entries(roles)) {
        expect(topic).toBe(Object.entries(kinds.topics).find(([name]) => name === role)?.[1].topic);
        await publisher.publish(topic, [{ data: Uint8Array.of(1), attributes: {} }]);
      }
      expect(event('shop.order.v1')).toBe('event.shop.order.v1');
      await publisher.publish(event('alpha'), [{ data: Uint8Array.of(1), attributes: {} }]);
    });

    test.each([
      ['registry', () => databases.registry.write(opened.ports.databases.registry)],
      ['registry, read', () => databases.registry.read(opened.reading.databases.registry)],
      ['claims', () => databases.claims.write(opened.ports.databases.claims)],
      ['subjectKeys', () => databases.subjectKeys.create(opened.ports.databases.subjectKeys)],
      ['subjectKeys, find', () => databases.subjectKeys.find(opened.ports.databases.subjectKeys)],
      ['subjectSources', () => databases.subjectSources.create(opened.ports.databases.subjectSources)],
      ['subjectUses', () => databases.subjectUses.create(opened.ports.databases.subjectUses)],
      ['subjectUses, write', () => databases.subjectUses.write(opened.reading.databases.subjectUses)],
      ['subjectSources, write', () => databases.subjectSources.write(opened.reading.databases.subjectSources)],
      ['writeKeys', () => databases.writeKeys.write(opened.ports.databases.writeKeys)],
      ['replays', () => databases.replays.write(opened.ports.databases.replays)],
      ['erasures', () => databases.erasures.write(opened.ports.databases.erasures)],
      ['subjectKeys, replace', () => databases.subjectKeys.replace(opened.reading.databases.subjectKeys)],
      ['writeKeys, read', () => databases.writeKeys.read(opened.reading.databases.writeKeys)],
    ])('database %s', async (_, firstThing) => {
      await firstThing();
    });

    test.each(Object.keys(everyNeed.buckets) as (keyof OurKinds['buckets'])[])('bucket %s', async (kind) => {
      const bucket = opened.ports.buckets[kind];
      expect(bucket.name.endsWith(kinds.buckets[kind].suffix)).toBe(true);
      expect(await bucket.put('a/b', Buffer.from('text'))).toBe('written');
      expect(Buffer.from((await bucket.get('a/b'))?.data ?? []).toString()).toBe('text');
    });

    test('secrets', async () => {
      const {
        masterKeyset,
        quarantinePublicKey,
        quarantinePrivateKey,
        heartbeatKey,
        proofKey,
        subjectTokenSecrets,
        ...hashKeys
      } = opened.ports.secrets;
      for (const key of Object.values(hashKeys)) await secrets.hashKey(key);
      await secrets.masterKeyset(masterKeyset);
      await secrets.writeKey(heartbeatKey);
      await secrets.writeKey(proofKey);
      await secrets.namedSecrets(subjectTokenSecrets);
      await secrets.publicKey(quarantinePublicKey);
      await secrets.privateKey(quarantinePrivateKey);
      const context = { info: Buffer.from('test'), aad: Buffer.from('seal') };
      const { random } = opened.ports;
      const sealing = startSealing(quarantinePublicKey, { info: context.info, random });
      const sealed = sealing.seal(Buffer.from('payload'), context.aad);
      expect(Buffer.from(open(quarantinePrivateKey, sealed, context) ?? []).toString()).toBe('payload');
    });

    test.each(everyNeed.describes)('dataset %s', async (kind) => {
      const described = opened.ports.described[kind];
      expect(described.dataset).toBe(kinds.datasets[kind].dataset);
      expect(await described.columns(described.dataset, 'nowhere')).toBeUndefined();
    });

    test('rows of tables', async () => {
      await rows.quarantine(opened.ports.rows.quarantine);
      await rows.events(opened.ports.rows.events);
    });

    test('tables to change, none of which is there yet', async () => {
      const { statements } = opened.ports;
      const change = statements.change({
        sql: (sql) => `DELETE FROM ${sql.table('operations', 'quarantine')} WHERE TRUE`,
      });
      expect(await change).toEqual({ kind: 'no-table' });
    });

    test('an authenticator, which takes what this deployment pushes', async () => {
      expect(await opened.ports.authenticator.check(opened.pushAuthorization)).toEqual({ kind: 'authentic' });
    });
  });
}
