import type { JsonObject } from '../../shared/event/json.ts';
import type { Bill } from './bill.ts';
import { naiveBill } from './naive-bill.ts';
import { ourBill } from './our-bill.ts';
import { pricesAsOf } from './prices.ts';
import { quotaUse } from './quotas.ts';
import { maxEventsPerSecond, secondsPerMonth, type Workload } from './workload.ts';

const batchesCompared = [1, 10, 50, 200, 500] as const;
const scalesCompared = [100, 10_000, 100_000, 1_000_000, maxEventsPerSecond] as const;

/** Everything about a workload's cost as one JSON object. */
export function costJson(workload: Workload): JsonObject {
  const [ours, naive] = [ourBill(workload), naiveBill(workload)];
  return {
    pricesAsOf,
    workload: { ...workload },
    ours: billJson(ours, workload),
    naive: billJson(naive, workload),
    naiveTimesOurs: round(naive.totalUsd / ours.totalUsd, 2),
    byBatch: batchesCompared.map((batchEvents) => ({
      batchEvents,
      monthUsd: round(ourBill({ ...workload, batchEvents }).totalUsd, 2),
      naiveMonthUsd: round(naiveBill({ ...workload, batchEvents }).totalUsd, 2),
    })),
    byScale: scalesCompared.map((eventsPerSecond) => {
      const [tightest] = quotaUse({ ...workload, eventsPerSecond });
      return {
        eventsPerSecond,
        monthUsd: round(ourBill({ ...workload, eventsPerSecond }).totalUsd, 2),
        naiveMonthUsd: round(naiveBill({ ...workload, eventsPerSecond }).totalUsd, 2),
        firstQuota: tightest?.quota.name ?? null,
        firstQuotaShare: round(tightest?.share ?? 0, 4),
      };
    }),
    quotas: quotaUse(workload).map(({ quota, needed, share }) => ({
      name: quota.name,
      limit: quota.limit,
      unit: quota.unit,
      needed: round(needed, 3),
      share: round(share, 4),
      lift: quota.lift,
      source: quota.source,
    })),
  };
}

function billJson({ lines, totalUsd }: Bill, workload: Workload): JsonObject {
  return {
    monthUsd: round(totalUsd, 2),
    millionEventsUsd: round(perMillion(totalUsd, workload), 4),
    lines: lines.map((one) => ({ ...one, quantity: round(one.quantity, 3), usd: round(one.usd, 2) })),
  };
}

/** The same for people. */
export function costText(workload: Workload): string {
  const [ours, naive] = [ourBill(workload), naiveBill(workload)];
  const headline =
    `${grouped(workload.eventsPerSecond)} events/s of ${grouped(workload.eventBytes)} bytes in batches of ` +
    `${workload.batchEvents}, ${Math.round(workload.resendShare * 100)}% sent twice: a month at list prices of ${pricesAsOf}`;
  return [
    headline,
    '',
    billText('our design', ours, workload),
    billText('naive design: a message, an invocation and a document an event, insertAll', naive, workload),
    `The naive design costs ${(naive.totalUsd / ours.totalUsd).toFixed(1)} times as much.`,
    '',
    batchText(workload),
    scaleText(workload),
    quotaText(workload),
  ].join('\n');
}

function billText(title: string, { lines, totalUsd }: Bill, workload: Workload): string {
  const rows = lines.map(({ component, usd, quantity, unit }) => [
    component,
    usdText(usd),
    quantityText(quantity),
    unit,
  ]);
  const total = ['total', usdText(totalUsd), '', `${usdText(perMillion(totalUsd, workload))} a million events`];
  return `${title}\n${table([['component', 'USD', 'quantity', 'unit'], ...rows, total], ['left', 'right', 'right', 'left'])}\n`;
}

function batchText(workload: Workload): string {
  const rows = batchesCompared.map((batchEvents) => {
    const changed = { ...workload, batchEvents };
    return [grouped(batchEvents), usdText(ourBill(changed).totalUsd), usdText(naiveBill(changed).totalUsd)];
  });
  return `by batch size, USD a month\n${table([['events', 'ours', 'naive'], ...rows], ['right', 'right', 'right'])}\n`;
}

function scaleText(workload: Workload): string {
  const rows = scalesCompared.map((eventsPerSecond) => {
    const changed = { ...workload, eventsPerSecond };
    const [tightest] = quotaUse(changed);
    const quota = tightest === undefined ? '' : `${shareText(tightest.share)} of ${tightest.quota.name}`;
    return [grouped(eventsPerSecond), usdText(ourBill(changed).totalUsd), usdText(naiveBill(changed).totalUsd), quota];
  });
  const head = ['events/s', 'ours', 'naive', 'tightest quota'];
  return `by scale, USD a month\n${table([head, ...rows], ['right', 'right', 'right', 'left'])}\n`;
}

function quotaText(workload: Workload): string {
  const uses = quotaUse(workload);
  const rows = uses.map(({ quota, needed, share }) => [
    quota.name,
    `${quantityText(needed)} of ${grouped(quota.limit)} ${quota.unit}`,
    shareText(share),
  ]);
  const lifts = uses.filter(({ share }) => share > 0.5).map(({ quota }) => `  ${quota.name}: ${quota.lift}`);
  const text = table([['quota', 'needed', 'share'], ...rows], ['left', 'right', 'right']);
  return [
    `quotas (defaults, from memory)`,
    text,
    ...(lifts.length === 0 ? [] : ['beyond half of one:', ...lifts]),
    '',
  ].join('\n');
}

function table(rows: readonly (readonly string[])[], sides: readonly ('left' | 'right')[]): string {
  const widths = sides.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  const cell = (text: string, column: number) =>
    sides[column] === 'left' ? text.padEnd(widths[column] ?? 0) : text.padStart(widths[column] ?? 0);
  return rows.map((row) => `  ${row.map(cell).join('  ').trimEnd()}`).join('\n');
}

function perMillion(totalUsd: number, { eventsPerSecond }: Workload): number {
  return (totalUsd / (eventsPerSecond * secondsPerMonth)) * 1e6;
}

function usdText(usd: number): string {
  const digits = usd < 10 ? 4 : usd < 1_000 ? 2 : 0;
  return usd.toLocaleString('en-US', { minimumFractionDigits: digits, maximumFractionDigits: digits });
}

function quantityText(quantity: number): string {
  return quantity.toLocaleString('en-US', { maximumFractionDigits: quantity < 100 ? 3 : 0 });
}

function grouped(value: number): string {
  return value.toLocaleString('en-US');
}

function shareText(share: number): string {
  return `${(share * 100).toLocaleString('en-US', { maximumFractionDigits: share < 0.1 ? 2 : 0 })}%`;
}

function round(value: number, digits: number): number {
  return Number(value.toFixed(digits));
}
