import { expect, test } from 'vitest';
import { needs as dedup } from '../../../functions/dedup/needs.ts';
import { functions } from '../../../functions/index.ts';
import { needs as ingest } from '../../../functions/ingest/needs.ts';
import { needs as pseudonymize } from '../../../functions/pseudonymize/needs.ts';
import { needs as publishSchema } from '../../../functions/publish-schema/needs.ts';
import { createMemoryPorts } from '../../../shared/adapters/memory/held-ports.ts';
import { pickPorts } from '../../../shared/needs/held-ports.ts';
import type { AnyNeeds, Needs } from '../../../shared/needs/needs.ts';
import { openPorts } from '../../../shared/needs/open-ports.ts';
import { makeCountingObserver } from '../../../shared/observe/json-observer.ts';

// `npm run types` is half of this test: it fails where a line below "does not compile" does.

const held = createMemoryPorts();
const observer = makeCountingObserver();
const { clock, random, databases, secrets, buckets } = held;
const base = () => ({ clock, random, observer });
const publisher = () => held.publisher;
const topic = (_: undefined, kind: { readonly topic: string }) => kind.topic;
const topicFamily = (_: undefined, kind: { readonly prefix: string }) => (member: string) => `${kind.prefix}${member}`;
const registry = () => databases.registry;
const claims = () => databases.claims;
const subjectKeys = () => databases.subjectKeys;
const subjectSources = () => databases.subjectSources;
const subjectUses = () => databases.subjectUses;
const writeKeys = () => databases.writeKeys;
const bucket = () => buckets.snapshot;
const hashKey = () => secrets.claimsKey;
const publicKey = () => secrets.quarantinePublicKey;
const masterKeyset = () => secrets.masterKeyset;
const authenticator = () => held.authenticator;

test('exactly the openers that a function needs open exactly its ports', () => {
  const openers = {
    base,
    publisher,
    topic,
    databases: { registry, claims },
    bucket,
    secrets: { hashKey, publicKey },
    authenticator,
  };
  const ports = openPorts(dedup, openers, undefined);
  expect(ports.topics).toEqual({
    deduplicated: 'deduplicated',
    quarantine: 'quarantine',
    losses: 'losses',
    deadLetters: 'dead-letters',
  });
  expect(Object.keys(ports.databases)).toEqual(['registry', 'claims']);
  expect(Object.keys(ports.buckets)).toEqual(['snapshot']);
  const { claimsKey, quarantinePublicKey, quarantineRecordKey } = secrets;
  expect(ports.secrets).toEqual({ claimsKey, quarantinePublicKey, quarantineRecordKey });
  expect(ports.described).toEqual({});
  expect(ports.authenticator).toBe(held.authenticator);
});

test('a family is a function of its member, and a function that is not pushed to has no authenticator', () => {
  const { topics } = openPorts(
    pseudonymize,
    {
      base,
      publisher,
      topic,
      topicFamily,
      databases: { registry, subjectKeys, subjectSources, subjectUses },
      bucket,
      secrets: { hashKey, publicKey, masterKeyset },
      authenticator,
    },
    undefined,
  );
  expect([topics.quarantine, topics.event('shop.order.v1')]).toEqual(['quarantine', 'event.shop.order.v1']);
  const secrets = { hashKey, publicKey, namedSecrets: () => new Map() };
  const ingestOpeners = { base, publisher, topic, databases: { registry, writeKeys }, bucket, secrets };
  expect(openPorts(ingest, ingestOpeners, undefined)).not.toHaveProperty('authenticator');
});

test('what a process holds is picked as it would be opened', () => {
  for (const needs of functions) {
    const picked = pickPorts(needs, held, observer);
    expect(Object.keys(picked.databases)).toEqual(Object.keys(needs.databases));
    expect(Object.keys(picked.buckets)).toEqual(Object.keys(needs.buckets));
    expect(Object.keys(picked.secrets)).toEqual(needs.secrets);
    expect(Object.keys(picked.topics)).toEqual(needs.publishes);
    expect('publisher' in picked).toBe(needs.publishes.length > 0);
    expect('authenticator' in picked).toBe(needs.callers.kind === 'push');
  }
});

test('asking for what is not needed does not compile, and is not there', () => {
  const ofDedup = pickPorts(dedup, held, observer);
  // @ts-expect-error it needs no write keys
  expect(ofDedup.databases.writeKeys).toBeUndefined();
  // @ts-expect-error it reads no schema files
  expect(ofDedup.buckets.schemas).toBeUndefined();
  // @ts-expect-error it publishes to another topic
  expect(ofDedup.topics.received).toBeUndefined();
  // @ts-expect-error another secret is its own
  expect(ofDedup.secrets.identityKey).toBeUndefined();
  const silent = { ...publishSchema, publishes: [] } as const;
  // @ts-expect-error it publishes nothing
  expect(pickPorts(silent, held, observer).publisher).toBeUndefined();
  // @ts-expect-error it is called by anybody
  expect(pickPorts(ingest, held, observer).authenticator).toBeUndefined();
  // @ts-expect-error it finds write keys, and makes none
  expect(pickPorts(ingest, held, observer).databases.writeKeys.create).toBeDefined();
});

test('an opener too few or too many does not compile; without one nothing opens', () => {
  const openers = { base, publisher, topic, bucket };
  const [whole, keys] = [
    { registry, claims },
    { hashKey, publicKey },
  ];
  // @ts-expect-error no authenticator
  const pushed = () => openPorts(dedup, { ...openers, databases: whole, secrets: keys }, undefined);
  expect(pushed).toThrow('dedup needs an authenticator');
  const secured = { ...openers, secrets: keys, authenticator };
  // @ts-expect-error no claims
  expect(() => openPorts(dedup, { ...secured, databases: { registry } }, undefined)).toThrow('needs database claims');
  const whatever = () => ({ ...secured, databases: whole });
  // @ts-expect-error no publisher
  expect(() => openPorts(dedup, { ...whatever(), publisher: undefined }, undefined)).toThrow('needs a publisher');
  // @ts-expect-error a database too many
  openPorts(dedup, { ...secured, databases: { registry, claims, writeKeys } }, undefined);
  // @ts-expect-error a form of secrets too many
  openPorts(dedup, { ...openers, databases: whole, secrets: { ...keys, masterKeyset }, authenticator }, undefined);
  // @ts-expect-error a family too many
  openPorts(dedup, { ...whatever(), topicFamily }, undefined);
  // @ts-expect-error a kind of bucket that there is not
  const strange: Needs = { ...dedup, buckets: { nowhere: 'read' } };
  const all: readonly AnyNeeds[] = [...functions, strange];
  expect(all).toHaveLength(functions.length + 1);
});
