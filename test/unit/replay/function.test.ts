import { once } from 'node:events';
import { request } from 'node:http';
import { afterEach, expect, test } from 'vitest';
import { checkReplayConfig, defaultReplayConfig, type ReplayConfig } from '../../../functions/replay/config.ts';
import { makeReplayFunction } from '../../../functions/replay/function.ts';
import { needs } from '../../../functions/replay/needs.ts';
import type { JsonObject } from '../../../shared/event/json.ts';
import { serveHandler } from '../../helpers/handler-server.ts';
import { orderEvent } from '../../helpers/ingest-world.ts';
import { send } from '../../helpers/local-http.ts';
import { replayWorld } from '../../helpers/replay-world.ts';

const closers: (() => void)[] = [];
afterEach(() => {
  for (const close of closers.splice(0)) close();
});

async function served(config: Partial<ReplayConfig> = {}, beforeGroups?: Promise<unknown>) {
  const world = await replayWorld({ config: { progressMillis: 0, ...config } });
  const { records } = world.ports;
  const groups: typeof records.groups = async (filter) => {
    await beforeGroups;
    return records.groups(filter);
  };
  const handler = makeReplayFunction({ ...world.ports, records: { ...records, groups } });
  const { server, url, close } = await serveHandler(handler);
  closers.push(close);
  const post = (body: JsonObject | string, headers = {}) =>
    send({ url, headers, body: typeof body === 'string' ? body : JSON.stringify(body) });
  const lines = async (body: JsonObject): Promise<JsonObject[]> =>
    (await post(body)).text
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
  return { world, server, url, post, lines };
}

test('GET tells what is in quarantine, and the last run', async () => {
  const { world, url, lines } = await served();
  await world.keep(orderEvent());
  const [group] = [{ reason: 'unknown-type', type: 'shop.order.v1', records: 1, occurrences: 1, replayed: 0 }];
  expect(JSON.parse((await send({ url })).text)).toMatchObject({ groups: [group], run: null });
  await lines({ filter: {}, dryRun: false });
  const after = JSON.parse((await send({ url })).text);
  expect(after).toMatchObject({ groups: [{ ...group, replayed: 1 }], run: { state: 'done', totals: { replayed: 1 } } });
});

test('POST tells how far the run is, a line a step, and its end', async () => {
  const { world, lines } = await served({ maxStepRecords: 1 });
  for (const id of ['a', 'b']) await world.keep(orderEvent({ id }));
  const told = await lines({ filter: { reason: 'unknown-type' } });
  expect(told).toMatchObject([
    { run: { state: 'running', totals: { records: 2, read: 0 } } },
    { run: { totals: { read: 1, replayed: 1 } } },
    { run: { totals: { read: 2, replayed: 2 } } },
    { run: { state: 'done' } },
    { run: { state: 'done', totals: { replayed: 2 } }, end: 'done' },
  ]);
});

test('a call that has no more time says that there is more, and the next goes on', async () => {
  const { world, lines } = await served({ maxStepRecords: 1, maxCallSeconds: 0 });
  for (const id of ['a', 'b']) await world.keep(orderEvent({ id }));
  const first = (await lines({ filter: {} })).at(-1);
  expect(first).toMatchObject({ end: 'more', run: { state: 'interrupted', totals: { read: 1 } } });
  expect((await lines({ resume: true })).at(-1)).toMatchObject({ end: 'more', run: { totals: { read: 2 } } });
  expect((await lines({ resume: true })).at(-1)).toMatchObject({ end: 'done', run: { totals: { replayed: 2 } } });
  expect(world.received()).toHaveLength(2);
});

test('a caller that goes away interrupts the run, which is free at once', async () => {
  const { world, url, lines } = await served({ maxStepRecords: 1 });
  for (const id of ['a', 'b', 'c']) await world.keep(orderEvent({ id }));
  const call = request(url, { method: 'POST' });
  const [response] = await once(call.end(JSON.stringify({ filter: {}, rate: 1 })), 'response');
  await once(response, 'data');
  response.destroy();
  const stateOf = async () => JSON.parse((await send({ url })).text).run.state;
  while ((await stateOf()) === 'running') world.clock.advance(1_000);
  expect(await stateOf()).toBe('interrupted');
  expect((await lines({ filter: {} })).at(-1)).toMatchObject({ end: 'done', run: { totals: { records: 3 } } });
});

