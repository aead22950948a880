import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { createFirestoreClaimDocuments } from '../../shared/adapters/gcp/claim-documents.ts';
import { openFirestore } from '../../shared/adapters/gcp/firestore-client.ts';
import {
  type BusyConsumer,
  type BusyReport,
  type BusySource,
  busyBatch,
  makeBusyConsumer,
} from '../helpers/busy-source.ts';

export interface BusyRun extends BusyReport {
  readonly name: string;
  readonly seconds: number;
}

interface RunOptions {
  readonly clockStandsStill?: boolean;
  readonly oneInstance?: boolean;
  /** The limits on documents and conflicts are those of this run. */
  readonly limited?: boolean;
  readonly unprinted?: boolean;
}

const source: BusySource = { eventsPerSecond: 20_000, batchEvents: 500, bucketWidthMillis: 25 };
const batchesPerSecond = 40;
const jitterMillis = 100;
const pacedBatches = 600;
const fullSpeedBatches = 600;
const stillBatches = 100;
const workers = 16;
/** In the runs at full speed one batch in so many is sent twice, by two workers at about the same time. */
const resendEvery = 5;
/** Pub/Sub would wait ten seconds at least; then nobody would compete any more. */
const maxPauseMillis = 200;
const maxDocumentBytes = 256 * 1_024;

/** One busy backend: paced as it sends, by 16 workers as fast as they can, and with a clock that stands still. */
export async function runBusySources(emulatorHost: string): Promise<BusyRun[]> {
  console.log(
    `\nOne busy source: ${source.eventsPerSecond} events/s in batches of ${source.batchEvents}, buckets of ${source.bucketWidthMillis} ms`,
  );
  const runs: BusyRun[] = [];
  const run = async (name: string, deliver: (consumer: BusyConsumer) => Promise<number>, options: RunOptions = {}) => {
    const { clockStandsStill = false, oneInstance = false } = options;
    const projectId = `edi-bench-${randomUUID().slice(0, 8)}`;
    const database = openFirestore({ dependency: 'claims', projectId, databaseId: 'claims', emulatorHost });
    const documents = createFirestoreClaimDocuments({ database });
    const pause = () => sleep(Math.random() * maxPauseMillis);
    const consumer = makeBusyConsumer({ source: { ...source, clockStandsStill }, documents, pause, oneInstance });
    // Loads the client.
    await database.read(['claims/none']);
    const startMillis = performance.now();
    const batches = await deliver(consumer);
    const seconds = (performance.now() - startMillis) / 1_000;
    await database.close();
    const done = { name, seconds, ...consumer.report(batches) };
    if (options.unprinted) return;
    printRun(done, options.limited ?? false);
    runs.push(done);
  };
  // The emulator is slow until its code has been compiled.
  await run('warm-up', deliverPaced, { oneInstance: true, unprinted: true });
  await run('paced, one instance', deliverPaced, { oneInstance: true, limited: true });
  await run('paced, each batch on an instance of its own', deliverPaced);
  await run(`${workers} workers at full speed, instances of their own`, (consumer) =>
    deliverAtOnce(consumer, fullSpeedBatches),
  );
  await run(
    `${workers} workers, instances of their own, a clock that stands still`,
    (consumer) => deliverAtOnce(consumer, stillBatches),
    { clockStandsStill: true },
  );
  return runs;
}

/** Every batch by itself, when it arrives, as Pub/Sub pushes it. */
async function deliverPaced(consumer: BusyConsumer): Promise<number> {
  const startMillis = performance.now();
  const arrivals = Array.from({ length: pacedBatches }, async (_, at) => {
    const dueMillis = startMillis + (at * 1_000) / batchesPerSecond + Math.random() * jitterMillis;
    await sleep(Math.max(0, dueMillis - performance.now()));
    await consumer.deliver(busyBatch(at));
  });
  await Promise.all(arrivals);
  return pacedBatches;
}

async function deliverAtOnce(consumer: BusyConsumer, batches: number): Promise<number> {
  const queue = Array.from({ length: batches }, (_, at) => (at % resendEvery === 0 ? [at, at] : [at])).flat();
  const work = async () => {
    for (let at = queue.shift(); at !== undefined; at = queue.shift()) await consumer.deliver(busyBatch(at));
  };
  await Promise.all(Array.from({ length: workers }, work));
  return batches;
}

function printRun(run: BusyRun, limited: boolean): void {
  const conflictPercent = (run.conflicts * 100) / run.documentWrites;
  const kibibytes = (bytes: number) => `${(bytes / 1_024).toFixed(1)} KiB`;
  const judge = (holds: boolean) => (holds ? 'holds' : 'MISSED');
  console.log(`\n${run.name}: ${run.batches} batches in ${run.seconds.toFixed(1)} s`);
  const lines = [
    `correct: ${run.lost} of ${run.events} events lost, ${run.doubled} forwarded by two (none): ${judge(run.lost + run.doubled === 0)}`,
    `largest document ${kibibytes(run.largestDocumentBytes)} (at most 256 KiB): ${judge(run.largestDocumentBytes <= maxDocumentBytes)}`,
    `documents a batch: mean ${run.meanDocumentsPerBatch.toFixed(2)}, at most ${run.maxDocumentsPerBatch}${limited ? ` (at most 3): ${judge(run.maxDocumentsPerBatch <= 3)}` : ''}`,
    `writes in conflict: ${run.conflicts} of ${run.documentWrites}, ${conflictPercent.toFixed(1)} %${limited ? ` (at most 10 %): ${judge(conflictPercent <= 10)}` : ''}`,
    `deliveries that ended in contention: ${run.redeliveries}, at most ${run.maxDeliveriesOfABatch} deliveries of a batch`,
  ];
  for (const line of lines) console.log(`  ${line}`);
}
