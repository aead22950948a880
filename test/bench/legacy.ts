import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { parseArgs } from 'node:util';
import { createGunzip, createZstdDecompress, gzipSync, zstdCompressSync } from 'node:zlib';
import { type JsonObject, parseJson } from '../../shared/event/json.ts';
import { EventArray } from '../../shared/legacy/event-array.ts';
import { readLegacyFile } from '../../shared/legacy/read-file.ts';
import { mappingOf } from '../helpers/legacy.ts';
import { connectionsFile, type LegacyFileMaker, legacyFileText, musicFile } from '../helpers/legacy-files.ts';
import { projectFolder } from '../helpers/local-process.ts';
import { schemaDocument } from '../helpers/schemas.ts';
import { makeWholeExport } from './legacy-export.ts';
import { profile } from './profile.ts';

/*
 * Records of a legacy file to event JSON, beside a script that splits lines and writes their fields as JSON:
 * npm run bench -- legacy [--records 50000] [--rounds 7] [--memory-records 4000000] [--profile]
 *
 * MB are of the decompressed file, seconds of processor time of the whole process (so that what other programs take is
 * not in it, and decompression and garbage collection in other threads are). In each round all take turns; what counts is
 * the ratio of a round. "fields" writes an object of the columns' names, "cells" an array without names. All of them end
 * in bytes, a thousand records at once. The whole export (validation, sealing) is there for information.
 */

const { values } = parseArgs({
  options: {
    records: { type: 'string', default: '50000' },
    rounds: { type: 'string', default: '7' },
    'memory-records': { type: 'string', default: '4000000' },
    profile: { type: 'boolean', default: false },
  },
});
const records = Number(values.records);
const rounds = Number(values.rounds);
const pieceBytes = 65_536;
const maxRecordBytes = 65_536;
const flushRecords = 1_000;

type Compression = 'plain' | 'gzip' | 'zstd';

async function* piecesOf(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += pieceBytes) yield bytes.subarray(at, at + pieceBytes);
}

/** Texts as bytes, which is where all of them go. */
class Output {
  bytes = 0;
  #texts: string[] = [];

  add(text: string): void {
    if (this.#texts.push(text) >= flushRecords) this.flush();
  }

  flush(): void {
    this.bytes += Buffer.from(this.#texts.join('\n')).length;
    this.#texts = [];
  }
}

async function toEvents(maker: LegacyFileMaker, source: AsyncIterable<Uint8Array>): Promise<number> {
  const events = new EventArray();
  let written = 0;
  for await (const step of readLegacyFile(source, mappingOf(maker.mapping, maker.name), { maxRecordBytes })) {
    for (const record of step.records) {
      if (record.kind === 'bad') throw new Error(`a record is bad: ${record.reason} ${record.column ?? ''}`);
      events.add(record);
      if (events.count >= flushRecords) written += events.take().length;
    }
  }
  return written + events.take().length;
}

function decompress(bytes: Uint8Array, compression: Compression): AsyncIterable<Uint8Array> {
  if (compression === 'plain') return piecesOf(bytes);
  return Readable.from(piecesOf(bytes)).pipe(compression === 'gzip' ? createGunzip() : createZstdDecompress());
}

/** The script beside it: what anybody would write in ten minutes, and nothing of what a mapping does. */
async function split(source: AsyncIterable<Uint8Array>, write: (cells: readonly string[]) => string): Promise<number> {
  const output = new Output();
  const decoder = new TextDecoder();
  let rest = '';
  for await (const piece of source) {
    const lines = (rest + decoder.decode(piece, { stream: true })).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) output.add(write(line.split('\t')));
  }
  output.flush();
  return output.bytes;
}

function fieldsWriter(names: readonly string[]): (cells: readonly string[]) => string {
  return (cells) => {
    const fields: Record<string, string> = {};
    for (let at = 0; at < cells.length; at++) fields[names[at] ?? ''] = cells[at] ?? '';
    return JSON.stringify(fields);
  };
}

interface Way {
  readonly name: string;
  readonly run: () => Promise<number>;
  readonly cpuSeconds: number[];
  readonly bytes: number[];
}

async function round({ run, cpuSeconds, bytes }: Way): Promise<void> {
  globalThis.gc?.();
  const before = process.cpuUsage();
  const written = await run();
  const { user, system } = process.cpuUsage(before);
  cpuSeconds.push((user + system) / 1_000_000);
  bytes.push(written);
}

function sorted(numbers: readonly number[]): readonly number[] {
  return numbers.toSorted((one, other) => one - other);
}

function median(numbers: readonly number[]): number {
  return sorted(numbers)[numbers.length >> 1] ?? 0;
}

/** `1.23 (1.10 to 1.40)`. */
function spread(numbers: readonly number[], digits: number): string {
  const all = sorted(numbers);
  return `${median(all).toFixed(digits)} (${all[0]?.toFixed(digits)} to ${all.at(-1)?.toFixed(digits)})`;
}

interface Kind {
  readonly maker: LegacyFileMaker;
  readonly schema: JsonObject;
  /** Of the columns, for the script beside it. */
  readonly names: readonly string[];
}

async function measure({ maker, schema, names }: Kind, compression: Compression): Promise<void> {
  const plain = Buffer.from(legacyFileText(maker, records));
  const bytes = compression === 'plain' ? plain : compression === 'gzip' ? gzipSync(plain) : zstdCompressSync(plain);
  const exportWhole = await makeWholeExport(maker, schema);
  const way = (name: string, run: () => Promise<number>): Way => ({ name, run, cpuSeconds: [], bytes: [] });
  const events = way('events', () => toEvents(maker, piecesOf(bytes)));
  const fields = way('fields', () => split(decompress(bytes, compression), fieldsWriter(names)));
  const cells = way('cells', () => split(decompress(bytes, compression), (all) => JSON.stringify(all)));
  const whole = way('whole export', () => exportWhole(bytes));
  const ways = [events, fields, cells, whole];
  for (const one of ways) await one.run();
  for (let at = 0; at < rounds; at++) for (const one of ways) await round(one);
  console.log(`${maker.name}, ${compression}: ${records} records, ${(plain.length / records).toFixed(0)} bytes each`);
  for (const { name, cpuSeconds } of ways) {
    const speed = cpuSeconds.map((seconds) => plain.length / 1_000_000 / seconds);
    const rate = Math.round(records / median(cpuSeconds));
    console.log(`  ${name.padEnd(12)} ${spread(speed, 1).padEnd(24)} MB/s  ${rate} records/s`);
  }
  for (const beside of [fields, cells]) {
    const ratios = beside.cpuSeconds.map((seconds, at) => seconds / (events.cpuSeconds[at] ?? 0));
    console.log(`  events by ${beside.name}: ${spread(ratios, 2)}`);
  }
}

/** A file that never was whole anywhere: its memory is what reading it takes. */
async function* endless(maker: LegacyFileMaker, count: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < count; at += flushRecords) {
    const lines = Array.from({ length: flushRecords }, (_, line) => `${maker.line(at + line)}\n`).join('');
    yield Buffer.from(at === 0 ? maker.head + lines : lines);
  }
}