test('so does one that goes away before the run has begun', async () => {
  const counting = Promise.withResolvers<void>();
  const { world, server, url, lines } = await served({ maxStepRecords: 1 }, counting.promise);
  for (const id of ['a', 'b', 'c']) await world.keep(orderEvent({ id }));
  const call = request(url, { method: 'POST' }).on('error', () => undefined);
  call.end(JSON.stringify({ filter: {} }));
  const [incoming, response] = await once(server, 'request');
  await once(incoming, 'end');
  call.destroy();
  await once(response, 'close');
  counting.resolve();
  const stateOf = async () => JSON.parse((await send({ url })).text).run?.state;
  while (!['interrupted', 'done'].includes(await stateOf()));
  expect(await stateOf()).toBe('interrupted');
  expect((await lines({ resume: true })).at(-1)).toMatchObject({
    end: 'done',
    run: { totals: { records: 3, read: 3 } },
  });
});

test('one that is asked for while another runs is told of it', async () => {
  const { world, post } = await served();
  await world.keep(orderEvent());
  const begun = { filter: {}, dryRun: false };
  const leasedUntilMillis = world.clock.nowMillis() + 60_000;
  const totals = { records: 1, read: 0, replayed: 0, replayedBefore: 0, stay: {} };
  const run = { id: 'x', request: begun, totals, state: 'running', leasedUntilMillis, startedAtMillis: 0 } as const;
  await world.replays.save(run, { recordKeys: [], atMillis: 0 }, undefined);
  const answer = await post(begun);
  expect(answer.status).toBe(409);
  expect(JSON.parse(answer.text)).toMatchObject({ run: { id: 'x' } });
});

test.each<[string, JsonObject | string]>([
  ['no JSON', '{'],
  ['a list', '[]'],
  ['a reason that is no text', { filter: { reason: 1 } }],
  ['a field that nobody knows', { filter: { seal: 'x' } }],
  ['a limit of nothing', { filter: {}, limit: 0 }],
  ['a rate below one', { filter: {}, rate: 0.5 }],
  ['a time that no TIMESTAMP takes', { filter: { keptFromMillis: 1e15 } }],
  ['a resume that is neither', { resume: 1 }],
  ['more than a request is', { filter: { reason: 'x'.repeat(5_000) } }],
])('400 for %s', async (_, body) => {
  const { post } = await served();
  expect((await post(body)).status).toBe(400);
});

test('404 where there is nothing to resume, 405 for other methods, 403 for a page', async () => {
  const { post, url } = await served();
  expect((await post({ resume: true })).status).toBe(404);
  expect((await send({ url, method: 'DELETE' })).status).toBe(405);
  expect((await post({ filter: {} }, { origin: 'http://127.0.0.1' })).status).toBe(403);
});

test('503 while Pub/Sub does not answer is the last line, and the run can be gone on with', async () => {
  const { world, lines } = await served();
  await world.keep(orderEvent());
  world.publisher.failNext(1, 'not-stored');
  const failed = await lines({ filter: {} });
  expect(failed.at(-1)).toEqual({ error: 'publisher did not answer: try again' });
  const run = failed[0]?.['run'];
  const id = typeof run === 'object' && run !== null && 'id' in run ? String(run['id']) : '';
  expect((await lines({ resume: id })).at(-1)).toMatchObject({ end: 'done', run: { totals: { replayed: 1 } } });
});

test('settings that contradict each other are refused as it starts', () => {
  const check = (changes: Partial<ReplayConfig>) => () =>
    checkReplayConfig({ ...defaultReplayConfig, ...changes }, needs.size.timeoutSeconds);
  expect(check({})).not.toThrow();
  expect(check({ maxEventBytes: 2_000_000 })).toThrow(/EDI_MAX_EVENT_BYTES.*EDI_MAX_SEAL_BYTES/);
  expect(check({ maxStepRecords: 1_000 })).toThrow(/EDI_MAX_STEP_RECORDS/);
  expect(check({ maxCallSeconds: 590 })).toThrow(/EDI_MAX_CALL_SECONDS/);
});
