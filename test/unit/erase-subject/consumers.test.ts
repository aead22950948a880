import { afterEach, expect, test } from 'vitest';
import { Unavailable } from '../../../shared/ports/unavailable.ts';
import { eraseWorld } from '../../helpers/erase-world.ts';
import { serveHandler } from '../../helpers/handler-server.ts';
import { send } from '../../helpers/local-http.ts';

const closers: (() => void)[] = [];
afterEach(() => {
  for (const close of closers.splice(0)) close();
});

async function served(erasureConsumers = '') {
  const world = eraseWorld({ config: { erasureConsumers } });
  const { url, close } = await serveHandler(await world.start());
  closers.push(close);
  const call = async (path: string, body?: object) => {
    const { status, text } = await send({
      url: `${url}v1/erasures${path}`,
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    return { status, answer: JSON.parse(text) };
  };
  return { world, call };
}

const jane = { realm: 'customer', subject: 'jane' };
const pseudonym = 'AQIDBAUGBwgJ';
const partOf = (answer: { parts: { part: string }[] }) => answer.parts.find(({ part }) => part === 'consumers');

test('those who copied streams are told of each part, with the pseudonyms that the caller had and a deadline', async () => {
  const { world, call } = await served();
  const id = world.newId();
  await call('', { id, subjects: [jane], pseudonyms: [pseudonym] });
  await call('', { id, at: 1, subjects: [{ source: 'phone-1' }] });
  const deadline = '2026-01-31T00:00:00.000Z';
  const messages = world.announced();
  expect(messages.map(({ data }) => JSON.parse(Buffer.from(data).toString()))).toEqual([
    { erasure: id, at: 0, pseudonyms: [pseudonym], deadline },
    { erasure: id, at: 1, pseudonyms: [], deadline },
  ]);
  expect(messages[0]?.attributes).toEqual({ erasure: id, deadline });
  for (const pseudonyms of [['jane'], 'AQIDBAUGBwgJ', [1], Array(1_001).fill(pseudonym)]) {
    expect((await call('', { id: world.newId(), subjects: [jane], pseudonyms })).status).toBe(400);
  }
});

test('a part whose announcement is not known to be taken is not done, and is announced when it is asked for again', async () => {
  const { world, call } = await served();
  world.failing.next = (operation) => {
    if (operation === 'publish') throw new Unavailable('publisher', 'away');
  };
  const body = { id: world.newId(), subjects: [jane] };
  expect((await call('', body)).status).toBe(503);
  delete world.failing.next;
  expect((await call('', body)).answer).toMatchObject({ named: 1 });
  expect(world.announced()).toHaveLength(1);
});

test('an erasure is done when each consumer of the environment has acknowledged it, once or twice', async () => {
  const { world, call } = await served('catalog,ranking');
  const id = world.newId();
  const begun = await call('', { id, subjects: [jane] });
  const until = '2026-01-31T00:00:00.000Z';
  expect(partOf(begun.answer)).toMatchObject({ state: 'waits', until, waitsFor: ['catalog', 'ranking'] });
  const path = `/${id}/acknowledgements`;
  world.clock.advance(1_000);
  await call(path, { consumer: 'ranking' });
  world.clock.advance(60 * 86_400_000);
  await world.finish();
  const half = await call(path, { consumer: 'ranking' });
  expect(half.answer).toMatchObject({ state: 'waits', acknowledged: { ranking: '2026-01-01T00:00:01.000Z' } });
  expect(partOf(half.answer)).toMatchObject({ waitsFor: ['catalog'] });
  // Nobody declared it, and it is listed.
  await call(path, { consumer: 'somebody-else' });
  const whole = await call(path, { consumer: 'catalog' });
  expect(partOf(whole.answer)).toMatchObject({ state: 'done' });
  expect(Object.keys(whole.answer.acknowledged).sort()).toEqual(['catalog', 'ranking', 'somebody-else']);
  expect(whole.answer.parts.filter(({ state }: { state: string }) => state === 'waits')).toEqual([]);
});

test('who acknowledges says which erasure and who it is', async () => {
  const { world, call } = await served();
  const id = world.newId();
  expect((await call(`/${id}/acknowledgements`, { consumer: 'ranking' })).status).toBe(404);
  await call('', { id, subjects: [jane] });
  for (const body of [{}, { consumer: 'Ranking!' }, { consumer: 'ranking', more: 1 }]) {
    expect((await call(`/${id}/acknowledgements`, body)).status).toBe(400);
  }
});
