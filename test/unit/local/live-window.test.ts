import { expect, test } from 'vitest';
import { makeLiveWindow } from '../../../infra/local/live/live-window.ts';
import { makeLiveFeed } from '../../../infra/local/live-feed.ts';
import { heartbeatSdk } from '../../../shared/sdks/heartbeat.ts';
import { promptClock } from '../../helpers/prompt-clock.ts';

const raw = { dataset: 'events_raw', table: 'playback_track_played_v1' };
const alpha = { dataset: 'events_raw', table: 'alpha' };
const quarantine = { dataset: 'operations', table: 'quarantine' };
const rowOf = (id: number, sdk = 'web') =>
  JSON.stringify({ event_id: `${id}`, sdk, data: { sdk: 'forged', type: 'forged' } });

function start() {
  let nowMillis = 1_000_000;
  const feed = makeLiveFeed();
  const window = makeLiveWindow(feed, { ...promptClock(), nowMillis: () => nowMillis });
  const idsAfter = (number: number) => window.after(number).map(({ row }) => row['event_id']);
  const wait = (millis: number) => {
    nowMillis += millis;
  };
  return { feed, window, idsAfter, wait };
}

test('counts by table, type and SDK, by the columns of the row and not by what a client wrote', () => {
  const { feed, window } = start();
  feed.publish(raw, [rowOf(1), rowOf(2, 'ios')]);
  feed.publish(quarantine, [JSON.stringify({ sdk: 'web', reason: 'schema', type: 'a.b.v1' }), '{"reason":"envelope"}']);
  feed.publish(alpha, [JSON.stringify({ sdk: 'web', type: 'c.d.v1', data: '{"type":"forged"}' })]);
  feed.publish(raw, [rowOf(3, heartbeatSdk)]);
  expect(Object.fromEntries(window.byType)).toEqual({
    'table:playback_track_played_v1': { rows: 2, refused: 0 },
    'a.b.v1': { rows: 0, refused: 1 },
    unknown: { rows: 0, refused: 1 },
    'c.d.v1': { rows: 1, refused: 0 },
  });
  expect(window.bySdk.get('web')).toEqual({ rows: 2, refused: 1 });
  expect(window.bySdk.get('ios')).toEqual({ rows: 1, refused: 0 });
  expect(window.passed).toBe(5);
});

test('of a fast stream some events of each second are kept, newest first, and all are counted', () => {
  const { feed, window, idsAfter, wait } = start();
  feed.publish(
    raw,
    Array.from({ length: 10_000 }, (_, at) => rowOf(at)),
  );
  expect(window.passed).toBe(10_000);
  const kept = idsAfter(0);
  expect(kept.length).toBeGreaterThan(0);
  expect(kept.length).toBeLessThan(100);
  expect(kept.at(-1)).toBe('0');
  wait(1_000);
  feed.publish(raw, [rowOf(10_000)]);
  expect(idsAfter(kept.length)).toEqual(['10000']);
  expect(window.event(kept.length + 1)?.row).toMatchObject({ event_id: '10000' });
  for (let second = 0; second < 50; second++) {
    wait(1_000);
    feed.publish(
      raw,
      Array.from({ length: 20 }, (_, at) => rowOf(second * 100 + at)),
    );
  }
  expect(idsAfter(0).length).toBeLessThan(100);
  expect(window.event(1)).toBeUndefined();
});

test('a refused event is kept beside a flood of rows', () => {
  const { feed, window } = start();
  feed.publish(
    raw,
    Array.from({ length: 500 }, (_, at) => rowOf(at)),
  );
  feed.publish(quarantine, ['{"reason":"schema"}']);
  expect(window.after(0)[0]).toMatchObject({ kind: 'refused', row: { reason: 'schema' } });
});

test('rates are of the last five minutes, and the oldest go', () => {
  const { feed, window, wait } = start();
  feed.publish(raw, [rowOf(1), rowOf(2)]);
  wait(10_000);
  feed.publish(quarantine, ['{}']);
  const { rows, refused, pointSeconds } = window.rates();
  const back = (points: number) => rows.length - 1 - points;
  expect(rows.length * pointSeconds).toBe(300);
  expect(rows.flatMap((count, at) => (count > 0 ? [[at, count]] : []))).toEqual([[back(10 / pointSeconds), 2]]);
  expect(refused.at(-1)).toBe(1);
  wait(295_000);
  expect(window.rates().rows.every((count) => count === 0)).toBe(true);
  expect(window.rates().refused.filter((count) => count > 0)).toEqual([1]);
  wait(86_400_000);
  expect(window.rates().refused.every((count) => count === 0)).toBe(true);
});

test('emptied it begins anew, and numbers go on so that no page sees one twice', () => {
  const { feed, window, idsAfter } = start();
  feed.publish(raw, [rowOf(1), rowOf(2)]);
  window.clear();
  expect([window.passed, window.byType.size, window.bySdk.size, idsAfter(0)]).toEqual([0, 0, 0, []]);
  expect(window.rates().rows.every((count) => count === 0)).toBe(true);
  feed.publish(raw, [rowOf(3)]);
  expect(window.after(0).map(({ number }) => number)).toEqual([3]);
});

test('names are bounded: of ever new types the rest is counted together', () => {
  const { feed, window } = start();
  feed.publish(
    quarantine,
    Array.from({ length: 2_000 }, (_, at) => JSON.stringify({ type: `a.b${at}.v1` })),
  );
  expect(window.byType.size).toBeLessThan(1_000);
  const sum = [...window.byType.values()].reduce((all, { refused }) => all + refused, 0);
  expect(sum).toBe(2_000);
});
