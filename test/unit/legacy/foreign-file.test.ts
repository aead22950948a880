import { gzipSync, zstdCompressSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { type ReadEnd, readLegacyFile } from '../../../shared/legacy/read-file.ts';
import { mappingOf, simpleMapping } from '../../helpers/legacy.ts';

const mapping = mappingOf(simpleMapping({ columns: ['at', 'x'] }, {}, { x: 'x' }));
const records = '1\ta\n2\tb\n'.repeat(100);

async function* inPieces(bytes: Uint8Array, length: number) {
  for (let at = 0; at < bytes.length; at += length) yield bytes.subarray(at, at + length);
}

async function read(bytes: Uint8Array, length = 65_536): Promise<{ end: ReadEnd; told: number }> {
  const steps = readLegacyFile(inPieces(bytes, length), mapping, { maxRecordBytes: 65_536 });
  for (let told = 0; ; ) {
    const next = await steps.next();
    if (next.done) return { end: next.value, told };
    told += next.value.records.length;
  }
}

/** A header of tar (POSIX ustar), and a file of records. */
const tar = Buffer.concat([Buffer.alloc(512), Buffer.from(records)]);
tar.write('hour.tsv', 0);
tar.write('ustar', 257);
const gnuTar = Buffer.from(tar);
gnuTar.write('ustar  ', 257);

const hex = (text: string) => Buffer.concat([Buffer.from(text, 'hex'), Buffer.from(records)]);

describe('a file that is none of records', () => {
  test.each<[string, Uint8Array, string]>([
    ['zip', hex('504b03041400000008'), 'archive'],
    ['zip whose second line begins in its header', hex('504b03040a00000000'), 'archive'],
    ['bzip2', hex('425a6839314159265359'), 'archive'],
    ['xz', hex('fd377a585a0000'), 'archive'],
    ['7z', hex('377abcaf271c'), 'archive'],
    ['lz4', hex('04224d18'), 'archive'],
    ['compress', hex('1f9d90'), 'archive'],
    ['rar', hex('526172211a0700'), 'archive'],
    ['tar', tar, 'archive'],
    ['tar as GNU writes it', gnuTar, 'archive'],
    ['tar in gzip', gzipSync(tar), 'archive'],
    ['gzip in gzip', gzipSync(gzipSync(records)), 'archive'],
    ['zstd in gzip', gzipSync(zstdCompressSync(records)), 'archive'],
    ['UTF-16LE without a byte order mark', Buffer.from(records, 'utf16le'), 'encoding'],
    ['UTF-16BE without a byte order mark', Buffer.from(records, 'utf16le').swap16(), 'encoding'],
  ])('is unusable as a whole, in whatever pieces it comes: %s', async (_, bytes, reason) => {
    for (const length of [1, 200, 65_536]) {
      expect(await read(bytes, length)).toEqual({ end: { kind: 'unusable', reason, line: 1 }, told: 0 });
    }
  });

  test.each<[string, Uint8Array, ReadEnd['kind'], number]>([
    ['records', Buffer.from(records), 'read', 200],
    ['one short record', Buffer.from('1\ta'), 'read', 1],
    ['nothing', Buffer.from(''), 'read', 0],
    ['a text that begins as the name of a compression', Buffer.from(`BZh9\tPK\n${records}`), 'read', 201],
    [
      'a text that has the name of tar where tar has it',
      Buffer.from(`${'1\tustar x'.padStart(264, '2')}\n${records}`),
      'read',
      201,
    ],
    ['a first line with a NUL byte', Buffer.concat([Buffer.from([0x31, 0, 0x0a]), Buffer.from(records)]), 'read', 201],
    ['a short gzip that ends early', gzipSync('1\ta\n2\tb\n').subarray(0, -4), 'broken', 2],
  ])('is none of these: %s', async (_, bytes, kind, told) => {
    for (const length of [1, 200, 65_536]) expect(await read(bytes, length)).toEqual({ end: { kind }, told });
  });
});
