import { afterEach, expect, test } from 'vitest';
import type { JsonValue } from '../../../shared/event/json.ts';
import { startMillis } from '../../helpers/batches.ts';
import { eraseWorld } from '../../helpers/erase-world.ts';
import { serveHandler } from '../../helpers/handler-server.ts';
import { send } from '../../helpers/local-http.ts';

const closers: (() => void)[] = [];
afterEach(() => {
  for (const close of closers.splice(0)) close();
});

async function served() {
  const world = eraseWorld();
  const { url, close } = await serveHandler(await world.start());
  closers.push(close);
  const call = async (body: JsonValue) => {
    const { status, text: told } = await send({ url: `${url}v1/objections`, body: JSON.stringify(body) });
    return { status, answer: JSON.parse(told), told };
  };
  return { world, call };
}

const jane = { realm: 'customer', subject: 'jane' };
const phone = { realm: 'source', subject: 'phone-1' };

test('an objection counts from now, a withdrawal when every instance knows it, and neither answer names anybody', async () => {
  const { world, call } = await served();
  await world.makeKey(jane);
  const subjects = [jane, { source: 'phone-1' }, jane];
  const first = await call({ subjects });
  expect(first).toMatchObject({
    status: 200,
    answer: {
      named: 2,
      changed: 2,
      droppedFrom: '2026-01-01T00:00:00.000Z',
      everywhereFrom: '2026-01-01T00:09:00.000Z',
    },
  });
  expect(first.told).not.toMatch(/jane|phone/);
  expect((await world.stored(jane))?.objections).toEqual([{ fromMillis: startMillis }]);
  expect((await world.stored(phone))?.kind).toBe('tombstone');
  expect((await call({ subjects })).answer).toMatchObject({ changed: 0 });
  const ended = await call({ subjects: [jane], withdraw: true });
  expect(ended.answer).toEqual({ named: 1, changed: 1, droppedUntil: '2026-01-01T00:09:00.000Z' });
  expect((await world.stored(jane))?.objections).toEqual([
    { fromMillis: startMillis, untilMillis: startMillis + 9 * 60_000 },
  ]);
});

test.each<[JsonValue, RegExp]>([
  [[], /no JSON object/],
  [{ subjects: [jane], until: 1 }, /there are "subjects" and "withdraw"/],
  [{ subjects: [jane], withdraw: 'yes' }, /"withdraw" is true or false/],
  [{ subjects: [] }, /"subjects" names 1 to 1000/],
  [{ subjects: [jane, { realm: 'customer' }] }, /\/subjects\/1: is \{"realm", "subject"\} or \{"source"\}/],
])('an objection that says %j is refused', async (body, problem) => {
  const { call } = await served();
  const refused = await call(body);
  expect(refused.status).toBe(400);
  expect(refused.answer.error).toMatch(problem);
});
