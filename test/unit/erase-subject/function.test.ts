import { afterEach, describe, expect, test } from 'vitest';
import {
  checkEraseSubjectConfig,
  defaultEraseSubjectConfig,
  type EraseSubjectConfig,
} from '../../../functions/erase-subject/config.ts';
import { needs } from '../../../functions/erase-subject/needs.ts';
import { defaultPseudonymizeConfig } from '../../../functions/pseudonymize/config.ts';
import { needs as pseudonymize } from '../../../functions/pseudonymize/needs.ts';
import { cutoffDelayMillis } from '../../../shared/erasure/cutoff.ts';
import { proofRealm, proverAccount } from '../../../shared/erasure/proof.ts';
import type { JsonValue } from '../../../shared/event/json.ts';
import { passedToken } from '../../../shared/http/caller.ts';
import { Unavailable } from '../../../shared/ports/unavailable.ts';
import { startMillis } from '../../helpers/batches.ts';
import { eraseWorld } from '../../helpers/erase-world.ts';
import { serveHandler } from '../../helpers/handler-server.ts';
import { send } from '../../helpers/local-http.ts';
import { day } from '../../helpers/schemas.ts';

const closers: (() => void)[] = [];
afterEach(() => {
  for (const close of closers.splice(0)) close();
});

async function served(config: Partial<EraseSubjectConfig> = {}) {
  const world = eraseWorld({ config });
  const { observer } = world;
  const handler = await world.start();
  const { url, close } = await serveHandler(handler);
  closers.push(close);
  const call = async (path: string, body?: JsonValue | Buffer, headers = {}) => {
    const isText = typeof body === 'string' || body === undefined || Buffer.isBuffer(body);
    const text = isText ? body : JSON.stringify(body);
    const { status, text: told } = await send({
      url: `${url}v1/erasures${path}`,
      headers,
      ...(text === undefined ? {} : { body: text }),
    });
    return { status, answer: told === '' ? undefined : JSON.parse(told), told };
  };
  return { world, observer, call };
}

const jane = { realm: 'customer', subject: 'jane' };
const phone = { realm: 'source', subject: 'phone-1' };
const part = (id: string, subjects: JsonValue = [jane], at = 0): JsonValue => ({ id, at, subjects });

test('the keys of people and installations are gone, others stay, and the receipt names nobody', async () => {
  const { world, call, observer } = await served();
  const joe = { realm: 'customer', subject: 'joe' };
  for (const subject of [jane, phone, joe]) await world.makeKey(subject);
  const id = world.newId();
  const subjects = [jane, { source: 'phone-1' }, { realm: 'user', subject: 'jane' }, jane];
  const { status, answer, told } = await call('', part(id, subjects));
  expect(status).toBe(200);
  expect(answer).toMatchObject({
    id,
    state: 'waits',
    erasedAt: '2026-01-01T00:00:00.000Z',
    cutoff: '2026-01-01T00:09:00.000Z',
    unreadableFrom: '2026-01-31T00:00:00.000Z',
    queriesKeptUntil: '2026-07-04T00:00:00.000Z',
    named: 4,
    keysDestroyed: 2,
  });
  expect(told + JSON.stringify(observer.entries)).not.toMatch(/jane|phone|customer/);
  for (const subject of [jane, phone, { realm: 'user', subject: 'jane' }]) {
    expect(await world.stored(subject)).toEqual({
      kind: 'tombstone',
      generation: 1,
      cutoffMillis: startMillis + cutoffDelayMillis(defaultEraseSubjectConfig),
      erasedAtMillis: startMillis,
    });
  }
  expect(await world.stored(joe)).toMatchObject({ kind: 'keyset' });
});

