import { kinds } from '../../shared/needs/kinds.ts';
import type { House } from '../house.ts';
import { type BillLine, gibibyte, line } from './bill.ts';
import { assumptions, secondsPerMonth, type Workload } from './workload.ts';

const gigabyte = 1e9;
const daySeconds = 86_400;
const functionName = 'export-legacy';

/**
 * What files of clients that never upgrade cost until their events are in `received`: the bucket, the time in which they are
 * read, which their pace sets and not their core, and their checkpoints. A notification a file and call is left out of
 * Pub/Sub's lines, since it is a kilobyte. From `received` on their events cost what any do.
 */
export function legacyLines({ legacyGigabytes = 0 }: Workload, { functions }: Pick<House, 'functions'>): BillLine[] {
  const exporter = functions.find(({ name }) => name === functionName);
  if (legacyGigabytes === 0 || exporter === undefined) return [];
  const { legacyFileBytes, legacyRecordBytes, legacyRecordsPerSecond, legacyCallSeconds } = assumptions;
  const bytes = legacyGigabytes * gigabyte;
  const files = bytes / legacyFileBytes;
  const seconds = bytes / legacyRecordBytes / legacyRecordsPerSecond;
  const calls = files * Math.ceil(seconds / files / legacyCallSeconds);
  const saves = calls + seconds / assumptions.legacyCheckpointSeconds;
  const storedDays = (bytes * kinds.buckets.legacy.forgets.afterDays * daySeconds) / secondsPerMonth;
  const { cpu, memoryMiB } = exporter.size;
  return [
    line('legacy files', 'bucketStored', storedDays / gibibyte, 'bytes a month, for as long as they are kept'),
    line('legacy files', 'bucketWrite', files / 1e4, 'a file of legacyFileBytes'),
    line(
      'legacy files',
      'bucketRead',
      (files + calls * assumptions.legacyReadsPerCall) / 1e4,
      'a notification a file, and three objects a call',
    ),
    line(`function ${functionName}`, 'functionVcpu', seconds * cpu, 'records / their pace'),
    line(`function ${functionName}`, 'functionMemory', (seconds * memoryMiB) / 1_024, 'the same × GiB'),
    line(`function ${functionName}`, 'functionRequest', calls / 1e6, 'calls of 420 s at most'),
    line('checkpoints', 'firestoreRead', (calls + saves) / 1e5, 'one a call, and one a save'),
    line('checkpoints', 'firestoreWrite', saves / 1e5, 'every 5 s, and at the end of a call'),
  ];
}
