import { readFile, stat } from 'node:fs/promises';
import { isJsonObject, type JsonValue, parseJson } from '../../../shared/event/json.ts';
import { mayHoldTinyNumber } from '../../../shared/event/number-text.ts';
import { rawElements } from '../../../shared/event/raw-elements.ts';
import { scanEvent, type WrittenEvent } from '../../../shared/event/scan.ts';
import type { RejectReason } from '../../../shared/outcome/outcome.ts';
import { CliError } from '../cli-error.ts';

/** Enough to infer from, and far below what would fill the memory. */
const maxFileBytes = 64 * 1_048_576;
/** As for events that are sent. */
const maxNesting = 32;

/**
 * The data of example events: a JSON array, one JSON value or JSON lines, each the data itself or a CloudEvent, of which
 * `data` is taken. Where CloudEvents of several types are there, those of `type` (any major version) count.
 */
export async function readExampleData(path: string, type: string): Promise<readonly JsonValue[]> {
  const unreadable = (error: NodeJS.ErrnoException) => {
    throw new CliError(`${path} cannot be read: ${error.code ?? error.message}`);
  };
  const { size } = await stat(path).catch(unreadable);
  if (size > maxFileBytes) throw new CliError(`${path} is larger than 64 MiB; some thousand events are enough`);
  const written = parseEvents(path, decoded(path, await readFile(path).catch(unreadable)));
  for (const [index, event] of written.entries()) {
    const reason = scanEvent(event, maxNesting)?.reason;
    if (reason !== undefined)
      throw new CliError(`${path}: event ${index} could not be sent: ${faults[reason] ?? reason}`);
  }
  const values = written.map(({ value }) => value);
  const events = values.filter((value) => isJsonObject(value) && 'specversion' in value && 'data' in value);
  if (events.length === 0) return values;
  const types = new Set(events.map((event) => (isJsonObject(event) ? String(event['type']) : '')));
  const ours = events.filter((event) => isJsonObject(event) && String(event['type']).startsWith(`${type}.v`));
  if (ours.length === 0 && types.size > 1) {
    throw new CliError(`${path} has events of ${[...types].slice(0, 10).join(', ')}, and none of ${type}`);
  }
  return (ours.length > 0 ? ours : events).map((event) => (isJsonObject(event) ? (event['data'] ?? null) : null));
}

const faults: Readonly<Partial<Record<RejectReason, string>>> = {
  nesting: `it is nested deeper than ${maxNesting}`,
  number:
    'it holds an integer beyond 2^53, or a number beyond a 64-bit float, which would change on its way; send text',
  text: 'it holds half a surrogate pair, which is no Unicode text',
  key: 'it holds the key __proto__',
};

function writtenEvent(value: JsonValue, text: string): WrittenEvent {
  return { value, text: () => text, mayHoldTinyNumber: () => mayHoldTinyNumber(text) };
}

const utf8 = new TextDecoder('utf-8', { fatal: true });

/** Without a byte order mark. */
function decoded(path: string, bytes: Uint8Array): string {
  try {
    return utf8.decode(bytes);
  } catch {
    throw new CliError(`${path} is no UTF-8`);
  }
}

function parseEvents(path: string, text: string): readonly WrittenEvent[] {
  const whole = parseJson(text);
  if (Array.isArray(whole)) {
    const texts = rawElements(text);
    return whole.map((value, index) => writtenEvent(value, texts[index] ?? ''));
  }
  if (whole !== undefined) return [writtenEvent(whole, text)];
  const lines = text.split('\n').map((line, index) => ({ line: line.trim(), number: index + 1 }));
  const values = lines
    .filter(({ line }) => line !== '')
    .map(({ line, number }) => {
      const value = parseJson(line);
      if (value !== undefined) return writtenEvent(value, line);
      throw new CliError(`${path}: line ${number} is not JSON, and neither is the file as a whole`);
    });
  if (values.length === 0) throw new CliError(`${path} is empty`);
  return values;
}
