import { expect, test } from 'vitest';
import { asList, asObject } from '../../../shared/event/json.ts';
import { serveFedLivePage } from '../../helpers/live-page.ts';
import { parseJson, send } from '../../helpers/local-http.ts';

/** What a page is told each second, however much passes. */
const maxStateBytes = 32 * 1_024;

const row = (number: number) =>
  JSON.stringify({ sdk: `sdk-${number % 700}`, type: `a.t${number % 3_000}.v1`, data: 'x'.repeat(2_000) });

test('what a page is told is bounded, however many events, types and SDKs have passed since it asked last', async () => {
  await using live = await serveFedLivePage([]);
  const headers = { authorization: `Bearer ${live.token}` };
  const passedBy: number[] = [];
  for (let round = 1; round <= 3; round++) {
    const rows = Array.from({ length: 30_000 }, (_, at) => row(at));
    live.feed.publish({ dataset: 'events_raw', table: 'alpha' }, rows);
    live.feed.publish({ dataset: 'operations', table: 'quarantine' }, rows.slice(0, 1_000));
    const answer = await send({ url: live.stateUrl, headers });
    expect(Buffer.byteLength(answer.text)).toBeLessThan(maxStateBytes);
    const state = asObject(parseJson(answer));
    expect(asList(state['events']).length).toBeLessThanOrEqual(20);
    expect(asList(asObject(state['types'])['counted']).length).toBeLessThanOrEqual(12);
    expect(asObject(state['types'])['others']).toBeGreaterThan(100);
    passedBy.push(Number(state['passed']));
  }
  expect(passedBy).toEqual([31_000, 62_000, 93_000]);
});
