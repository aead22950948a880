import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { needs as dedup } from '../../../functions/dedup/needs.ts';
import { naiveBill } from '../../../infra/cost/naive-bill.ts';
import { ourBill } from '../../../infra/cost/our-bill.ts';
import { quotaUse } from '../../../infra/cost/quotas.ts';
import { defaultWorkload, maxEventsPerSecond, type Workload } from '../../../infra/cost/workload.ts';
import { ours } from '../../../infra/house.ts';
import { topics } from '../../../infra/naming.ts';
import { makeTopology } from '../../../infra/topology.ts';

const thousand: Workload = { ...defaultWorkload, eventsPerSecond: 1_000 };

describe('a bill recomputed by hand: 1,000 events/s of 600 bytes in batches of 50, 5% of them sent twice', () => {
  const { lines, totalUsd } = ourBill(thousand);
  const usdOf = (component: string) =>
    lines.filter((line) => line.component === component).reduce((sum, { usd }) => sum + usd, 0);

  // 730 hours of 3,600 s; 20 requests/s of distinct events, 21 with resends.
  test.each([
    // 21/s × 330 µs + 1,050/s × 2 µs = 9,030 µs; / 0.6 = 0.01505 vCPU; × 2,628,000 s = 39,551.4 vCPU-seconds.
    ['function ingest', 39_551.4 * 24e-6 + 39_551.4 * 2.5e-6 + 55.188 * 0.4],
    // 21/s × 700 µs + 1,050/s × 1 µs = 15,750 µs; / 0.6 = 0.02625 vCPU; 68,985 vCPU-seconds.
    ['function dedup', 68_985 * 24e-6 + 68_985 * 2.5e-6 + 55.188 * 0.4],
    // 20/s × 500 µs + 1,000/s × 90 µs = 100,000 µs; / 0.6 = 0.1667 vCPU; 438,000 vCPU-seconds.
    ['function pseudonymize', 438_000 * 24e-6 + 438_000 * 2.5e-6 + 52.56 * 0.4],
    // A message has 600 × (1.04 + 0.1 × 49) = 3,564 bytes; 21/s, twice, for a month.
    ['topic received', ((2 * 21 * 3_564 * 2_628_000) / 2 ** 40) * 40],
    ['topic deduplicated', ((2 * 20 * 3_564 * 2_628_000) / 2 ** 40) * 40],
    // Rows of 840 bytes, 17 of them in a publish request.
    ['topics event.*', ((1_000 * 840 * 2_628_000) / 2 ** 40) * 40],
    ['rows to BigQuery', ((1_000 * 840 * 2_628_000) / 2 ** 40) * 50],
    // 551.88 and 525.6 hundred thousands, a tenth of the writes expires; 20/s × 35 d × 460 bytes are kept.
    ['claim index', 551.88 * 0.06 + 525.6 * 0.18 + 52.56 * 0.02 + ((20 * 28 * 86_400 * 460) / 2 ** 30) * 0.18],
    // 1.5 reads and a hundredth of a write a request.
    ['subject keys', 788.4 * 0.06 + 5.256 * 0.18],
    // Rows of 90 days, and of 310 days more.
    ['tables', ((1_000 * 840 * 86_400) / 2 ** 30) * (90 * 0.02 + 310 * 0.01)],
    ['load balancer', 18 + ((1_050 * 600 * 2_628_000) / 2 ** 30) * 0.008],
  ])('%s', (component, usd) => {
    expect(usdOf(component)).toBeCloseTo(usd, 6);
  });

  test('every function and topic that events pass is billed', () => {
    const components = new Set(lines.map(({ component }) => component));
    const { functions: all, subscriptions } = makeTopology([]);
    const passed = subscriptions.flatMap(({ topic, target }) => (target.kind === 'push' ? [topic] : []));
    const onTheWay = all.filter(({ name }) => name === 'ingest' || passed.some((topic) => pushedTo(name, topic)));
    for (const { name } of onTheWay) expect(components).toContain(`function ${name}`);
    for (const topic of [topics.received, topics.deduplicated]) expect(components).toContain(`topic ${topic}`);

    function pushedTo(name: string, topic: string): boolean {
      const isEvents = topic === topics.received || topic === topics.deduplicated;
      return isEvents && subscriptions.some((one) => one.topic === topic && one.name === name);
    }
  });

  test('a function that events are pushed to is billed by its needs, and its topic once more', () => {
    const { coreTime, ...rest } = dedup;
    const second = { ...rest, name: 'second', size: { ...dedup.size, memoryMiB: 2_048 } };
    const house = { functions: [...ours.functions, { ...second, coreTime }] };
    const usd = (component: string) =>
      ourBill(thousand, house).lines.reduce((sum, one) => sum + (one.component === component ? one.usd : 0), 0);
    // As for dedup, with twice the memory; its topic is published once and pushed to two.
    expect(usd('function second')).toBeCloseTo(usdOf('function dedup') + 68_985 * 2.5e-6, 6);
    expect(usd('topic received')).toBeCloseTo((usdOf('topic received') * 3) / 2, 6);
    expect(() => ourBill(thousand, { functions: [...ours.functions, second] })).toThrow(
      'events pass second: say its coreTime in functions/second/needs.ts',
    );
    const rare = { ...second, callers: { kind: 'operators' } } as const;
    expect(ourBill(thousand, { functions: [...ours.functions, rare] }).totalUsd).toBe(totalUsd);
  });

  test('the total is the sum of its lines', () => {
    expect(totalUsd).toBeCloseTo(
      lines.reduce((sum, { usd }) => sum + usd, 0),
      9,
    );
  });
});

