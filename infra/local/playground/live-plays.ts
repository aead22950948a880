import { isJsonObject, type JsonObject, type JsonValue, parseJson } from '../../../shared/event/json.ts';
import type { Clock } from '../../../shared/ports/clock.ts';
import { datasets } from '../../naming.ts';
import type { LiveFeed } from '../live-feed.ts';

/** A row of a page's own event, as it was written. */
interface PlayRow {
  /** Counts the rows of the page, from 1. */
  readonly number: number;
  /** Columns that the page shows. */
  readonly row: JsonObject;
}

export interface LivePlays {
  /**
   * The rows of a page after the one of that number; all, where none has that number yet, as after a restart. The first
   * question begins to watch.
   */
  after(token: string, number: number): readonly PlayRow[];
}

/** Pages that are watched for; the one that asked longest ago is forgotten. */
const maxPages = 20;
const maxRowsOfPage = 200;
/** A page that asks no more is forgotten; one that was closed finds what came meanwhile. */
const forgetAfterMillis = 600_000;
const shown = ['event_id', 'subject', 'sequence', 'received_time', 'row_time'];

interface WatchedPage {
  readonly rows: PlayRow[];
  seen: number;
  askedMillis: number;
}

/**
 * Rows of `playback.*` whose `tags` hold the token of a page: only who knows a token, which is as random as a key, sees its
 * rows. Nothing is watched while no page asks.
 */
export function makeLivePlays(feed: LiveFeed, clock: Clock): LivePlays {
  const pages = new Map<string, WatchedPage>();
  let stop: (() => void) | undefined;

  function forgetOld(nowMillis: number): void {
    // The map keeps the order in which the pages asked.
    for (const [token, { askedMillis }] of pages) {
      if (pages.size <= maxPages && nowMillis - askedMillis < forgetAfterMillis) return;
      pages.delete(token);
    }
    if (pages.size > 0) return;
    stop?.();
    stop = undefined;
  }

  function onRow(dataset: string, table: string, text: string): void {
    if (dataset !== datasets.raw || !table.startsWith('playback_')) return;
    forgetOld(clock.nowMillis());
    for (const [token, page] of pages) {
      if (!text.includes(token)) continue;
      const row = parseJson(text);
      if (!isJsonObject(row)) continue;
      page.rows.push({ number: ++page.seen, row: shownOf(row) });
      if (page.rows.length > maxRowsOfPage) page.rows.shift();
    }
  }

  return {
    after(token, number) {
      const nowMillis = clock.nowMillis();
      const page = pages.get(token) ?? { rows: [], seen: 0, askedMillis: nowMillis };
      page.askedMillis = nowMillis;
      pages.delete(token);
      pages.set(token, page);
      forgetOld(nowMillis);
      stop ??= feed.watch(({ dataset, table, row }) => onRow(dataset, table, row));
      return page.rows.filter((row) => number > page.seen || row.number > number);
    },
  };
}

function shownOf(row: JsonObject): JsonObject {
  return Object.fromEntries(shown.flatMap((name): [string, JsonValue][] => [[name, row[name] ?? null]]));
}
