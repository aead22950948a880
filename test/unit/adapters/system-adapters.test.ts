import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { createSeededRandom } from '../../../shared/adapters/memory/seeded-random.ts';
import { createMemoryWriteKeys } from '../../../shared/adapters/memory/write-keys.ts';
import { systemClock } from '../../../shared/adapters/system-clock.ts';
import { systemRandom } from '../../../shared/adapters/system-random.ts';

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

test('the system clock runs a task once after its delay, unless it is cancelled', () => {
  const ran: string[] = [];
  systemClock.after(1_000, () => ran.push('task'));
  systemClock.after(1_000, () => ran.push('cancelled'))();
  vi.advanceTimersByTime(999);
  expect(ran).toEqual([]);
  vi.advanceTimersByTime(5_000);
  expect(ran).toEqual(['task']);
});

test('the system clock keeps delays that are longer than a timer of Node can be', () => {
  const dayMillis = 86_400_000;
  const ran: number[] = [];
  const start = systemClock.nowMillis();
  systemClock.after(35 * dayMillis, () => ran.push(systemClock.nowMillis() - start));
  const cancel = systemClock.after(60 * dayMillis, () => ran.push(-1));
  vi.advanceTimersByTime(34 * dayMillis);
  expect(ran).toEqual([]);
  cancel();
  vi.advanceTimersByTime(60 * dayMillis);
  expect(ran).toEqual([35 * dayMillis]);
});

test('seeded randomness is the same for the same seed alone, and looks even', () => {
  const [first, again, other] = [7, 7, 8].map((seed) =>
    Buffer.from(createSeededRandom(seed).bytes(1_001)).toString('hex'),
  );
  expect(first).toBe(again);
  expect(first).not.toBe(other);
  const random = createSeededRandom(1);
  const counts = new Uint32Array(256);
  for (const byte of random.bytes(256_000)) counts[byte] = (counts[byte] ?? 0) + 1;
  expect(Math.min(...counts)).toBeGreaterThan(800);
  expect(Math.max(...counts)).toBeLessThan(1_200);
  expect([random.bytes(0).length, random.bytes(3).length]).toEqual([0, 3]);
});

test('system randomness gives as many bytes as asked, and others each time', () => {
  const [a, b] = [systemRandom.bytes(32), systemRandom.bytes(32)];
  expect([a.byteLength, Buffer.compare(a, b) === 0]).toEqual([32, false]);
});

test('write keys that are not in the map are unknown', async () => {
  const keys = createMemoryWriteKeys(new Map([['key', { kind: 'sdk', sdk: 'web' }]]));
  expect(await keys.find('key')).toEqual({ kind: 'sdk', sdk: 'web' });
  expect(await keys.find('other')).toEqual({ kind: 'unknown' });
  expect(await keys.find('__proto__')).toEqual({ kind: 'unknown' });
});