/** Heap and buffers after a collection, while a file of distinct records passes. */
async function measureMemory(maker: LegacyFileMaker, count: number): Promise<void> {
  const toldEvery = Math.max(flushRecords, Math.floor(count / 8));
  let [passed, told] = [0, 0];
  for await (const { records: step } of readLegacyFile(endless(maker, count), mappingOf(maker.mapping, maker.name), {
    maxRecordBytes,
  })) {
    passed += step.length;
    if (passed - told < toldEvery) continue;
    told = passed;
    globalThis.gc?.();
    const { rss, heapUsed, arrayBuffers } = process.memoryUsage();
    const [resident = 0, heap = 0, tables = 0] = [rss, heapUsed, arrayBuffers].map((one) =>
      Math.round(one / 1_048_576),
    );
    console.log(`  ${passed} records: heap ${heap} MiB, buffers and tables ${tables} MiB, RSS ${resident} MiB`);
  }
}

/** Where the processor time of records to events goes, by function. */
async function printProfile(maker: LegacyFileMaker): Promise<void> {
  const bytes = Buffer.from(legacyFileText(maker, records));
  const lines = await profile(async () => {
    for (let at = 0; at < rounds; at++) await toEvents(maker, piecesOf(bytes));
  });
  console.log(`${maker.name}: self time by function`);
  for (const line of lines) console.log(`  ${line}`);
}

async function trackPlayedSchema(): Promise<JsonObject> {
  const text = await readFile(join(projectFolder, 'schemas/playback/track-played.v1.json'), 'utf8');
  return parseJson(text) as JsonObject;
}

const connections = connectionsFile();
const kinds: readonly Kind[] = [
  { maker: musicFile(), schema: await trackPlayedSchema(), names: musicColumns() },
  {
    maker: connections,
    schema: schemaDocument({ type: 'network.connection.v1', open: true, edi: { sdks: ['legacy-connections'] } }),
    names: /#fields\t(.*)/.exec(connections.head)?.[1]?.split('\t') ?? [],
  },
];

function musicColumns(): readonly string[] {
  const { columns } = mappingOf(musicFile().mapping, 'music-tv').format;
  return columns.from === 'positions' ? (columns.versions[0]?.columns ?? []) : [];
}

if (values.profile) {
  for (const { maker } of kinds) await printProfile(maker);
} else {
  for (const kind of kinds) for (const one of ['plain', 'gzip', 'zstd'] as const) await measure(kind, one);
  console.log('memory, equal records being told apart among the last 2 to 4 million');
  await measureMemory(musicFile(), Number(values['memory-records']));
}
