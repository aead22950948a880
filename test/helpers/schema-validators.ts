import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { isJsonObject, type JsonValue } from '../../shared/event/json.ts';
import { compileSchema } from '../../shared/event-types/validator.ts';
import { accepts } from '../../shared/schema-language/compat/accepts.ts';
import { makeTerms } from '../../shared/schema-language/compat/facts.ts';
import { checkFormat } from '../../shared/schema-language/compat/known-formats.ts';
import { readSchemaDocument } from '../../shared/schema-language/document/read-document.ts';

/** What a validator says of a value; `no-schema` where it cannot use the schema. */
export type Verdict = boolean | 'undecided' | 'no-schema' | 'threw';

/** A schema and a value, and where they are from. */
export interface ValidationCase {
  readonly file: string;
  readonly group: string;
  readonly test: string;
  readonly schema: JsonValue;
  readonly value: JsonValue;
  readonly valid: boolean;
}

interface SuiteGroup {
  readonly description: string;
  readonly schema: JsonValue;
  readonly tests: readonly { readonly description: string; readonly data: JsonValue; readonly valid: boolean }[];
}

const suiteFolder = join(import.meta.dirname, '../data/json-schema-test-suite');

function readJson<T>(file: string): T {
  return JSON.parse(readFileSync(join(suiteFolder, file), 'utf8'));
}

/** Every case of the official suite, in the order of its files. */
export function officialCases(): readonly ValidationCase[] {
  const folder = 'tests/draft2020-12';
  const files = readdirSync(join(suiteFolder, folder), { recursive: true, encoding: 'utf8' });
  return files
    .map((file) => file.replaceAll('\\', '/'))
    .filter((file) => file.endsWith('.json'))
    .sort()
    .flatMap((file) =>
      readJson<SuiteGroup[]>(`${folder}/${file}`).flatMap(({ description, schema, tests }) =>
        tests.map(({ description: test, data, valid }) => ({
          file,
          group: description,
          test,
          schema,
          value: data,
          valid,
        })),
      ),
    );
}

/** A difference that is known, and why it stays. */
export interface KnownDifference {
  readonly who: string;
  readonly file: string;
  readonly group?: string;
  readonly test?: string;
  readonly reason: string;
}

export const knownDifferences: readonly KnownDifference[] = readJson('differences.json');

/** The entry that explains why `who` answers otherwise in a case. */
export function explanationOf(who: string, { file, group, test }: ValidationCase): KnownDifference | undefined {
  return knownDifferences.find(
    (known) =>
      known.who === who && known.file === file && (known.group ?? group) === group && (known.test ?? test) === test,
  );
}

/** The validator as ingest has it, but for its strictness about unknown words. */
export function ingestVerdicts(schema: JsonValue): (value: JsonValue) => Verdict {
  if (!isJsonObject(schema)) return () => schema !== false;
  const { $schema: _, ...own } = schema;
  try {
    const validate = compileSchema(own, { strict: false });
    return (value) => {
      try {
        return validate(value) === true;
      } catch {
        return 'threw';
      }
    };
  } catch {
    return () => 'no-schema';
  }
}

/** The reading by which revisions are compared. */
export function compatVerdicts(schema: JsonValue): (value: JsonValue) => Verdict {
  const read = readSchemaDocument(schema);
  if (read.kind === 'bad') return () => 'no-schema';
  const { root } = read.document;
  const terms = makeTerms();
  const options = { terms, safeIntegers: true, checkFormat };
  return (value) => accepts(terms.of(root, root), value, options) ?? 'undecided';
}
