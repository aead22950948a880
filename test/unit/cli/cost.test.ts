import { describe, expect, test } from 'vitest';
import { runCli } from '../../../infra/cli/program.ts';
import { makeCollectingIo } from './collecting-io.ts';

async function cost(...args: string[]) {
  const io = makeCollectingIo();
  return { exitCode: await runCli(['cost', ...args], io), out: io.outText(), err: io.errText() };
}

describe('edi cost', () => {
  test('shows both bills, what batches do to them, and the first quota at every scale', async () => {
    const { exitCode, out } = await cost('--events-per-second', '100000', '--batch', '50');
    expect(exitCode).toBe(0);
    for (const part of [
      'claim index',
      'naive design',
      'by batch size',
      '8,000,000',
      'Firestore writes of a database',
    ]) {
      expect(out).toContain(part);
    }
  });

  test('as JSON: every line with its quantity and formula', async () => {
    const { exitCode, out } = await cost('--events-per-second', '1000', '--batch', '500', '--json');
    expect(exitCode).toBe(0);
    const report = JSON.parse(out);
    expect(report.workload).toMatchObject({ eventsPerSecond: 1_000, batchEvents: 500 });
    expect(report.ours.lines).toContainEqual({
      component: 'claim index',
      quantity: 52.56,
      unit: expect.stringContaining('writes'),
      usd: expect.any(Number),
      formula: 'a write a request with fresh events',
    });
    expect(report.naiveTimesOurs).toBeGreaterThan(10);
  });

  test.each([
    [['--events-per-second', '-1'], '--events-per-second must be from'],
    [['--events-per-second', '8000001'], '--events-per-second must be from'],
    [['--events-per-second', '100', '--batch', '0'], '--batch must be from 1 to 1000'],
    [['--events-per-second', '100', '--event-bytes', '70000'], '--event-bytes must be from'],
    [['--events-per-second', '100', '--resend-share', '2'], '--resend-share must be from'],
    [['--events-per-second', 'many'], 'Give a number'],
    [['--events-per-second', 'NaN'], 'Give a number'],
    [['--events-per-second', ''], 'Give a number'],
    [[], '--events-per-second'],
  ])('%j is refused', async (args, message) => {
    const { exitCode, out, err } = await cost(...args);
    expect([exitCode, out]).toEqual([2, '']);
    expect(err).toContain(message);
  });
});