/** USD a month of what an environment with an archive, an edge and the platform's logs of pushes pays beside, by hand. */
describe.each([
  [1_000, { archive: [100.4, 540.7], armor: 41.4, logs: 50.2, total: 1_840 }],
  [100_000, { archive: [10_042, 54_073], armor: 4_139, logs: 5_017, total: 155_000 }],
  [8_000_000, { archive: [803_375, 4_325_867], armor: 331_128, logs: 401_383, total: 12_400_000 }],
])('beside the design, at %i events/s', (eventsPerSecond, byHand) => {
  const workload = { ...defaultWorkload, eventsPerSecond, archiveDays: 400, stageRequestLogs: true };
  const { lines, totalUsd } = ourBill(workload);
  const usdsOf = (component: string) => lines.filter((one) => one.component === component).map(({ usd }) => usd);
  const about = (usd: number) => ({ from: usd * 0.995, to: usd * 1.005 });

  test('archive, Cloud Armor and request logs cost what is computed by hand', () => {
    const [delivered = 0, stored = 0] = usdsOf('raw archive');
    const [policy = 0, requests = 0] = usdsOf('Cloud Armor');
    const [logs = 0] = usdsOf('request logs');
    const pairs = [
      [delivered, byHand.archive[0]],
      [stored, byHand.archive[1]],
      [requests, byHand.armor],
      [logs, byHand.logs],
    ] as const;
    for (const [usd, hand = 0] of pairs) {
      expect(usd).toBeGreaterThan(about(hand).from);
      expect(usd).toBeLessThan(about(hand).to);
    }
    expect(policy).toBe(7);
  });

  test('the whole is what was summed up by hand, but for a twentieth', () => {
    // That sum is older than the schedules of completeness.
    const usd = totalUsd - (usdsOf('completeness')[0] ?? 0);
    expect(usd).toBeGreaterThan(byHand.total * 0.94);
    expect(usd).toBeLessThan(byHand.total * 1.06);
  });
});

test('an instance is billed while a request is open: at 1,000 events/s several are, whose cores hardly work', () => {
  const lines = ourBill(thousand).lines.filter(({ component }) => component === 'instances');
  // 21 and 20 calls/s of 0.1 s on 6, 2 and 2 warm instances: 6 (1 - e^-0.35) + 2 (1 - e^-1.05) + 2 (1 - e^-1) = 4.34 vCPU,
  // of which core time is 0.21.
  const vcpus = 6 * (1 - Math.exp(-0.35)) + 2 * (1 - Math.exp(-1.05)) + 2 * (1 - Math.exp(-1));
  expect(lines[0]?.quantity).toBeCloseTo((vcpus - (9_030 + 15_750 + 100_000) / 0.6 / 1e6) * 2_628_000, 0);
  expect(lines[2]?.quantity).toBeCloseTo((10 - vcpus) * 2_628_000, 0);
  const [dev] = ourBill({ ...thousand, eventsPerSecond: 0.001, regions: 1 }).lines.filter(
    ({ component }) => component === 'instances',
  );
  expect(dev?.usd).toBeLessThan(0.01);
});

