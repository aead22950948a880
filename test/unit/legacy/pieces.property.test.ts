import { gzipSync, zstdCompressSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, test, vi } from 'vitest';
import { decompressed } from '../../../shared/legacy/decompress.ts';
import { type ReadEnd, readLegacyFile } from '../../../shared/legacy/read-file.ts';
import { LegacyReader } from '../../../shared/legacy/reader.ts';
import {
  idsOf,
  mappingOf,
  type PlainRecord,
  plainRecord,
  readAll,
  resultOf,
  simpleMapping,
} from '../../helpers/legacy.ts';

const mapping = mappingOf(simpleMapping({ columns: ['at', 'x'], escapes: ['backslash'] }, {}, { x: 'x' }));

const line = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.tuple(fc.nat(3), fc.constantFrom('a', 'b', 'ü', '\\t')).map(([at, x]) => Buffer.from(`${at}\t${x}`)),
  },
  {
    weight: 1,
    arbitrary: fc
      .constantFrom('', 'x\ty', '1', '1\tü\t2', `1\t${'z'.repeat(120)}`, '1\tq\r')
      .map((text) => Buffer.from(text)),
  },
  {
    weight: 1,
    arbitrary: fc.uint8Array({ maxLength: 12 }).map((bytes) => Buffer.from(bytes.filter((byte) => byte !== 10))),
  },
);
const end = fc.constantFrom('\n', '\r\n');
const file = fc.tuple(fc.array(fc.tuple(line, end), { maxLength: 30 }), fc.boolean()).map(([lines, ends]) => {
  const bytes = Buffer.concat(lines.flatMap(([text, lineEnd]) => [text, Buffer.from(lineEnd)]));
  return ends ? bytes : bytes.subarray(0, -1);
});
const cuts = fc.array(fc.nat(600), { maxLength: 8 });
const options = { maxRecordBytes: 100, generationRecords: 4 };

describe('records of a file', () => {
  test('are the same, whatever pieces its bytes come in', () => {
    fc.assert(
      fc.property(file, cuts, (bytes, at) => {
        expect(readAll(mapping, bytes, { ...options, cuts: at })).toEqual(readAll(mapping, bytes, options));
      }),
    );
  });

  test('go on from any checkpoint as if nothing had happened', () => {
    fc.assert(
      fc.property(file, cuts, (bytes, at) => {
        const whole = readAll(mapping, bytes, options).records;
        const reader = new LegacyReader(mapping, options);
        const before: PlainRecord[] = [];
        let start = 0;
        for (const cut of [...at.map((one) => one % (bytes.length + 1))].sort((one, other) => one - other)) {
          before.push(...reader.push(bytes.subarray(start, cut)).map(plainRecord));
          start = cut;
          const from: typeof reader.checkpoint = JSON.parse(JSON.stringify(reader.checkpoint));
          expect([...before, ...readAll(mapping, bytes, { ...options, from }).records]).toEqual(whole);
        }
      }),
    );
  });

  test('have the same ids in any order, and no other ones in any pieces', () => {
    const lines = fc.array(
      fc.tuple(fc.nat(2), fc.constantFrom('a', 'b')).map(([at, x]) => `${at}\t${x}\n`),
      { maxLength: 20 },
    );
    fc.assert(
      fc.property(lines, fc.infiniteStream(fc.nat()), fc.nat(20), (all, random, middle) => {
        const whole = new Set(idsOf(readAll(mapping, all.join('')).records));
        expect(whole.size).toBe(all.length);
        const shuffled = all
          .map((text) => ({ text, key: random.next().value ?? 0 }))
          .sort((one, other) => one.key - other.key)
          .map(({ text }) => text);
        expect(new Set(idsOf(readAll(mapping, shuffled.join('')).records))).toEqual(whole);
        const halves = [shuffled.slice(0, middle), shuffled.slice(middle)];
        for (const half of halves) {
          for (const id of idsOf(readAll(mapping, half.join('')).records)) expect(whole.has(id)).toBe(true);
        }
      }),
    );
  });

  test('mean what was written, with every escape', () => {
    const cell = fc
      .string({ unit: 'binary', maxLength: 8 })
      .filter((text) => text.isWellFormed() && !text.includes('\0') && text !== '');
    const escaped = (text: string) =>
      text.replaceAll('\\', '\\\\').replaceAll('\t', '\\t').replaceAll('\n', '\\n').replaceAll('\r', '\\r');
    fc.assert(
      fc.property(fc.array(cell, { minLength: 1, maxLength: 5 }), (cells) => {
        const text = cells.map((one) => `1\t${escaped(one)}\n`).join('');
        expect(readAll(mapping, text).records.map(resultOf)).toEqual(cells.map((x) => ({ x })));
      }),
    );
  });
});

