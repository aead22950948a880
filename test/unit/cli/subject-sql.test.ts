import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Command } from 'commander';
import { expect, onTestFinished, test } from 'vitest';
import { breakGlassQuery } from '../../../infra/break-glass-sql.ts';
import { addSubjectSql } from '../../../infra/cli/subject-sql.ts';
import { duckDb } from '../../../infra/sql-dialect.ts';
import { rowObjects } from '../../../shared/adapters/embedded/duckdb/row-objects.ts';
import { createSeededRandom } from '../../../shared/adapters/memory/seeded-random.ts';
import { createMemorySubjectKeyRecords } from '../../../shared/adapters/memory/subject-key-records.ts';
import { makePseudonyms } from '../../../shared/crypto/pseudonym.ts';
import { encryptKeyset, makeAead } from '../../../shared/crypto/tink-aead.ts';
import { makeDeterministicAead } from '../../../shared/crypto/tink-deterministic-aead.ts';
import { newAesGcmKeyset, newAesSivKeyset, serializeKeyset } from '../../../shared/crypto/tink-keyset.ts';
import { findLastKey } from '../../../shared/erasure/last-key.ts';
import { keysOf, subjectKeyId } from '../../../shared/erasure/subject-key-id.ts';
import type { JsonObject } from '../../../shared/event/json.ts';
import { makeScratchFolder } from '../../helpers/local-process.ts';
import { lookupKey } from '../../helpers/pseudonymize-world.ts';
import { eventSchema, schemaDocument, testSdks } from '../../helpers/schemas.ts';
import { openTestWarehouse, query } from '../duckdb/fixture.ts';
import { makeCollectingIo } from './collecting-io.ts';

const random = createSeededRandom(7);
const personal: JsonObject = { do: 'pseudonymize' };
const document = schemaDocument({
  properties: {
    email: { type: 'string', treatment: personal },
    seller: {
      type: 'object',
      properties: { login: { type: 'string', treatment: { ...personal, subject: { realm: 'user', pointer: '0' } } } },
    },
    nicknames: { type: 'array', items: { type: 'string', treatment: personal } },
    parcels: {
      type: 'array',
      items: {
        type: 'object',
        properties: {
          count: { type: 'integer' },
          names: {
            type: 'array',
            items: { type: 'string', treatment: { ...personal, subject: { realm: 'user', pointer: '0' } } },
          },
        },
      },
    },
    scores: {
      type: 'object',
      propertyNames: { treatment: { ...personal, subject: { realm: 'user', pointer: '0' } } },
      additionalProperties: { type: 'integer' },
    },
  },
});
const schema = eventSchema(document);
const alice = { realm: 'customer', subject: 'alice' };
const recordId = subjectKeyId(lookupKey, alice);
const master = newAesGcmKeyset(random);
const [own, others] = [newAesSivKeyset(random), newAesSivKeyset(random)];
const [mine, theirs] = [own, others].map((keyset) => makePseudonyms(keyset, makeDeterministicAead(keyset)));
const key = {
  keyResource: 'local-kms://',
  wrappedMaster: serializeKeyset(master),
  recordId,
  encryptedKeyset: encryptKeyset(makeAead(master, random), own, Buffer.from(recordId)),
};

test('the SQL that is printed for BigQuery decrypts in DuckDB what is one person’s, and leaves alone what is not', async () => {
  const warehouse = await openTestWarehouse();
  const table = { schema: 'events', table: 'shop_order_v1' };
  await warehouse.ensureTable({ ...table, columns: schema.columns });
  const row = (name: string, data: JsonObject, subject: string | undefined): JsonObject => ({
    event_key: name,
    event_time: '2026-01-01T00:00:00Z',
    received_time: '2026-01-01T00:00:00Z',
    source: theirs?.of('phone') ?? null,
    subject: subject ?? null,
    sdk: 'web',
    schema_revision: 1,
    possible_duplicate: false,
    beyond_lookback: false,
    data: { nicknames: [], parcels: [], ...data },
  });
  const rows = [
    row(
      'own',
      { email: mine?.of('alice@example.com') ?? null, seller: { login: theirs?.of('bob') ?? null } },
      mine?.of('alice'),
    ),
    row(
      'mentioned',
      { email: theirs?.of('x') ?? null, seller: { login: mine?.of('åsa \u{1f600}') ?? null } },
      theirs?.of('joe'),
    ),
    row('other', { email: theirs?.of('x') ?? null, seller: { login: null } }, undefined),
    row(
      'listed',
      { nicknames: [theirs?.of('jo') ?? null, mine?.of('al') ?? null, mine?.of('ali') ?? null] },
      theirs?.of('joe'),
    ),
    row(
      'in a list of a list',
      {
        parcels: [
          { count: 1, names: [] },
          { count: 2, names: [theirs?.of('bob') ?? null, mine?.of('alice') ?? null] },
        ],
      },
      theirs?.of('joe'),
    ),
    row(
      'a key',
      { scores: JSON.stringify({ [theirs?.of('bob') ?? '']: 1, [mine?.of('alice') ?? '']: 2 }) },
      theirs?.of('joe'),
    ),
  ];
  const inserted = await warehouse.append(
    table,
    rows.map((each) => JSON.stringify(each)),
  );
  expect(inserted).toEqual(rows.map(() => ({ kind: 'inserted' })));
  const outcome = await query(warehouse, breakGlassQuery(schema, key, duckDb));
  if (outcome.kind === 'refused') throw new Error(outcome.reason);
  const lists = { data_nicknames: [], data_parcels_names: [], data_scores_keys: [] };
  const nothing = { source: null, subject: null, data_email: null, data_seller_login: null, ...lists };
  expect(rowObjects(outcome).map(({ event_time: _, ...found }) => found)).toEqual([
    { ...nothing, event_key: 'own', subject: 'alice', data_email: 'alice@example.com' },
    { ...nothing, event_key: 'mentioned', data_seller_login: 'åsa \u{1f600}' },
    { ...nothing, event_key: 'listed', data_nicknames: ['al', 'ali'] },
    { ...nothing, event_key: 'in a list of a list', data_parcels_names: ['alice'] },
    { ...nothing, event_key: 'a key', data_scores_keys: ['alice'] },
  ]);
  expect(await query(warehouse, breakGlassQuery(schema, { ...key, recordId: 'another' }, duckDb))).toMatchObject({
    kind: 'refused',
    reason: expect.stringContaining('AEAD.DECRYPT_BYTES'),
  });
});

