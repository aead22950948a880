import { afterEach, expect, test } from 'vitest';
import { proofRealm, proverAccount } from '../../../shared/erasure/proof.ts';
import type { JsonObject } from '../../../shared/event/json.ts';
import { passedToken } from '../../../shared/http/caller.ts';
import { Unavailable } from '../../../shared/ports/unavailable.ts';
import { eraseWorld } from '../../helpers/erase-world.ts';
import { serveHandler } from '../../helpers/handler-server.ts';
import { send } from '../../helpers/local-http.ts';
import { day } from '../../helpers/schemas.ts';

const closers: (() => void)[] = [];
afterEach(() => {
  for (const close of closers.splice(0)) close();
});

async function served() {
  const world = eraseWorld();
  const { url, close } = await serveHandler(await world.start());
  closers.push(close);
  const call = async (path: string, body?: JsonObject, headers = {}) => {
    const text = body === undefined ? {} : { body: JSON.stringify(body) };
    const told = await send({ url: `${url}v1/erasures${path}`, headers, ...text });
    return { status: told.status, answer: JSON.parse(told.text) };
  };
  const rowsPart = async (id: string) => {
    const { answer } = await call(`/${id}`);
    return answer.parts.find(({ part }: { readonly part: string }) => part === 'rows');
  };
  return { world, call, rowsPart };
}

const jane = { realm: 'customer', subject: 'jane' };
const pseudonym = 'AQIDBAUGBwgJ';
const minute = 60_000;

test('a receipt has a part for rows, done with the first sweep after which none can come', async () => {
  const { world, call, rowsPart } = await served();
  const id = world.newId();
  await call('', { id, subjects: [jane], pseudonyms: [pseudonym], rows: 'unlink' });
  const waits = { state: 'waits', until: '2026-01-30T00:09:00.000Z', means: expect.stringMatching(/unlinked/) };
  expect(await rowsPart(id)).toEqual({ part: 'rows', ...waits });
  expect(await world.finishRows()).toEqual({ kind: 'nothing-due' });
  world.clock.advance(10 * minute);
  expect(await world.finishRows()).toMatchObject({ kind: 'swept' });
  expect(await rowsPart(id)).toEqual({ part: 'rows', ...waits, sweptAt: '2026-01-01T00:10:00.000Z' });
  world.clock.advance(29 * day);
  expect(await rowsPart(id)).toMatchObject(waits);
  expect(await world.finishRows()).toMatchObject({ kind: 'swept' });
  expect(await rowsPart(id)).toMatchObject({ state: 'done' });
  expect((await call(`/${id}`)).answer.state).toBe('waits');
  world.clock.advance(day);
  await world.finish();
  expect((await call(`/${id}`)).answer.state).toBe('done');
});

test('nothing waits where nobody who is named ever had a key', async () => {
  const { world, call, rowsPart } = await served();
  const id = world.newId();
  await call('', { id, subjects: [jane], pseudonyms: [], rows: 'rows' });
  expect(await rowsPart(id)).toMatchObject({ state: 'done' });
});

test('pseudonyms are remembered before a key is destroyed, and count also where a part is asked for again without', async () => {
  const { world, call, rowsPart } = await served();
  await world.makeKey(jane);
  const [id, part] = [world.newId(), { subjects: [jane], rows: 'unlink' }];
  let saves = 0;
  world.failing.next = (operation) => {
    if (operation === 'change' && ++saves === 2) throw new Unavailable('table-statements', 'away');
  };
  expect((await call('', { id, ...part, pseudonyms: [pseudonym] })).status).toBe(503);
  expect(await world.stored(jane)).toMatchObject({ kind: 'keyset' });
  delete world.failing.next;
  await call('', { id, ...part, pseudonyms: [] });
  expect(await world.stored(jane)).toMatchObject({ kind: 'tombstone' });
  expect(await rowsPart(id)).toMatchObject({ state: 'waits' });
});

test('what becomes of rows is the same in every part, and is one of two', async () => {
  const { world, call } = await served();
  const id = world.newId();
  await call('', { id, subjects: [jane], pseudonyms: [pseudonym], rows: 'unlink' });
  const second = { id, at: 1, subjects: [{ source: 'phone-1' }] };
  for (const other of [{}, { rows: 'rows' }]) expect((await call('', { ...second, ...other })).status).toBe(400);
  expect((await call('', { ...second, rows: 'unlink' })).answer).toMatchObject({ named: 2 });
  expect((await call('', { id: world.newId(), subjects: [jane], rows: 'all' })).status).toBe(400);
});

test('the account that proves erasures tells no pseudonyms: they might be those of anybody', async () => {
  const { world, call } = await served();
  const headers = { authorization: passedToken(`${proverAccount}@example.com`) };
  const subjects = [{ realm: proofRealm, subject: 'p' }];
  const own = await call('', { id: world.newId(), subjects, rows: 'rows', pseudonyms: [pseudonym] }, headers);
  expect(own.status).toBe(403);
  expect((await call('', { id: world.newId(), subjects }, headers)).status).toBe(200);
});
