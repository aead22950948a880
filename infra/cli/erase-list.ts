import { readFileSync, statSync } from 'node:fs';
import { readSubject } from '../../shared/erasure/read-subject.ts';
import { type JsonObject, parseJson } from '../../shared/event/json.ts';
import { sourceRealm } from '../../shared/event/realm.ts';
import type { DataSubject } from '../../shared/event-types/project.ts';
import { CliError } from './cli-error.ts';
import { TextLines } from './text-lines.ts';

const maxFileBytes = 256 * 1_048_576;
const maxPartNamed = 1_000;
/** Of a body of 1 MiB; the rest is their pseudonyms, which are a third longer, and what stands around. */
const maxPartBytes = 400_000;

/**
 * Who stands in a file: a line of JSON each, `{"realm", "subject"}` or `{"source"}`. All of it is read before anybody is
 * erased. Throws a `CliError` that names the line, and never what stands there.
 */
export function readEraseList(path: string): DataSubject[] {
  const bytes = attempt(() => statSync(path).size, path);
  if (bytes > maxFileBytes) throw new CliError(`${path} is larger than ${maxFileBytes} bytes: make several of it`);
  const named: DataSubject[] = [];
  const lines = new TextLines();
  for (const line of [...lines.push(attempt(() => readFileSync(path), path)), ...lines.end()]) {
    if ('problem' in line) throw new CliError(`${path}:${line.number}: ${line.problem}`);
    if (line.text.trim() === '') continue;
    const subject = readSubject(parseJson(line.text));
    if (typeof subject === 'string') throw new CliError(`${path}:${line.number}: the line ${subject}`);
    named.push(subject);
  }
  if (named.length === 0) throw new CliError(`${path} names nobody`);
  return named;
}

function attempt<T>(read: () => T, path: string): T {
  try {
    return read();
  } catch {
    throw new CliError(`${path} cannot be read`);
  }
}

export interface ErasePart {
  /** How many were named before. */
  readonly at: number;
  readonly subjects: JsonObject[];
}

/** What is sent in a request each, from the first who is left on. */
export function* partsOf(named: readonly DataSubject[], from: number): Generator<ErasePart> {
  let part: ErasePart = { at: from, subjects: [] };
  let partBytes = 0;
  for (const one of named.slice(from).map(jsonOf)) {
    const bytes = JSON.stringify(one).length * 3;
    const { length } = part.subjects;
    if (length === maxPartNamed || (length > 0 && partBytes + bytes > maxPartBytes)) {
      yield part;
      part = { at: part.at + length, subjects: [] };
      partBytes = 0;
    }
    part.subjects.push(one);
    partBytes += bytes;
  }
  if (part.subjects.length > 0) yield part;
}

function jsonOf({ realm, subject }: DataSubject): JsonObject {
  return realm === sourceRealm ? { source: subject } : { realm, subject };
}