/** The command, over records in memory. */
function commandWorld() {
  const scratch = makeScratchFolder();
  onTestFinished(() => scratch.remove());
  writeFileSync(join(scratch.path, 'sdks.json'), JSON.stringify(testSdks));
  mkdirSync(join(scratch.path, 'shop'));
  writeFileSync(join(scratch.path, 'shop', 'order.v1.json'), JSON.stringify(document));
  const records = createMemorySubjectKeyRecords();
  const keyResource = 'gcp-kms://projects/p/locations/eu/keyRings/edi/cryptoKeys/master-keyset';
  const opened = { projectId: 'p', keyResource, lookupKey, wrappedMaster: Uint8Array.of(0, 39, 255), records };
  const run = async (...args: readonly string[]) => {
    const io = makeCollectingIo();
    const program = new Command().exitOverride().configureOutput({ writeErr: (text) => void io.err.write(text) });
    const open = async () => ({ ...opened, close: async () => undefined });
    addSubjectSql(program, io, { open, schemas: scratch.path });
    const problem = await program.parseAsync(['sql', ...args], { from: 'user' }).then(
      () => undefined,
      (error: Error) => error.message,
    );
    return { out: io.outText(), problem };
  };
  return { records, run };
}

const person = ['--realm', 'customer', '--subject', 'alice', '--env', 'dev', '--type', 'shop.order.v1'];

test('one person and one type, with literals that BigQuery takes, and nobody by name', async () => {
  const { records, run } = commandWorld();
  expect((await run(...person)).problem).toBe('nobody of this name has a key');
  await records.createMissing([{ id: recordId, encryptedKeyset: Uint8Array.of(1, 2) }]);
  const { out } = await run(...person);
  expect(out).toContain(
    "AEAD.DECRYPT_BYTES(KEYS.KEYSET_CHAIN('gcp-kms://projects/p/locations/eu/keyRings/edi/cryptoKeys/master-keyset', " +
      `b'\\x00\\x27\\xff'), b'\\x01\\x02', '${recordId}')`,
  );
  expect(out).toContain('FROM `p.events.shop_order_v1` AS stored');
  const isTheirs = 'STARTS_WITH(item1, opened_beginning)';
  const clear = `IF(${isTheirs}, DETERMINISTIC_DECRYPT_STRING(opened_keyset, FROM_BASE64(item1), ''), NULL)`;
  const items = `FROM UNNEST(stored.\`data\`.\`nicknames\`) AS item1 WHERE ${isTheirs}`;
  expect(out).toContain(`  ARRAY(SELECT ${clear} ${items}) AS data_nicknames,`);
  expect(out).toContain(`  OR EXISTS (SELECT 1 ${items})`);
  // Tables may refuse a query that names no time.
  expect(out).toContain("WHERE stored.event_time >= TIMESTAMP '0001-01-01T00:00:00Z' AND (\n  STARTS_WITH(");
  expect(out).not.toContain('alice');
  const times = { erasedAtMillis: 1_000, cutoffMillis: 2_000 };
  await records.erase([keysOf(lookupKey, recordId)], times);
  expect((await run(...person)).problem).toBe('erased on 1970-01-01T00:00:01.000Z: nothing can be read');
  expect(await findLastKey(alice, { records, lookupKey })).toMatchObject({ generation: 1, erasedAtMillis: 1_000 });
});

test.each([
  [['--type', 'shop.order.v1', '--env', 'dev'], /say whom/],
  [['--realm', 'customer', '--subject', 'alice', '--type', 'shop.order.v1'], /--env/],
  [['--realm', 'customer', '--subject', 'alice', '--env', 'dev', '--type', 'shop.other.v1'], /no usable schema/],
])('wrong usage: %j', async (args, problem) => {
  expect((await commandWorld().run(...args)).problem).toMatch(problem);
});