test('an erasure is done when every part of it is', async () => {
  const { world, call } = await served();
  const id = world.newId();
  await call('', part(id));
  const states = async (millis: number) => {
    world.clock.advance(startMillis + millis - world.clock.nowMillis());
    const { answer } = await call(`/${id}`);
    return [answer.state, ...answer.parts.map(({ state }: { readonly state: string }) => state)];
  };
  const minute = 60_000;
  expect(await states(9 * minute - 1)).toEqual(['waits', 'done', 'waits', 'waits', 'waits', 'waits']);
  expect(await states(9 * minute)).toEqual(['waits', 'done', 'done', 'waits', 'waits', 'waits']);
  expect(await world.finish()).toMatchObject({ kind: 'swept' });
  expect(await states(29 * day + 9 * minute)).toEqual(['waits', 'done', 'done', 'done', 'waits', 'waits']);
  expect(await states(30 * day)).toEqual(['waits', 'done', 'done', 'done', 'waits', 'done']);
  // What may have been set aside on the last day is deleted first.
  expect(await world.finish()).toMatchObject({ kind: 'swept' });
  expect(await states(30 * day)).toEqual(['done', 'done', 'done', 'done', 'done', 'done']);
});

describe('a list in parts', () => {
  test('goes on where it was, and a part that was done is answered and not done again', async () => {
    const { world, call } = await served();
    const id = world.newId();
    const [first, second] = [part(id, [jane, phone].map(nameOf)), part(id, [{ source: 'x' }], 2)];
    expect((await call('', first)).answer.named).toBe(2);
    world.clock.advance(1_000);
    expect((await call('', first)).answer).toMatchObject({ named: 2, erasedAt: '2026-01-01T00:00:00.000Z' });
    expect(await world.stored(jane)).toMatchObject({ generation: 1 });
    expect((await call('', second)).answer).toMatchObject({ named: 3, erasedAt: '2026-01-01T00:00:01.000Z' });
    expect(await call('', part(id, [jane], 7))).toMatchObject({ status: 409, answer: { named: 3 } });
    expect((await call('', part(world.newId(), [jane], 7))).status).toBe(409);
  });

  test.each(['find', 'save', 'erase'])('whose storage fails at %s is asked for again', async (failing) => {
    const { world, call, observer } = await served();
    await world.makeKey(jane);
    const id = world.newId();
    world.failing.next = (operation) => {
      if (operation === failing) throw new Unavailable('erasures', 'down as told');
    };
    const failed = await call('', part(id));
    expect(failed).toMatchObject({ status: 503, answer: { error: 'erasures did not answer: ask again' } });
    expect(observer.entries.map(({ severity }) => severity)).toEqual(['WARNING']);
    delete world.failing.next;
    expect((await call('', part(id))).answer).toMatchObject({ named: 1, keysDestroyed: 1 });
  });

  test('a part whose record could not be saved is done again, and counts what it finds', async () => {
    const { world, call } = await served();
    await world.makeKey(jane);
    const id = world.newId();
    let saves = 0;
    world.failing.next = (operation) => {
      if (operation === 'save' && ++saves === 2) throw new Unavailable('erasures', 'down as told');
    };
    expect((await call('', part(id))).status).toBe(503);
    expect((await call(`/${id}`)).answer).toMatchObject({ named: 0, state: 'waits' });
    world.clock.advance(1_000);
    expect((await call('', part(id))).answer).toMatchObject({ named: 1, keysDestroyed: 0 });
    expect(await world.stored(jane)).toMatchObject({ generation: 2, erasedAtMillis: startMillis + 1_000 });
  });
});