describe('the first quota', () => {
  const largest = { ...defaultWorkload, eventsPerSecond: maxEventsPerSecond };
  const shareOf = (workload: Workload, name: RegExp) =>
    quotaUse(workload).find(({ quota }) => name.test(quota.name))?.share ?? 0;

  test('at 8 million events/s: what runs behind ingest is in one region', () => {
    // 8M × 840 B = 6,720 MB/s of rows; 160,000 batches/s × 3,564 B = 570 MB/s; 168,000/s in three regions are 200 MB/s.
    expect(shareOf({ ...largest, dataIn: 'region' }, /Storage Write/)).toBeCloseTo(22.4, 1);
    expect(shareOf(largest, /Storage Write/)).toBeCloseTo(2.24, 2);
    expect(shareOf(largest, /publisher/)).toBeCloseTo((6_720 + 570.2 + 199.6) / 4_000, 2);
    expect(shareOf(largest, /push/)).toBeCloseTo((570.2 + 199.6) / 440, 2);
    const instances = quotaUse(largest).find(({ quota }) => /instances/.test(quota.name));
    expect(instances?.needed).toBeGreaterThan(1_500);
    expect(instances?.needed).toBeLessThan(1_700);
  });

  test('says what lifts it', () => {
    for (const { quota } of quotaUse(thousand)) expect(quota.lift.length).toBeGreaterThan(10);
    const [first] = quotaUse({ ...thousand, eventsPerSecond: 100_000, dataIn: 'region' });
    expect(first?.quota.lift).toContain('grantedQuota');
  });
});

describe('any workload', () => {
  const workload: fc.Arbitrary<Workload> = fc.record({
    eventsPerSecond: fc.integer({ min: 1, max: maxEventsPerSecond }),
    batchEvents: fc.integer({ min: 1, max: 1_000 }),
    eventBytes: fc.integer({ min: 50, max: 65_536 }),
    resendShare: fc.double({ min: 0, max: 1, noNaN: true }),
    requestsPerMessage: fc.integer({ min: 1, max: 50 }),
    regions: fc.integer({ min: 1, max: 5 }),
    typesPerBatch: fc.integer({ min: 1, max: 20 }),
    lookBackDays: fc.integer({ min: 1, max: 365 }),
    retentionDays: fc.integer({ min: 1, max: 3_650 }),
  });
  const rounding = 1 + 1e-9;

  test('more events never cost less, here or there', () => {
    fc.assert(
      fc.property(workload, fc.integer({ min: 1, max: 1_000 }), (base, more) => {
        const larger = { ...base, eventsPerSecond: base.eventsPerSecond + more };
        expect(ourBill(larger).totalUsd).toBeGreaterThanOrEqual(ourBill(base).totalUsd);
        expect(naiveBill(larger).totalUsd).toBeGreaterThanOrEqual(naiveBill(base).totalUsd);
      }),
    );
  });

  test('larger batches, and requests sealed together, never cost more', () => {
    fc.assert(
      fc.property(workload, fc.integer({ min: 1, max: 500 }), (base, more) => {
        const batches = { ...base, batchEvents: base.batchEvents + more };
        const sealed = { ...base, requestsPerMessage: base.requestsPerMessage + more };
        expect(ourBill(batches).totalUsd).toBeLessThanOrEqual(ourBill(base).totalUsd * rounding);
        expect(ourBill(sealed).totalUsd).toBeLessThanOrEqual(ourBill(base).totalUsd * rounding);
      }),
    );
  });

  test('a design without batches never costs less where there are batches', () => {
    fc.assert(
      fc.property(workload, (base) => {
        const { totalUsd } = naiveBill(base);
        if (base.batchEvents >= 2) expect(totalUsd).toBeGreaterThan(ourBill(base).totalUsd);
      }),
    );
  });

  test('quotas are sorted by how much of them is taken', () => {
    fc.assert(
      fc.property(workload, (base) => {
        const shares = quotaUse(base).map(({ share }) => share);
        expect(shares).toEqual([...shares].sort((a, b) => b - a));
      }),
    );
  });
});

test('marks of use are in the bill of who erases people that are not seen, and in no other', () => {
  const workload = { ...defaultWorkload, eventsPerSecond: 1_000 };
  const marks = (inactiveSubjects: boolean) =>
    ourBill({ ...workload, inactiveSubjects }).lines.filter(({ component }) => component === 'marks of use');
  expect(marks(false)).toEqual([]);
  // 20 requests a second of 2,628,000 in a month, a mark for 20 of them, in hundred thousands.
  expect(marks(true).map(({ quantity }) => Number(quantity.toFixed(2)))).toEqual([131.4, 26.28, 26.28]);
});
