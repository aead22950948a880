import { calendarSeconds, formatInstant } from '../event/time.ts';
import type { ByteRow } from './byte-row.ts';

const daySeconds = 86_400;
/** `"2026-11-20T18:03:21.250000Z"` */
const instantBytes = 29;
const dash = 0x2d;
const colon = 0x3a;

/** Two digits of each number below 100, as two bytes. */
const pairs = Int16Array.from({ length: 100 }, (_, value) => Buffer.from(String(value).padStart(2, '0')).readInt16LE());

/** The number that two bytes say; NaN where they are no digits. */
function pair(source: Uint8Array, at: number): number {
  const [tens, ones] = [(source[at] ?? 0) - 0x30, (source[at + 1] ?? 0) - 0x30];
  return tens >= 0 && tens <= 9 && ones >= 0 && ones <= 9 ? tens * 10 + ones : Number.NaN;
}

/** Days and instants of a column, of which many are of one day. */
export class ByteInstants {
  private readKey = Number.NaN;
  private readEpochDay = Number.NaN;
  private putDay = Number.NaN;
  /** `"2026-11-20T` of `putDay` as words. */
  private readonly date = new Int32Array(3);

  /** Days since the epoch of `YYYY-MM-DD`; NaN where there is no such day. */
  readDay(source: Uint8Array, at: number): number {
    if (source[at + 4] !== dash || source[at + 7] !== dash) return Number.NaN;
    const year = pair(source, at) * 100 + pair(source, at + 2);
    const [month, day] = [pair(source, at + 5), pair(source, at + 8)];
    const key = year * 10_000 + month * 100 + day;
    if (key === this.readKey) return this.readEpochDay;
    const seconds = calendarSeconds({ year, month, day, hour: 0, minute: 0, second: 0 });
    if (Number.isNaN(key) || seconds === undefined) return Number.NaN;
    this.readKey = key;
    this.readEpochDay = seconds / daySeconds;
    return this.readEpochDay;
  }

  /** Seconds of `HH:mm:ss`, of which the last may be 60; NaN where there is no such time. */
  readClock(source: Uint8Array, at: number): number {
    const [hour, minute, second] = [pair(source, at), pair(source, at + 3), pair(source, at + 6)];
    if (source[at + 2] !== colon || source[at + 5] !== colon) return Number.NaN;
    return hour <= 23 && minute <= 59 && second <= 60 ? hour * 3_600 + minute * 60 + second : Number.NaN;
  }

  /** Writes `formatInstant` as JSON; -1 where there is none, or no room. */
  put(row: ByteRow, at: number, epochSeconds: number, micros: number): number {
    const day = Math.floor(epochSeconds / daySeconds);
    if (day !== this.putDay && !this.beginDay(day)) return -1;
    if (at + instantBytes > row.limit) return -1;
    const { outView } = row;
    const second = epochSeconds - day * daySeconds;
    const minute = Math.floor(second / 60);
    const hour = Math.floor(minute / 60);
    const hundred = Math.floor(micros / 100);
    const tenThousand = Math.floor(hundred / 100);
    for (let word = 0; word < 3; word++) outView.setInt32(at + word * 4, this.date[word] ?? 0, true);
    putPair(outView, at + 12, hour);
    outView.setInt8(at + 14, colon);
    putPair(outView, at + 15, minute - hour * 60);
    outView.setInt8(at + 17, colon);
    putPair(outView, at + 18, second - minute * 60);
    outView.setInt8(at + 20, 0x2e);
    putPair(outView, at + 21, tenThousand);
    putPair(outView, at + 23, hundred - tenThousand * 100);
    putPair(outView, at + 25, micros - hundred * 100);
    outView.setInt16(at + 27, 0x225a, true);
    return at + instantBytes;
  }

  private beginDay(day: number): boolean {
    const text = formatInstant({ epochSeconds: day * daySeconds, micros: 0 });
    if (text === undefined) return false;
    Buffer.from(this.date.buffer).write(`"${text.slice(0, 11)}`, 'latin1');
    this.putDay = day;
    return true;
  }
}

function putPair(view: DataView, at: number, value: number): void {
  view.setInt16(at, pairs[value] ?? 0, true);
}
