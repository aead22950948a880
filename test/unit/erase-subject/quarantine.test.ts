import { expect, test } from 'vitest';
import { importHashKey } from '../../../shared/crypto/keyed-hash.ts';
import { generateSealedBoxKeyPair } from '../../../shared/crypto/sealed-box.ts';
import { asObject, isJsonObject, type JsonValue, parseJson } from '../../../shared/event/json.ts';
import type { DataSubject } from '../../../shared/event-types/project.ts';
import { makeEncryptedQuarantine } from '../../../shared/quarantine/quarantine-record.ts';
import { claimedIdentity } from '../../../shared/quarantine/quarantined-event.ts';
import { startMillis } from '../../helpers/batches.ts';
import { eraseWorld } from '../../helpers/erase-world.ts';
import { eventSchema, schemaDocument } from '../../helpers/schemas.ts';

const [minute, dayMillis] = [60_000, 86_400_000];
const schema = eventSchema(
  schemaDocument({
    type: 'shop.review.v1',
    properties: {
      author: {
        type: 'string',
        treatment: { do: 'pseudonymize', subject: { realm: 'author', pointer: '/author' } },
      },
    },
  }),
);
const recordKey = importHashKey(Buffer.alloc(32, 4));

/** A quarantine whose messages come into their tables at once. */
async function quarantineWorld() {
  const world = eraseWorld();
  await world.start();
  const { publisher, random, secrets } = world.memory;
  const { publicKey } = generateSealedBoxKeyPair(random);
  const quarantine = makeEncryptedQuarantine({
    ...{ publisher, recordKey, clock: world.clock, topic: 'quarantine', publicKey, random },
    subjects: {
      topic: 'quarantine-subjects',
      subjectKey: secrets.quarantineSubjectKey,
      eventTypes: { get: (type) => (type === schema.edi.type ? schema : undefined) },
    },
  });
  const taken = { quarantine: 0, 'quarantine-subjects': 0 };

  async function keep(
    value: JsonValue | string,
    of: { readonly receivedAtMillis?: number; readonly events?: number } = {},
  ) {
    const payload = Buffer.from(typeof value === 'string' ? value : JSON.stringify(value));
    const identity = isJsonObject(value) ? claimedIdentity(value) : undefined;
    const named = identity === undefined ? {} : { identity };
    await quarantine.keep([
      {
        ...{
          seal: '0190c1f0-1234-7000-8000-00000000000a',
          sequence: 0,
          events: 1,
          receivedAtMillis: startMillis - minute,
        },
        ...{ reason: 'schema', errors: [], stage: 'ingest', provenSubjects: [], payload, ...named, ...of },
      },
    ]);
    const warehouse = await world.warehouse();
    for (const [topic, table] of [
      ['quarantine', { schema: 'operations', table: 'quarantine' }],
      ['quarantine-subjects', { schema: 'erasure', table: 'quarantined_subjects' }],
    ] as const) {
      const messages = publisher.messagesOf(topic).slice(taken[topic]);
      taken[topic] += messages.length;
      const answers = await warehouse.append(
        table,
        messages.map(({ data }) => data),
      );
      expect(answers.every(({ kind }) => kind === 'inserted')).toBe(true);
    }
    const [row] = publisher.messagesOf('quarantine').slice(-1);
    return String(asObject(parseJson(Buffer.from(row?.data ?? []).toString('utf8')))['record_key']);
  }

  async function isKept(key: string): Promise<boolean> {
    const outcome = await world.statements.count({
      sql: (sql) =>
        `SELECT COUNT(*) FROM ${sql.table('operations', 'quarantine')} WHERE record_key = ${sql.parameter('key')}`,
      parameters: { key },
    });
    return outcome.kind === 'done' && outcome.rows > 0;
  }

  return { world, keep, isKept, erase: (...subjects: DataSubject[]) => world.erase(subjects) };
}

const event = (fields: object) => ({
  specversion: '1.0',
  id: '1',
  source: 'phone-1',
  type: schema.edi.type,
  ...fields,
});
const jane = { realm: schema.edi.subjectRealm, subject: 'jane' };

test('records that speak of the erased go at once, and those of others stay', async () => {
  const { keep, isKept, erase, world } = await quarantineWorld();
  const own = await keep(event({ subject: 'jane', data: 5 }));
  const written = await keep(event({ subject: 'joe', data: { author: 'ann' } }));
  const bytes = await keep(
    event({ subject: 'joe', data_base64: Buffer.from('{"author":"ann","n":1}').toString('base64') }),
  );
  const together = await keep([event({ subject: 'joe' }), event({ id: '2', subject: 'jane' })], { events: 2 });
  const others = await keep(event({ subject: 'joe', data: { author: 'jane' } }));
  await erase(jane, { realm: 'author', subject: 'ann' });
  for (const gone of [own, written, bytes, together]) expect(await isKept(gone)).toBe(false);
  expect(await isKept(others)).toBe(true);
  expect(world.observer.counts.get('quarantine-erased')).toBe(4);
});

test('where nobody knows the type the bare subject is looked for, whatever its realm; an installation by its name', async () => {
  const { keep, isKept, erase } = await quarantineWorld();
  const unknown = await keep(event({ type: 'no.such.v1', subject: 'jane' }));
  const named = await keep(event({ source: 'phone-2', subject: 'joe' }));
  const unreadable = await keep('{"subject":"jane"');
  await erase({ realm: 'some-realm', subject: 'jane' }, { realm: 'source', subject: 'phone-2' });
  expect(await isKept(unknown)).toBe(false);
  expect(await isKept(named)).toBe(false);
  // Ends by age alone.
  expect(await isKept(unreadable)).toBe(true);
});

test('what is set aside later is swept after the cutoff and daily, and a later life stays', async () => {
  const { world, keep, isKept, erase } = await quarantineWorld();
  await erase(jane);
  const before = await keep(event({ subject: 'jane', data: 1 }));
  world.clock.advance(10 * minute);
  expect(await world.finish()).toEqual({ kind: 'swept', rows: 1 });
  expect(await isKept(before)).toBe(false);
  expect(await world.finish()).toEqual({ kind: 'nothing-due' });
  const late = await keep(event({ subject: 'jane', data: 2 }));
  const offline = await keep(event({ subject: 'jane', data: 3, time: '2025-12-31T23:00:00Z' }), {
    receivedAtMillis: startMillis + 3 * dayMillis,
  });
  const again = await keep(event({ subject: 'jane', data: 4, time: '2026-01-03T00:00:00Z' }), {
    receivedAtMillis: startMillis + 3 * dayMillis,
  });
  world.clock.advance(dayMillis);
  expect(await world.finish()).toEqual({ kind: 'swept', rows: 2 });
  for (const gone of [late, offline]) expect(await isKept(gone)).toBe(false);
  expect(await isKept(again)).toBe(true);
});

test('nothing is due where nobody is erased', async () => {
  const { world } = await quarantineWorld();
  expect(await world.finish()).toEqual({ kind: 'nothing-due' });
});

test('nobody is erased who could not be remembered; what cannot be deleted at once waits', async () => {
  const { world, erase } = await quarantineWorld();
  await world.makeKey(jane);
  world.failing.next = (operation) => {
    if (operation === 'change') throw new Error('away');
  };
  await expect(erase(jane)).rejects.toThrow();
  expect(await world.stored(jane)).toMatchObject({ kind: 'keyset' });
});
