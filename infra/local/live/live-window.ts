import { isJsonObject, type JsonObject, parseJson } from '../../../shared/event/json.ts';
import { alphaSink } from '../../../shared/event-types/alpha.ts';
import type { Clock } from '../../../shared/ports/clock.ts';
import { heartbeatSdk } from '../../../shared/sdks/heartbeat.ts';
import { datasets } from '../../naming.ts';
import type { LiveFeed, LiveRow } from '../live-feed.ts';

/** Time of one point of the plot, and how many there are: five minutes. */
const pointSeconds = 2;
const maxPoints = 150;
/** Events that are kept to be looked at; of a fast stream so many of each second, and the rest is counted only. */
const maxKept = 60;
const maxKeptBytes = 4 * 1_024 * 1_024;
const maxKeptOfSecond = 10;
/** Types and SDKs that are counted by name; what comes beyond them is counted together. */
const maxNames = 500;
const otherNames = 'others';

type Kind = 'row' | 'refused';

/** An event that passed, as it was written. */
export interface PassedEvent {
  /** Counts what was kept, from 1. */
  readonly number: number;
  readonly kind: Kind;
  readonly table: string;
  readonly row: JsonObject;
}

export interface PassedCounts {
  rows: number;
  refused: number;
}

/** What passed in the last minutes, oldest point first; the last one is still being counted. */
interface PassedRates {
  readonly pointSeconds: number;
  readonly rows: readonly number[];
  readonly refused: readonly number[];
}

/** What a deployment has written since it started, kept for whoever looks: bounded, whatever passes. */
export interface LiveWindow {
  rates(): PassedRates;
  /** By event type; by `table:<name>` where the row is in a table of its own. */
  readonly byType: ReadonlyMap<string, Readonly<PassedCounts>>;
  readonly bySdk: ReadonlyMap<string, Readonly<PassedCounts>>;
  /** All that passed, kept or not. */
  readonly passed: number;
  /** Newest first. */
  after(number: number): readonly PassedEvent[];
  event(number: number): PassedEvent | undefined;
  /** Forgets everything but the numbers, which go on. */
  clear(): void;
}

interface Kept extends Omit<PassedEvent, 'row'> {
  readonly text: string;
}

/** Watches from now on. A row that is not kept costs a search in its first columns, and nothing is parsed. */
export function makeLiveWindow(feed: LiveFeed, clock: Clock): LiveWindow {
  const byType = new Map<string, PassedCounts>();
  const bySdk = new Map<string, PassedCounts>();
  const kept: Kept[] = [];
  const points = makePoints(clock);
  let keptBytes = 0;
  let number = 0;
  let passed = 0;
  let second = { at: 0, row: 0, refused: 0 };

  function keep(kind: Kind, { table, row: text }: LiveRow): void {
    const at = Math.floor(clock.nowMillis() / 1_000);
    if (second.at !== at) second = { at, row: 0, refused: 0 };
    if (++second[kind] > maxKeptOfSecond) return;
    kept.push({ number: ++number, kind, table, text });
    keptBytes += text.length;
    while (kept.length > maxKept || (keptBytes > maxKeptBytes && kept.length > 1)) {
      keptBytes -= kept.shift()?.text.length ?? 0;
    }
  }

  function onRow(live: LiveRow): void {
    const { dataset, table, row: text } = live;
    const kind = dataset === datasets.raw ? 'row' : 'refused';
    const sdk = firstValue(sdkPattern, text);
    // Nobody's events.
    if (sdk === heartbeatSdk) return;
    const type = kind === 'refused' || table === alphaSink ? firstValue(typePattern, text) : `table:${table}`;
    const name = kind === 'row' ? 'rows' : 'refused';
    passed++;
    points.count(name);
    countOf(byType, type)[name]++;
    countOf(bySdk, sdk)[name]++;
    keep(kind, live);
  }

  feed.watch(onRow);
  return {
    rates: points.rates,
    byType,
    bySdk,
    get passed() {
      return passed;
    },
    after: (after) =>
      kept
        .filter((event) => event.number > after)
        .flatMap(parsed)
        .reverse(),
    event: (wanted) => kept.filter((event) => event.number === wanted).flatMap(parsed)[0],
    clear() {
      byType.clear();
      bySdk.clear();
      kept.length = 0;
      keptBytes = 0;
      passed = 0;
      points.clear();
    },
  };
}

// Both come before the columns that hold what a client wrote, where a quote would be escaped besides.
const sdkPattern = /"sdk":"([^"\\]+)"/;
const typePattern = /"type":"([^"\\]+)"/;

function firstValue(pattern: RegExp, text: string): string | undefined {
  return pattern.exec(text)?.[1];
}

function countOf(counts: Map<string, PassedCounts>, name = 'unknown'): PassedCounts {
  const key = counts.has(name) || counts.size < maxNames ? name : otherNames;
  const known = counts.get(key) ?? { rows: 0, refused: 0 };
  counts.set(key, known);
  return known;
}

function parsed({ text, ...event }: Kept): PassedEvent[] {
  const row = parseJson(text);
  return isJsonObject(row) ? [{ ...event, row }] : [];
}

/** Counts by time: a ring, whose places are emptied as time comes to them again. */
function makePoints(clock: Clock) {
  let points = emptyPoints();
  const now = () => Math.floor(clock.nowMillis() / (pointSeconds * 1_000));
  let last = now();

  function advance(): PassedCounts {
    const at = now();
    for (let past = Math.max(last + 1, at - maxPoints + 1); past <= at; past++) {
      points[past % maxPoints] = { rows: 0, refused: 0 };
    }
    last = Math.max(at, last);
    return points[last % maxPoints] ?? { rows: 0, refused: 0 };
  }

  return {
    count(name: keyof PassedCounts): void {
      advance()[name]++;
    },
    rates(): PassedRates {
      advance();
      const inOrder = points.map((_, at) => points[(last + 1 + at) % maxPoints]);
      return {
        pointSeconds,
        rows: inOrder.map((point) => point?.rows ?? 0),
        refused: inOrder.map((point) => point?.refused ?? 0),
      };
    },
    clear(): void {
      points = emptyPoints();
    },
  };
}

function emptyPoints(): PassedCounts[] {
  return Array.from({ length: maxPoints }, () => ({ rows: 0, refused: 0 }));
}
