import { expect, test } from 'vitest';
import { makeLiveFeed } from '../../../infra/local/live-feed.ts';
import { makeLivePlays } from '../../../infra/local/playground/live-plays.ts';
import { promptClock } from '../../helpers/prompt-clock.ts';

const table = { dataset: 'events_raw', table: 'playback_track_played_v1' };
const rowOf = (token: string, id: string) => JSON.stringify({ event_id: id, sequence: 1, data: { tags: { token } } });
const token = (n: number) => `token-${String(n).padStart(3, '0')}`;

function start() {
  let nowMillis = 0;
  const feed = makeLiveFeed();
  const clock = { ...promptClock(), nowMillis: () => nowMillis };
  const plays = makeLivePlays(feed, clock);
  const idsOf = (page: number, after = 0) => plays.after(token(page), after).map(({ row }) => row['event_id']);
  const wait = (millis: number) => {
    nowMillis += millis;
  };
  return { feed, idsOf, plays, wait };
}

test('a page sees the rows of its token alone, from its first question on, each once', () => {
  const { feed, idsOf, plays } = start();
  feed.publish(table, [rowOf(token(1), 'before')]);
  expect(idsOf(1)).toEqual([]);
  feed.publish(table, [rowOf(token(1), 'a'), rowOf(token(2), 'of another'), rowOf(token(1), 'b')]);
  feed.publish({ ...table, table: 'github_push_v1' }, [rowOf(token(1), 'of another type')]);
  feed.publish({ ...table, dataset: 'operations' }, [rowOf(token(1), 'of another dataset')]);
  expect(idsOf(1)).toEqual(['a', 'b']);
  expect(plays.after(token(1), 1)).toEqual([
    { number: 2, row: { event_id: 'b', subject: null, sequence: 1, received_time: null, row_time: null } },
  ]);
  expect(idsOf(2)).toEqual([]);
});

test('only the last rows of a page are kept, and its numbers go on', () => {
  const { feed, idsOf, plays } = start();
  idsOf(1);
  feed.publish(
    table,
    Array.from({ length: 250 }, (_, at) => rowOf(token(1), `${at}`)),
  );
  expect(idsOf(1)).toHaveLength(200);
  expect(plays.after(token(1), 249).map(({ number }) => number)).toEqual([250]);
});

test('who asked longest ago is forgotten: of too many pages, and after a while', () => {
  const { feed, idsOf, wait } = start();
  for (let page = 0; page < 25; page++) idsOf(page);
  feed.publish(table, [rowOf(token(0), 'a'), rowOf(token(24), 'b')]);
  expect([idsOf(0), idsOf(24)]).toEqual([[], ['b']]);
  wait(700_000);
  feed.publish(table, [rowOf(token(24), 'c')]);
  expect(idsOf(24)).toEqual([]);
  feed.publish(table, [rowOf(token(24), 'd')]);
  // Its page has seen more rows than are counted here now.
  expect(idsOf(24, 7)).toEqual(['d']);
});
