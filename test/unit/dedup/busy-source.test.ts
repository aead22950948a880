import { describe, expect, test } from 'vitest';
import { createMemoryClaimDocuments } from '../../../shared/adapters/memory/claim-documents.ts';
import { createSeededRandom } from '../../../shared/adapters/memory/seeded-random.ts';
import { type BusySource, busyBatch, makeBusyConsumer } from '../../helpers/busy-source.ts';

const workers = 16;
const maxTurns = 4;

/** Sixteen workers take the batches in order, every fifth batch twice; each request takes a few turns of the event loop. */
async function workThrough(source: BusySource, batches: number, maxDocumentBytes: number) {
  const random = createSeededRandom(42);
  const turns = async () => {
    for (let left = (random.bytes(1)[0] ?? 0) % maxTurns; left > 0; left--) await new Promise(setImmediate);
  };
  const documents = createMemoryClaimDocuments({ gate: turns });
  const consumer = makeBusyConsumer({ source, documents, pause: turns, config: { maxDocumentBytes } });
  const queue = Array.from({ length: batches }, (_, at) => (at % 5 === 0 ? [at, at] : [at])).flat();
  const work = async () => {
    for (let at = queue.shift(); at !== undefined; at = queue.shift()) await consumer.deliver(busyBatch(at));
  };
  await Promise.all(Array.from({ length: workers }, work));
  return { report: consumer.report(batches), documentCount: documents.documentCount() };
}

describe('sixteen workers on one busy source', () => {
  test('claim each event once, with three documents a batch at most', async () => {
    const source = { eventsPerSecond: 20_000, batchEvents: 500, bucketWidthMillis: 25 };
    const { report } = await workThrough(source, 24, 192 * 1_024);
    expect(report).toMatchObject({ lost: 0, doubled: 0 });
    expect(report.conflicts).toBeGreaterThan(0);
    expect(report.maxDocumentsPerBatch).toBeLessThanOrEqual(3);
    expect(report.largestDocumentBytes).toBeLessThanOrEqual(16 * 1_024);
  });

  test('claim each event once while its clock stands still, in documents that stay within their bound', async () => {
    const source = { eventsPerSecond: 20_000, batchEvents: 20, bucketWidthMillis: 25, clockStandsStill: true };
    const maxDocumentBytes = 1_536;
    const { report, documentCount } = await workThrough(source, 60, maxDocumentBytes);
    expect(report).toMatchObject({ lost: 0, doubled: 0 });
    expect(report.largestDocumentBytes).toBeLessThanOrEqual(maxDocumentBytes + 64);
    // The document, its sixteen sub-documents, and some of theirs.
    expect(documentCount).toBeGreaterThan(17);
  });
});
