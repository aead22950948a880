import { randomUUID } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { startEmulator } from '../../infra/local/emulators/gcloud-emulator.ts';
import { openFirestore } from '../../shared/adapters/gcp/firestore-client.ts';
import { runBusySources } from './dedup-busy.ts';
import { type CountedDatabase, countDatabase, perThousand, type RequestCounts } from './dedup-counting.ts';
import { type BenchIndex, bucketIndex, documentPerEventIndex } from './dedup-indexes.ts';
import { filledDays, makeFilling, makeTraffic, type Traffic, type TrafficKind } from './dedup-traffic.ts';

// What dedup asks of Firestore, counted, beside an index with a document per event, and one busy source:
// npm run bench -- dedup [--json FILE]. Starts Google's Firestore emulator, or uses FIRESTORE_EMULATOR_HOST.

const { values } = parseArgs({ options: { json: { type: 'string' } } });
const batchSizes = [1, 10, 50, 500];
/** The other index finds a document by its own name, whatever else is stored: it is filled with one event in so many. */
const naiveFillingShare = 25;
const aimPerThousand = 25;
const aimBatchEvents = 50;

interface Row {
  readonly filledDays: number;
  readonly traffic: TrafficKind;
  readonly batchEvents: number;
  readonly events: number;
  /** Per 1,000 events. */
  readonly buckets: RequestCounts;
  readonly documentPerEvent: RequestCounts;
}

async function send(index: BenchIndex, database: CountedDatabase, { queues, outcome }: Traffic) {
  database.take();
  await Promise.all(
    queues.map(async (queue) => {
      for (const message of queue) {
        const outcomes = await index(message);
        if (outcomes.some((got) => got !== outcome)) throw new Error(`an event that should be ${outcome} is not`);
      }
    }),
  );
  const events = queues.flat().reduce((sum, message) => sum + message.events.length, 0);
  return { events, counts: perThousand(database.take(), events) };
}

async function compare(emulatorHost: string, days: number): Promise<Row[]> {
  const projectId = `edi-bench-${randomUUID().slice(0, 8)}`;
  const open = (databaseId: string) =>
    countDatabase(openFirestore({ dependency: 'claims', projectId, databaseId, emulatorHost }));
  const [bucketDatabase, eventDatabase] = [open('buckets'), open('events')];
  const [buckets, documentPerEvent] = [bucketIndex(bucketDatabase), documentPerEventIndex(eventDatabase)];
  const rows: Row[] = [];
  for (const batchEvents of batchSizes) {
    if (days > 0) {
      for (const message of makeFilling(batchEvents)) {
        await buckets(message);
        await documentPerEvent({ ...message, events: message.events.filter((_, at) => at % naiveFillingShare === 0) });
      }
    }
    for (const traffic of makeTraffic(batchEvents)) {
      const { events, counts } = await send(buckets, bucketDatabase, traffic);
      const naive = await send(documentPerEvent, eventDatabase, traffic);
      const row = { filledDays: days, traffic: traffic.kind, batchEvents, events };
      rows.push({ ...row, buckets: counts, documentPerEvent: naive.counts });
      console.log(lineOf(rows.at(-1)));
    }
  }
  await Promise.all([bucketDatabase.close(), eventDatabase.close()]);
  return rows;
}

const columns = ['requests', 'reads', 'writes', 'conflicts', 'documents', 'KiB'];

function cells(counts: RequestCounts): string {
  const { requests, reads, writes, conflicts, documents, bytes } = counts;
  return [requests, reads, writes, conflicts, documents, bytes / 1_024]
    .map((count, at) => (count < 10 ? count.toFixed(1) : count.toFixed(0)).padStart((columns[at] ?? '').length + 1))
    .join('');
}

function lineOf(row: Row | undefined): string {
  if (row === undefined) return '';
  const { buckets, documentPerEvent: naive } = row;
  const operations = (naive.reads + naive.writes) / (buckets.reads + buckets.writes);
  const name = `${row.traffic.padEnd(12)}${String(row.batchEvents).padStart(4)}`;
  return `${name} |${cells(buckets)} |${cells(naive)} |${operations.toFixed(1).padStart(7)}${(naive.bytes / buckets.bytes).toFixed(1).padStart(7)}`;
}

function heading(title: string): void {
  const width = cells({ requests: 0, reads: 0, writes: 0, conflicts: 0, documents: 0, bytes: 0 }).length;
  const names = columns.map((name) => ` ${name}`).join('');
  console.log(`\n${title}; per 1,000 events`);
  const [ours, naive] = ['buckets', 'a document per event'].map((name) => ` ${name}`.padEnd(width));
  console.log(`${''.padEnd(16)} |${ours} |${naive} | naive / buckets`);
  console.log(`${'traffic'.padEnd(11)}batch |${names} |${names} |rd + wr  bytes`);
}

/** Whether batches of 50 cost as little as was aimed at. */
function checkAim(rows: readonly Row[], days: number): void {
  const of = (kind: TrafficKind) =>
    rows.find((row) => row.batchEvents === aimBatchEvents && row.filledDays === days && row.traffic === kind)?.buckets;
  const [first, resend, regrouped] = [of('first send'), of('resend'), of('regrouped')];
  if (first === undefined || resend === undefined || regrouped === undefined) return;
  const cheap = first.reads <= aimPerThousand && first.writes <= aimPerThousand;
  const free = resend.writes + regrouped.writes === 0;
  const index = days === 0 ? 'an empty index' : `an index of ${days} days`;
  console.log(
    `${cheap ? 'holds' : 'MISSED'}: first sends in batches of ${aimBatchEvents}, ${index}: ${first.reads.toFixed(1)} reads + ` +
      `${first.writes.toFixed(1)} writes (at most ${aimPerThousand} + ${aimPerThousand})`,
  );
  console.log(
    `${free ? 'holds' : 'MISSED'}: resends, ${index}: ${resend.writes.toFixed(1)} writes, regrouped ${regrouped.writes.toFixed(1)} (none)`,
  );
}

// The emulator ends with this process; a signal alone would leave it.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1));
const emulator = await startEmulator('firestore', 'edi-bench');
try {
  const rows: Row[] = [];
  for (const days of [0, filledDays]) {
    const filling = `an index that holds ${days} days: for every source and day one document of two batches of 25 events (a document per event: one of each batch)`;
    heading(days === 0 ? 'An empty index' : `The same with ${filling}`);
    rows.push(...(await compare(emulator.host, days)));
  }
  console.log(
    '\nreads: documents asked for, absent ones too. writes: refused ones too, which are the conflicts. ' +
      'documents: new ones, each to be deleted once by its TTL.\n',
  );
  for (const days of [0, filledDays]) checkAim(rows, days);
  const busy = await runBusySources(emulator.host);
  if (values.json !== undefined) writeFileSync(values.json, `${JSON.stringify({ traffic: rows, busy }, null, 2)}\n`);
} finally {
  await emulator.stop();
}