describe('the installations of a person', () => {
  const joe = { realm: 'customer', subject: 'joe' };
  const source = (name: string) => ({ realm: 'source', subject: name });
  async function seen() {
    const { world, call } = await served();
    for (const name of ['phone', 'tablet', 'other']) await world.makeKey(source(name));
    for (const person of [jane, joe]) await world.makeKey(person);
    for (const name of ['phone', 'tablet']) await world.see(jane, name);
    for (const name of ['tablet', 'other']) await world.see(joe, name);
    const kinds = async (...names: string[]) =>
      (await Promise.all(names.map((name) => world.stored(source(name))))).map((stored) => stored?.kind);
    return { world, call, kinds };
  }

  test('are erased with the person, but for those that others use', async () => {
    const { world, call, kinds } = await seen();
    const { answer } = await call('', part(world.newId()));
    expect(answer).toMatchObject({ named: 1, keysDestroyed: 1, sourcesErased: 1, sourcesShared: 1 });
    expect(await kinds('phone', 'tablet', 'other')).toEqual(['tombstone', 'keyset', 'keyset']);
    expect(await world.stored(joe)).toMatchObject({ kind: 'keyset' });
    // Who shared with somebody that is gone shares no longer.
    expect((await call('', part(world.newId(), [joe]))).answer).toMatchObject({ sourcesErased: 2, sourcesShared: 0 });
  });

  test('are erased where all of their people are named together', async () => {
    const { world, call, kinds } = await seen();
    const { answer } = await call('', part(world.newId(), [jane, joe]));
    expect(answer).toMatchObject({ sourcesErased: 3, sourcesShared: 0 });
    expect(await kinds('phone', 'tablet', 'other')).toEqual(['tombstone', 'tombstone', 'tombstone']);
  });

  test('stay where that is wanted, and can be erased later', async () => {
    const { world, call, kinds } = await seen();
    const kept = await call('', { id: world.newId(), subjects: [jane], keepSources: true });
    expect(kept.answer).toMatchObject({ keysDestroyed: 1, sourcesErased: 0, sourcesShared: 0 });
    expect(await kinds('phone')).toEqual(['keyset']);
    expect((await call('', part(world.newId()))).answer).toMatchObject({ keysDestroyed: 0, sourcesErased: 1 });
    expect(await kinds('phone', 'tablet')).toEqual(['tombstone', 'keyset']);
  });

  test('of a later life are found, too, and end the key that they have then', async () => {
    const { world, call } = await seen();
    await call('', part(world.newId()));
    await world.makeKey(jane, 1);
    await world.makeKey(source('phone'), 1);
    await world.see(jane, 'phone', 1);
    const { answer } = await call('', part(world.newId()));
    expect(answer).toMatchObject({ keysDestroyed: 1, sourcesErased: 1 });
    expect(await world.stored(source('phone'), 1)).toMatchObject({ kind: 'tombstone' });
  });

  test.each(['sourcesOf', 'subjectsOf', 'forget'])('are found after a failure at %s', async (failing) => {
    const { world, call, kinds } = await seen();
    const id = world.newId();
    world.failing.next = (operation) => {
      if (operation === failing) throw new Unavailable('subject-sources', 'down as told');
    };
    expect((await call('', part(id))).status).toBe(503);
    delete world.failing.next;
    expect((await call('', part(id))).answer).toMatchObject({ named: 1, sourcesErased: 1, sourcesShared: 1 });
    expect(await kinds('phone', 'tablet')).toEqual(['tombstone', 'keyset']);
  });

  test('of somebody with hundreds are all found', async () => {
    const { world, call } = await served();
    for (let at = 0; at < 450; at++) await world.see(jane, `phone-${at}`);
    expect((await call('', part(world.newId()))).answer).toMatchObject({ sourcesErased: 450, sourcesShared: 0 });
  });
});

function nameOf({ realm, subject }: { readonly realm: string; readonly subject: string }): JsonValue {
  return realm === 'source' ? { source: subject } : { realm, subject };
}

test('whatever an event can name can be erased: ten kilobytes, control characters, half a surrogate pair', async () => {
  const { world, call } = await served();
  const names = ['x'.repeat(10_000), 'a\u0000\n\u001b[31m', '\ud800', ' ', '__proto__'];
  const subjects = names.map((subject) => ({ realm: 'customer', subject }));
  for (const subject of subjects) await world.makeKey(subject);
  expect((await call('', part(world.newId(), subjects))).answer).toMatchObject({ named: 5, keysDestroyed: 5 });
});

