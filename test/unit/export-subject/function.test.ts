import { once } from 'node:events';
import { request } from 'node:http';
import { afterEach, describe, expect, test } from 'vitest';
import { checkExportSubjectConfig, defaultExportSubjectConfig } from '../../../functions/export-subject/config.ts';
import { needs } from '../../../functions/export-subject/needs.ts';
import { subjectKeyId } from '../../../shared/erasure/subject-key-id.ts';
import type { JsonObject } from '../../../shared/event/json.ts';
import { passedToken } from '../../../shared/http/caller.ts';
import { Unavailable } from '../../../shared/ports/unavailable.ts';
import { sealAt, startMillis } from '../../helpers/batches.ts';
import { type ExportWorldOptions, exportSubjectWorld } from '../../helpers/export-subject-world.ts';
import { lookupKey } from '../../helpers/pseudonymize-world.ts';
import { schemaDocument } from '../../helpers/schemas.ts';

const closers: (() => void)[] = [];
afterEach(() => {
  for (const close of closers.splice(0)) close();
});

const email = { type: 'string', treatment: { do: 'pseudonymize' } };
const schemas = [schemaDocument({ properties: { email } })];
const alice = { realm: 'customer', subject: 'alice' };
const asked = { ...alice, reason: 'ticket 17' };

async function withAlice(options: Partial<ExportWorldOptions> = {}) {
  const world = await exportSubjectWorld({ schemas, ...options });
  closers.push(world.close);
  const events = ['1', '2'].map((id) => ({
    id,
    source: 'phone',
    subject: 'alice',
    data: { email: 'alice@example.com' },
  }));
  await world.deliver({ seal: sealAt(startMillis, 1), segments: [events] });
  world.fillTables();
  return world;
}

test('the ledger says who asked for which record and why, and names nobody else', async () => {
  const world = await withAlice();
  const { text } = await world.call('v1/exports', asked);
  const [row, ...more] = world.ledger();
  expect(more).toEqual([]);
  expect(row).toEqual({
    decryption_id: JSON.parse(text.split('\n')[0] ?? '').begun.id,
    decrypted_time: '2026-01-01T00:00:00.000Z',
    caller: 'privacy@example.com',
    call: 'export',
    record_id: subjectKeyId(lookupKey, alice),
    generation: 0,
    reason: 'ticket 17',
  });
  expect(JSON.stringify([row, world.observer.entries])).not.toContain('alice');
});

test('nothing decrypted is answered where the ledger takes nothing', async () => {
  const ledgerGate = () => {
    throw new Unavailable('publisher', 'down as told');
  };
  const world = await withAlice({ ledgerGate });
  for (const path of ['v1/exports', 'v1/pseudonyms']) {
    const { status, text } = await world.call(path, asked);
    expect([status, JSON.parse(text)]).toEqual([503, { error: 'publisher did not answer: ask again' }]);
  }
});

test('pseudonyms: what stands for the person, and what all of their values begin with', async () => {
  const world = await withAlice();
  const { status, text } = await world.call('v1/pseudonyms', asked);
  expect(status).toBe(200);
  const { key, pseudonyms } = JSON.parse(text);
  const [row] = world.rowsOf('shop.order.v1');
  expect(key).toBe('readable');
  expect(pseudonyms).toEqual([{ generation: 0, pseudonym: row?.['subject'], beginning: expect.any(String) }]);
  expect(Object(row?.['data']).email.startsWith(pseudonyms[0].beginning)).toBe(true);
  expect(String(row?.['source']).startsWith(pseudonyms[0].beginning)).toBe(false);
  expect(world.ledger()).toMatchObject([{ call: 'pseudonyms' }]);
  const nobody = await world.call('v1/pseudonyms', { realm: 'user', subject: 'alice', reason: 'r' });
  expect(JSON.parse(nobody.text)).toMatchObject({ key: 'none', pseudonyms: [] });
});

test('pseudonyms of many who are about to be erased: each in the ledger, with the erasure as the reason', async () => {
  const world = await withAlice();
  const erasure = sealAt(startMillis, 9);
  const subjects = [alice, { source: 'phone' }, { realm: 'user', subject: 'alice' }];
  const { status, text } = await world.call('v1/pseudonyms', { subjects, erasure });
  const [row] = world.rowsOf('shop.order.v1');
  const { id, keys, pseudonyms } = JSON.parse(text);
  expect([status, keys]).toEqual([200, { readable: 2, none: 1, unreadable: 0 }]);
  expect(pseudonyms.map(({ pseudonym }: { readonly pseudonym: string }) => pseudonym)).toEqual([
    row?.['subject'],
    row?.['source'],
  ]);
  const told = { decryption_id: id, call: 'pseudonyms', reason: `erasure ${erasure}`, caller: 'privacy@example.com' };
  expect(world.ledger()).toMatchObject([told, told]);
});

