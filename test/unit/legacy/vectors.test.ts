import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { isJsonObject, type JsonObject, type JsonValue } from '../../../shared/event/json.ts';
import { mappingOf, type PlainRecord, readAll } from '../../helpers/legacy.ts';
import { connectionsFile, type LegacyFileMaker, legacyFileText, musicFile } from '../../helpers/legacy-files.ts';
import { projectFolder } from '../../helpers/local-process.ts';

/*
 * What a file has become once it stays, byte by byte: ids follow from records, and rows that are in tables have them. A
 * change here changes what is counted twice.
 */

const folder = join(projectFolder, 'test/data/legacy');
const maxRecordBytes = 2_000;

function readObject(file: string): JsonObject {
  const value: JsonValue = JSON.parse(readFileSync(join(folder, file), 'utf8'));
  if (!isJsonObject(value)) throw new Error(`${file} is no object`);
  return value;
}

/** An event's JSON as it is, or why a record is none. */
function told(record: PlainRecord): string {
  if (record.kind === 'event') return record.text;
  const { reason, column, place, content } = record;
  const sha256 = 'sha256' in content ? content.sha256 : createHash('sha256').update(content.bytes).digest('hex');
  return JSON.stringify({ reason, column, place, sha256 });
}

describe('events of a file', () => {
  const file = readFileSync(join(folder, 'every-kind.tsv'));
  const expected = readFileSync(join(folder, 'every-kind.records.jsonl'), 'utf8').trimEnd().split('\n');

  test('are the bytes that they were, of columns of every kind', () => {
    const mapping = mappingOf(readObject('every-kind.mapping.json'));
    const { records, counts } = readAll(mapping, file, { maxRecordBytes });
    expect(records.map(told)).toEqual(expected);
    expect(counts).toEqual({ records: 35, mapped: 11, skipped: 2, bad: 22 });
  });

  test.each<[string, LegacyFileMaker, string]>([
    ['players', musicFile(7), 'c4fad320af7e885935ea30143fb6312a5d01b28d044c1eda4b95fe20c47c970a'],
    [
      'logs that describe themselves',
      connectionsFile(7),
      '99fc875b4082c4c715d073d9f22d777a1f4d8cccaae8cf3d5d7d97acf68b23d1',
    ],
  ])('are the bytes that they were, of 2,000 records of %s', (_, maker, digest) => {
    const { records } = readAll(mappingOf(maker.mapping, maker.name), legacyFileText(maker, 2_000));
    expect(createHash('sha256').update(records.map(told).join('\n')).digest('hex')).toBe(digest);
  });
});
