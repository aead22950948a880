import { createReadStream } from 'node:fs';
import { isJsonObject, type JsonValue, parseJson } from '../../../shared/event/json.ts';
import { type CompatPolicies, compareSchemas } from '../../../shared/schema-language/compat/compare.ts';
import { documentBounds } from '../../../shared/schema-language/document/schema-text.ts';
import { CliError } from '../cli-error.ts';
import type { CommandIo } from '../command-io.ts';
import { filledLines } from '../text-lines.ts';

/** Two schemas and their frame. */
const maxLineLength = 2 * documentBounds.maxTextLength + 1_000;

interface BatchChange {
  readonly pointer: string;
  readonly rule: string;
  readonly breaking: boolean;
}

interface BatchAnswer {
  readonly id: JsonValue;
  readonly compatible: boolean;
  readonly changes: readonly BatchChange[];
}

/** Answers a file of pairs line by line, in its order. Every line that is not blank gets one answer. Exit code 0. */
export async function runCompatBatch(file: string, policies: CompatPolicies, io: CommandIo): Promise<number> {
  const input = file === '-' ? io.stdin : createReadStream(file);
  try {
    for await (const line of filledLines(input)) {
      await io.out.write(`${JSON.stringify(answerLine(line, policies))}\n`);
    }
  } catch (error) {
    if (!(error instanceof Error && 'code' in error)) throw error;
    throw new CliError(`${file} cannot be read: ${String(error.code)}`);
  }
  return 0;
}

function answerLine(line: string, policies: CompatPolicies): BatchAnswer {
  if (line.length > maxLineLength) return refusal(null, 'invalid-line');
  const value = parseJson(line);
  if (!isJsonObject(value)) return refusal(null, 'invalid-line');
  const { id = null, old, new: next } = value;
  if (old === undefined || next === undefined) return refusal(id, 'invalid-line');
  try {
    const { compatible, changes } = compareSchemas(old, next, policies);
    return { id, compatible, changes: changes.map(({ pointer, rule, breaking }) => ({ pointer, rule, breaking })) };
  } catch (error) {
    // Schemas so entangled that the stack does not hold them; the lines after this one are answered all the same.
    if (!(error instanceof RangeError)) throw error;
    return refusal(id, 'undecided');
  }
}

function refusal(id: JsonValue, rule: string): BatchAnswer {
  return { id, compatible: false, changes: [{ pointer: '', rule, breaking: true }] };
}