test.each<[JsonObject, RegExp]>([
  [{ subjects: [alice] }, /"erasure" is a UUID/],
  [{ subjects: [alice], erasure: 'e' }, /"erasure" is a UUID/],
  [{ subjects: [], erasure: sealAt(startMillis, 1) }, /names 1 to 1000/],
  [{ subjects: [alice, { realm: 'customer' }], erasure: sealAt(startMillis, 1) }, /^.subjects.1: /],
  [{ subjects: [alice], erasure: sealAt(startMillis, 1), reason: 'r' }, /there are "subjects" and "erasure"/],
])('a list that is none: %j', async (body, problem) => {
  const world = await withAlice();
  const { status, text } = await world.call('v1/pseudonyms', body);
  expect([status, JSON.parse(text).error]).toEqual([400, expect.stringMatching(problem)]);
  expect(world.ledger()).toEqual([]);
});

test.each([
  ['not json', /no JSON object/],
  [alice, /"reason" says why/],
  [{ ...asked, reason: ' ' }, /"reason" says why/],
  [{ ...asked, reason: 'x'.repeat(301) }, /at most 300/],
  [{ ...asked, reason: 'two\nlines' }, /one line/],
  [{ ...asked, reason: 'Alice asked' }, /may not name the person/],
  [{ realm: 'customer', subject: '42', reason: 'of customer 42' }, /may not name the person/],
  [{ realm: 'customer', reason: 'r' }, /is \{"realm", "subject"\} or \{"source"\}/],
  [{ realm: 'source', subject: 'a', reason: 'r' }, /without the realm/],
  [{ ...asked, more: 1 }, /is \{"realm", "subject"\} or \{"source"\}/],
] as const)('a request that is none: %j', async (body, problem) => {
  const world = await withAlice();
  const { status, text } = await world.call('v1/exports', body);
  expect([status, JSON.parse(text).error]).toEqual([400, expect.stringMatching(problem)]);
  expect(text).not.toMatch(/alice@/);
  expect(world.ledger()).toEqual([]);
});

test('who calls is known, or nothing is told', async () => {
  const world = await withAlice();
  expect((await world.call('v1/exports', asked, {})).status).toBe(403);
  expect((await world.call('v1/exports', asked, { authorization: 'Bearer opaque' })).status).toBe(403);
  const browser = { authorization: passedToken('a@b'), origin: 'https://a.example' };
  expect((await world.call('v1/exports', asked, browser)).status).toBe(403);
  // Of two tokens Cloud Run checks the second alone.
  const both = { authorization: passedToken('forged@b'), 'x-serverless-authorization': passedToken('real@b') };
  await world.call('v1/pseudonyms', asked, both);
  expect(world.ledger()).toMatchObject([{ caller: 'real@b' }]);
});

test('other paths and methods', async () => {
  const world = await withAlice();
  expect((await world.call('v1/other', asked)).status).toBe(404);
  const [response] = await once(request(`${world.url}v1/exports`).end(), 'response');
  expect(response.statusCode).toBe(405);
  response.resume();
});

test('an export that is not whole says so in its last line', async () => {
  const late = await withAlice({ config: { maxCallSeconds: 0 } });
  expect(await late.exported(alice)).toEqual([{ error: expect.stringMatching(/not everything/) }]);
  const world = await withAlice();
  world.eventRows.get = () => {
    throw new Unavailable('event-rows', 'down as told');
  };
  const lines = await world.exported(alice);
  expect(lines.at(-1)).toEqual({ error: 'event-rows did not answer: ask again' });
});

test('a keyset that does not open is told, and nothing is in the ledger', async () => {
  const world = await exportSubjectWorld({ schemas });
  closers.push(world.close);
  await world.records.createMissing([{ id: subjectKeyId(lookupKey, alice), encryptedKeyset: Uint8Array.of(1, 2) }]);
  expect(await world.exported(alice)).toMatchObject([{ begun: { key: 'unreadable' } }, { totals: { own: 0 } }]);
  expect(world.ledger()).toEqual([]);
});

describe('settings', () => {
  test('a call ends before its function is cut off', () => {
    const { timeoutSeconds } = needs.size;
    expect(() => checkExportSubjectConfig(defaultExportSubjectConfig, timeoutSeconds)).not.toThrow();
    const config = { ...defaultExportSubjectConfig, maxCallSeconds: timeoutSeconds };
    expect(() => checkExportSubjectConfig(config, timeoutSeconds)).toThrow(/EDI_MAX_CALL_SECONDS/);
  });
});
