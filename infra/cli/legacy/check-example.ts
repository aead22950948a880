import { readFile } from 'node:fs/promises';
import { isDeepStrictEqual } from 'node:util';
import { isJsonObject, type JsonObject, type JsonValue, parseJson } from '../../../shared/event/json.ts';
import type { LegacyMapping } from '../../../shared/legacy/mapping.ts';
import { LegacyReader } from '../../../shared/legacy/reader.ts';
import type { BadRecord, MappedRecord } from '../../../shared/legacy/records.ts';
import type { CheckWorld, LegacyFinding } from './check-report.ts';
import { maxRecordBytes } from './limits.ts';
import { expectedFile } from './mapping-files.ts';

/**
 * What becomes of a record, as an example says it: the event, or why there is none. Ids are left out where they follow
 * from the record, since nobody would write them.
 */
export function outcomeJson(record: MappedRecord | BadRecord, mapping: LegacyMapping): JsonObject {
  if (record.kind === 'bad') {
    return { bad: record.reason, ...(record.column === undefined ? {} : { column: record.column }) };
  }
  const event = parseJson(record.text);
  if (!isJsonObject(event)) throw new Error(`the event of line ${record.place.line} is no JSON object`);
  const { specversion: _, id, ...rest } = event;
  return mapping.typesWithId.includes(record.type) && id !== undefined ? { id, ...rest } : rest;
}

/** The records of an example become what is written beside it, and its events fit their schemas. */
export async function checkExample(
  file: string,
  mapping: LegacyMapping,
  { validatorOf }: CheckWorld,
): Promise<LegacyFinding[]> {
  const reader = new LegacyReader(mapping, { maxRecordBytes });
  const records = [...reader.push(await readFile(file)), ...reader.end()];
  const findings: LegacyFinding[] = [];
  const tell = (line: number, message: string, fix?: string) => {
    const place = { severity: 'error', rule: 'example-unfit', file, pointer: '', line, column: 1, message } as const;
    findings.push(fix === undefined ? place : { ...place, fix });
  };
  if (reader.unusable !== undefined) tell(reader.unusable.line, `the file cannot be used: ${reader.unusable.reason}`);
  const outcomes = records.map((record) => outcomeJson(record, mapping));
  for (const [at, record] of records.entries()) {
    const data = outcomes[at]?.['data'];
    if (record.kind !== 'event' || !isJsonObject(data)) continue;
    const error = validatorOf(record.type)?.(data);
    if (error !== undefined)
      tell(record.place.line, `${record.type} refuses its event: ${error.path} (${error.keyword})`);
  }
  const text = await readFile(expectedFile(file), 'utf8').catch(() => undefined);
  const expected: JsonValue | undefined = text === undefined ? undefined : parseJson(text);
  if (!Array.isArray(expected)) {
    const fix = `npm run -s edi -- legacy preview ${mapping.name} ${file} --json > ${expectedFile(file)}`;
    tell(1, 'there is no JSON array beside it that says what its records become', fix);
    return findings;
  }
  for (const [at, record] of records.entries()) {
    if (isDeepStrictEqual(outcomes[at], expected[at])) continue;
    tell(record.place.line, `this record becomes something else than entry ${at} of ${expectedFile(file)}`);
  }
  if (expected.length > records.length) tell(1, `${expectedFile(file)} says more than its ${records.length} records`);
  return findings;
}
