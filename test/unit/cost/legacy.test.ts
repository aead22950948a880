import { expect, test } from 'vitest';
import { defaultExportLegacyConfig } from '../../../functions/export-legacy/config.ts';
import { ourBill } from '../../../infra/cost/our-bill.ts';
import { assumptions, defaultWorkload } from '../../../infra/cost/workload.ts';

const plain = { ...defaultWorkload, eventsPerSecond: 1_000 };
const { lines } = ourBill({ ...plain, legacyGigabytes: 1_000 });
const usdOf = (component: string) =>
  lines.filter((line) => line.component === component).reduce((sum, { usd }) => sum + usd, 0);

// 1,000 GB a month are 10,000 files of 100 MB and 8,064,516,129 records of 124 bytes: 806,451.6 s at 10,000 a second, of
// which a file takes 81, so that it is one call. It saves every 5 s, and at its end: 161,290.3 + 10,000.
test.each([
  // 28 of a month's 30.4167 days; 10,000 are written; a notification and three objects each are read.
  ['legacy files', ((1e12 * (28 / (730 / 24))) / 2 ** 30) * 0.02 + 1 * 0.05 + 4 * 0.004],
  // One vCPU, half a GiB.
  ['function export-legacy', 806_451.613 * 24e-6 + 403_225.806 * 2.5e-6 + 0.01 * 0.4],
  ['checkpoints', 1.81290323 * 0.06 + 1.71290323 * 0.18],
])('a month of 1,000 GB of legacy files, by hand: %s', (component, usd) => {
  expect(usdOf(component)).toBeCloseTo(usd, 6);
});

test('without them nothing is billed for them, and nothing else changes with them', () => {
  const without = ourBill(plain);
  expect(without.lines.map(({ component }) => component)).not.toContain('legacy files');
  const own = ['legacy files', 'function export-legacy', 'checkpoints'].reduce((sum, name) => sum + usdOf(name), 0);
  expect(ourBill({ ...plain, legacyGigabytes: 1_000 }).totalUsd - without.totalUsd).toBeCloseTo(own, 6);
});

test('what is assumed is what export-legacy is set to', () => {
  const { legacyRecordsPerSecond, legacyCheckpointSeconds, legacyCallSeconds } = assumptions;
  const { maxRecordsPerSecond, checkpointSeconds, maxCallSeconds } = defaultExportLegacyConfig;
  expect([legacyRecordsPerSecond, legacyCheckpointSeconds, legacyCallSeconds]).toEqual([
    ...[maxRecordsPerSecond, checkpointSeconds, maxCallSeconds],
  ]);
});
