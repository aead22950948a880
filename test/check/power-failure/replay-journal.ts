import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** Any part of what was not synced may have reached the disk; it does so page by page. */
const pageBytes = 4_096;
const headBytes = 17;

interface Change {
  readonly record: number;
  /** Absent: the file ends at `offset`, or has grown to it. */
  readonly data?: Buffer;
  readonly kind: 'write' | 'cut' | 'grow';
  readonly offset: number;
}

interface DiskFile {
  durable: Buffer;
  pending: Change[];
}

export interface LostWrites {
  /** Changes that no sync covered, and how many of their pages were lost. */
  readonly unsynced: number;
  readonly lostPages: number;
}

export interface PowerFailure {
  /** The folder as it was when the process started, all of it durable. */
  readonly base: string;
  /** The folder that the process wrote, whose changes the journal (`disk.c`) holds; written anew. */
  readonly folder: string;
  readonly journal: string;
  /** Decides of each page that was not synced whether it reached the disk. */
  readonly reachesDisk: () => boolean;
}

/** Leaves in `folder` what a power failure at the end of the journal could have left of it. */
export function replayJournal({ base, folder, journal, reachesDisk }: PowerFailure): LostWrites {
  const files = new Map<string, DiskFile>();
  for (const name of readdirSync(base, { recursive: true, withFileTypes: true })) {
    if (!name.isFile() || name.name.endsWith('-shm')) continue;
    const path = join(name.parentPath, name.name);
    files.set(join(folder, path.slice(base.length + 1)), { durable: readFileSync(path), pending: [] });
  }
  applyRecords(readFileSync(journal), files);
  rmSync(folder, { recursive: true, force: true });
  let [unsynced, lostPages] = [0, 0];
  for (const [path, file] of files) {
    unsynced += file.pending.length;
    for (const change of file.pending) {
      for (const page of pagesOf(change)) {
        if (reachesDisk()) apply(file, page);
        else lostPages++;
      }
    }
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, file.durable, { mode: 0o600 });
  }
  return { unsynced, lostPages };
}

function applyRecords(bytes: Buffer, files: Map<string, DiskFile>): void {
  let record = 0;
  for (let at = 0; at + headBytes <= bytes.length; record++) {
    const kind = String.fromCharCode(bytes.readUInt8(at));
    const pathEnd = at + headBytes + bytes.readUInt32LE(at + 1);
    const number = Number(bytes.readBigUInt64LE(at + 5));
    const end = pathEnd + bytes.readUInt32LE(at + 13);
    // The process was killed while it wrote its last record.
    if (end > bytes.length) return;
    const path = bytes.toString('utf8', at + headBytes, pathEnd);
    const data = bytes.subarray(pathEnd, end);
    at = end;
    if (kind === 'U') files.delete(path);
    else if (kind === 'R') rename(files, path, data.toString());
    // Folders are synced, too; what is in them counts as durable at once.
    else if (kind === 'S' && !files.has(path)) continue;
    else applyTo(openFile(files, path), { kind, record, number, data });
  }
}

interface JournalRecord {
  readonly kind: string;
  readonly record: number;
  readonly number: number;
  readonly data: Buffer;
}

function applyTo(file: DiskFile, { kind, record, number, data }: JournalRecord): void {
  if (kind === 'W') file.pending.push({ record, kind: 'write', offset: number, data });
  if (kind === 'G') file.pending.push({ record, kind: 'grow', offset: number });
  if (kind === 'T') {
    const cut: Change = { record, kind: 'cut', offset: number };
    apply(file, cut);
    file.pending.push(cut);
  }
  if (kind === 'S') {
    for (const change of file.pending) if (change.record < number) apply(file, change);
    file.pending = file.pending.filter((change) => change.record >= number);
  }
}

function openFile(files: Map<string, DiskFile>, path: string): DiskFile {
  const file = files.get(path) ?? { durable: Buffer.alloc(0), pending: [] };
  files.set(path, file);
  return file;
}

function rename(files: Map<string, DiskFile>, from: string, to: string): void {
  const file = files.get(from);
  files.delete(from);
  if (file !== undefined) files.set(to, file);
}

function pagesOf(change: Change): Change[] {
  const { data, offset } = change;
  if (data === undefined) return [change];
  const pages: Change[] = [];
  for (let start = 0; start < data.length; ) {
    const end = Math.min(data.length, start + pageBytes - ((offset + start) % pageBytes));
    pages.push({ ...change, offset: offset + start, data: data.subarray(start, end) });
    start = end;
  }
  return pages;
}

function apply(file: DiskFile, { kind, offset, data }: Change): void {
  const end = offset + (data?.length ?? 0);
  if (kind === 'cut') file.durable = Buffer.from(file.durable.subarray(0, offset));
  if (end > file.durable.length) file.durable = grown(file.durable, end);
  if (data !== undefined) data.copy(file.durable, offset);
}

/** Space beyond the end reads as zeros. */
function grown(bytes: Buffer, length: number): Buffer {
  const larger = Buffer.alloc(length);
  bytes.copy(larger);
  return larger;
}
