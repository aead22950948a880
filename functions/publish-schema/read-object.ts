import { isJsonObject, type JsonObject } from '../../shared/event/json.ts';
import { type JsonSource, readJsonSource } from '../../shared/schema-language/lint/json-source.ts';
import { type Refusal, refused } from './refusal.ts';

/** One JSON object out of an object's bytes. */
export function readObject(data: Uint8Array): { readonly source: JsonSource; readonly value: JsonObject } | Refusal {
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(data);
  } catch {
    return refused('this is not UTF-8 text, so it is no JSON');
  }
  const read = readJsonSource(text);
  if (read.kind === 'bad') {
    const { message, place } = read;
    return refused(`${message} (line ${place.line}, column ${place.column})`);
  }
  const { source } = read;
  return isJsonObject(source.value) ? { source, value: source.value } : refused('a schema file holds one JSON object');
}
