import { createReadStream } from 'node:fs';
import { isJsonObject, type JsonObject, type JsonValue, parseJson } from '../../../shared/event/json.ts';
import type { LegacyMapping } from '../../../shared/legacy/mapping.ts';
import { readLegacyFile } from '../../../shared/legacy/read-file.ts';
import type { BadRecord, MappedRecord } from '../../../shared/legacy/records.ts';
import { readSchemaFolder } from '../../../shared/schema-language/schema-folder.ts';
import { CliError } from '../cli-error.ts';
import type { CommandIo } from '../command-io.ts';
import { printable } from '../printable.ts';
import { outcomeJson } from './check-example.ts';
import { endText } from './end-text.ts';
import { folderValidators } from './folder-validators.ts';
import { maxRecordBytes } from './limits.ts';
import { openMapping } from './mapping-files.ts';

export interface PreviewFlags {
  readonly schemas: string;
  readonly records: number;
  readonly json: boolean;
}

/** The first records of a file side by side with their events, and what did not map and why. Answers the exit code. */
export async function runPreview(name: string, file: string, flags: PreviewFlags, io: CommandIo): Promise<number> {
  const { mapping } = await openMapping(flags.schemas, name);
  const first: (MappedRecord | BadRecord)[] = [];
  const steps = readLegacyFile(createReadStream(file), mapping, { maxRecordBytes });
  let end: string | undefined;
  try {
    while (first.length < flags.records) {
      const next = await steps.next();
      if (next.done) {
        end = endText(next.value);
        break;
      }
      first.push(...next.value.records.slice(0, flags.records - first.length));
    }
  } catch (error) {
    if (error instanceof Error && 'code' in error) throw new CliError(`${file} cannot be read: ${String(error.code)}`);
    throw error;
  } finally {
    await steps.return({ kind: 'read' });
  }
  if (flags.json) {
    await io.out.write(
      `${JSON.stringify(
        first.map((record) => outcomeJson(record, mapping)),
        null,
        2,
      )}\n`,
    );
  } else {
    const refusal = await refusals(flags.schemas);
    for (const record of first) await io.out.write(`${previewText(record, mapping, refusal)}\n`);
    const bad = first.filter(({ kind }) => kind === 'bad').length;
    await io.out.write(`${first.length} records: ${first.length - bad} mapped, ${bad} bad\n`);
  }
  if (end !== undefined) await io.err.write(`edi: ${file}: ${end}\n`);
  return end === undefined ? 0 : 1;
}

/** What the schema of an event says against it; types that the folder has not are said so. */
async function refusals(folder: string): Promise<(type: string, data: JsonObject) => string | undefined> {
  const { schemas } = await readSchemaFolder(folder);
  const validatorOf = folderValidators(schemas);
  return (type, data) => {
    const validate = validatorOf(type);
    if (validate === undefined) return 'there is no schema of this type';
    const error = validate(data);
    return error === undefined ? undefined : `the schema refuses it: ${error.path} (${error.keyword})`;
  };
}

function previewText(
  record: MappedRecord | BadRecord,
  mapping: LegacyMapping,
  refusal: (type: string, data: JsonObject) => string | undefined,
): string {
  const { line, offset, lengthBytes } = record.place;
  const head = `line ${line}, byte ${offset}, ${lengthBytes} bytes`;
  const cells = recordText(record)
    .split(mapping.format.separator ?? '\t')
    .map(printable);
  if (record.kind === 'bad') {
    const where = record.column === undefined ? '' : `, ${record.column}`;
    return `${head}: bad: ${record.reason}${where}\n${sideBySide(cells, [])}`;
  }
  const event = parseJson(record.text);
  const parts = isJsonObject(event) ? leaves(event).map(printable) : [];
  const data = isJsonObject(event) && isJsonObject(event['data']) ? event['data'] : {};
  const refused = refusal(record.type, data);
  return `${head}: ${record.type}${refused === undefined ? '' : `: ${refused}`}\n${sideBySide(cells, parts)}`;
}

function recordText(record: MappedRecord | BadRecord): string {
  if (record.kind === 'event') return record.line;
  return 'bytes' in record.content
    ? Buffer.from(record.content.bytes).toString('utf8')
    : `sha256 ${record.content.sha256}`;
}

/** Each value of an event with its path. */
function leaves(value: JsonValue, path = ''): string[] {
  if (isJsonObject(value)) {
    return Object.entries(value).flatMap(([name, inner]) => leaves(inner, path === '' ? name : `${path}.${name}`));
  }
  return [`${path} = ${JSON.stringify(value)}`];
}

const leftWidth = 40;

function sideBySide(left: readonly string[], right: readonly string[]): string {
  const rows = Array.from({ length: Math.max(left.length, right.length) }, (_, at) => {
    const cell = left[at] === undefined ? '' : `${at + 1} ${left[at]}`;
    const shown = cell.length > leftWidth ? `${cell.slice(0, leftWidth - 1)}…` : cell;
    return `  ${shown.padEnd(leftWidth)} | ${right[at] ?? ''}`.trimEnd();
  });
  return `${rows.join('\n')}\n`;
}