async function* pieces(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

async function readCompressed(bytes: Uint8Array, size: number) {
  const records: PlainRecord[] = [];
  const steps = readLegacyFile(pieces(bytes, size), mapping, { maxRecordBytes: 100 });
  for (;;) {
    const next = await steps.next();
    if (next.done) return { records, end: next.value satisfies ReadEnd };
    records.push(...next.value.records.map(plainRecord));
  }
}

describe('a compressed file', () => {
  const text = Array.from({ length: 500 }, (_, at) => `${at}\tvalue ${at}\n`).join('');
  const plain = readAll(mapping, text).records;
  const half = Buffer.from(text).length / 2;
  const two = [Buffer.from(text).subarray(0, half), Buffer.from(text).subarray(half)];
  const skippable = Buffer.from([0x53, 0x2a, 0x4d, 0x18, 3, 0, 0, 0, 1, 2, 3]);

  test.each<[string, Uint8Array]>([
    ['plain', Buffer.from(text)],
    ['gzip', gzipSync(text)],
    ['zstd', zstdCompressSync(text)],
    ['gzip of two members', Buffer.concat(two.map((part) => gzipSync(part)))],
    ['zstd of two frames', Buffer.concat([skippable, ...two.map((part) => zstdCompressSync(part)), skippable])],
  ])('has the records of the plain one: %s', async (_, bytes) => {
    for (const size of [1, 7, 1_000_000])
      expect(await readCompressed(bytes, size)).toEqual({ records: plain, end: { kind: 'read' } });
  });

  test.each<[string, Uint8Array]>([
    ['gzip', gzipSync(text)],
    ['zstd', zstdCompressSync(text)],
    ['zstd of two frames', Buffer.concat(two.map((part) => zstdCompressSync(part)))],
  ])('that ends early is broken, after whole records of the plain one: %s', async (_, bytes) => {
    const { records, end: how } = await readCompressed(bytes.subarray(0, -30), 100);
    expect(how).toEqual({ kind: 'broken' });
    expect(records).toEqual(plain.slice(0, records.length));
  });

  test('is broken where something else follows', async () => {
    const bytes = Buffer.concat([zstdCompressSync(text), Buffer.from('something')]);
    expect((await readCompressed(bytes, 100)).end).toEqual({ kind: 'broken' });
  });

  test.each<[string, Uint8Array]>([
    ['plain', Buffer.from(text)],
    ['gzip', gzipSync(text)],
    ['zstd', zstdCompressSync(text)],
  ])('closes its source where nobody reads on: %s', async (_, bytes) => {
    let isOpen = true;
    async function* endless() {
      try {
        for (;;) yield bytes;
      } finally {
        isOpen = false;
      }
    }
    const read = decompressed(endless());
    expect((await read.next()).value).toBeInstanceOf(Uint8Array);
    await read.return('whole');
    await vi.waitFor(() => expect(isOpen).toBe(false), { timeout: 30_000 });
  });

  test('whose source fails is not called broken', async () => {
    async function* failing() {
      yield gzipSync(text).subarray(0, 50);
      throw new Error('the bucket does not answer');
    }
    const read = async () => {
      for await (const _ of decompressed(failing()));
    };
    await expect(read()).rejects.toThrow('the bucket does not answer');
  });
});