test.each([
  ['no JSON', '{', 'the body is no JSON object'],
  ['a name in another encoding', Buffer.from('{"subjects":[{"source":"J\u00fcrgen"}]}', 'latin1'), 'no JSON object'],
  ['a wrong wish', { id: '42', subjects: [jane], keepSources: 1 }, '"keepSources" is true or false'],
  ['no id', { subjects: [jane] }, '"id" is a UUID of version 7'],
  ['another id', { id: '42', subjects: [jane] }, '"id" is a UUID of version 7'],
  ['nobody', [], '"subjects" names 1 to 3'],
  ['too many', [jane, jane, jane, jane], '"subjects" names 1 to 3'],
  ['a number', [jane, { realm: 'customer', subject: 42 }], '/subjects/1: "subject" is text; numbers'],
  ['nothing in a name', [{ source: '' }], '/subjects/0: "source" is text'],
  ['a realm of sources', [{ realm: 'source', subject: 'phone' }], '/subjects/0: installations are {"source"}'],
  ['a realm that is none', [{ realm: 'Customer 1', subject: 'secret' }], '"realm" is a name such as "customer"'],
  ['more than it takes', [{ ...jane, secret: 1 }], '/subjects/0: is {"realm", "subject"} or {"source"}'],
])('a request with %s is refused, and nobody is erased', async (_what, body, problem) => {
  const { world, call } = await served({ maxNamed: 3 });
  const { status, answer, told } = await call('', Array.isArray(body) ? part(world.newId(), body) : body);
  expect(status).toBe(400);
  expect(answer.error).toContain(problem);
  expect(told).not.toMatch(/jane|secret|phone/);
  expect(await world.stored(jane)).toBeUndefined();
});

test('what else is asked for', async () => {
  const { world, call } = await served({ maxBodyBytes: 100 });
  const asked = [
    await call(`/${world.newId()}`),
    await call(''),
    await call(`/${world.newId()}`, {}),
    await call('/a/b'),
    await call('', part(world.newId()), { origin: 'https://example.com' }),
    await call('', part(world.newId(), [{ source: 'x'.repeat(200) }])),
  ];
  expect(asked.map(({ status }) => status)).toEqual([404, 405, 405, 404, 403, 413]);
});

test('settings that cannot hold are refused', () => {
  const check = (config: Partial<EraseSubjectConfig>) => () =>
    checkEraseSubjectConfig({ ...defaultEraseSubjectConfig, ...config });
  expect(check({})).not.toThrow();
  expect(check({ erasureBoundDays: 29 })).toThrow(/EDI_PURGE_AFTER_DAYS .*EDI_ERASURE_BOUND_DAYS/);
  expect(check({ maxNamed: 0 })).toThrow(/EDI_MAX_NAMED/);
});

test('the cutoff is as late as pseudonymize may use a key', () => {
  const { keyCacheSeconds, longestBatchSeconds, longestEraseSeconds, purgeAfterDays } = defaultEraseSubjectConfig;
  expect(keyCacheSeconds).toBe(defaultPseudonymizeConfig.keyCacheSeconds);
  expect(purgeAfterDays).toBe(defaultPseudonymizeConfig.purgeAfterDays);
  expect(longestBatchSeconds).toBeGreaterThanOrEqual(pseudonymize.size.timeoutSeconds);
  expect(longestEraseSeconds).toBeGreaterThanOrEqual(needs.size.timeoutSeconds);
});

test('the account that proves erasures erases synthetic people and nobody else', async () => {
  const { world, call } = await served();
  const authorization = passedToken(`${proverAccount}@project.iam.gserviceaccount.com`);
  const synthetic = { realm: proofRealm, subject: 'proof20260101' };
  for (const subject of [jane, phone, synthetic]) await world.makeKey(subject);
  for (const subjects of [[jane], [{ source: 'phone-1' }], [synthetic, jane]]) {
    const refused = await call('', part(world.newId(), subjects), { authorization });
    expect(refused).toMatchObject({ status: 403, answer: { error: 'this account erases synthetic people alone' } });
  }
  for (const subject of [jane, phone, synthetic]) expect((await world.stored(subject))?.kind).toBe('keyset');
  expect((await call('', part(world.newId(), [synthetic]), { authorization })).status).toBe(200);
  expect((await world.stored(synthetic))?.kind).toBe('tombstone');
  const operator = { authorization: passedToken('operator@example.com') };
  expect((await call('', part(world.newId(), [jane]), operator)).status).toBe(200);
});
