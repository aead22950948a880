import { isJsonObject, type JsonObject } from '../../../shared/event/json.ts';
import { holdsChangedNumber } from '../../../shared/event/number-text.ts';
import type { Validator } from '../../../shared/event-types/validator.ts';
import type { FieldError } from '../../../shared/outcome/outcome.ts';
import type { RuleName } from '../../../shared/schema-language/lint/finding.ts';
import type { FileFinding } from './check-report.ts';
import { type ExampleFile, openJsonFile, type SchemaFiles, shownPath } from './schema-files.ts';

/** Examples without a schema beside them. */
export function orphanFindings(folder: string, { schemas, examples }: SchemaFiles): FileFinding[] {
  return examples
    .filter(({ type }) => !schemas.has(type))
    .map(({ file, type }) =>
      finding(shownPath(folder, file), 'example-orphan', `no schema of ${type} stands beside this example`),
    );
}

interface CheckedSchema {
  readonly file: string;
  /** Undefined where it cannot be compiled. */
  readonly validate: Validator | undefined;
  /** Everything that does not fit. */
  readonly faults: (data: JsonObject) => readonly FieldError[];
}

/** Checks a type's examples: at least one that passes and one that fails, and each does what its name says. */
export async function exampleFindings(
  folder: string,
  schema: CheckedSchema,
  examples: readonly ExampleFile[],
): Promise<FileFinding[]> {
  const findings: FileFinding[] = [];
  for (const verdict of ['pass', 'fail'] as const) {
    if (examples.some((example) => example.verdict === verdict)) continue;
    const name = schema.file.replace(/\.json$/, `.<case>.${verdict}.json`);
    const what = verdict === 'pass' ? 'fits it' : 'does not fit it';
    const message = `this schema has no example that ${what}`;
    findings.push({ ...finding(shownPath(folder, schema.file), 'example-missing', message), fix: `add ${name}` });
  }
  for (const { file, verdict } of examples) {
    const shown = shownPath(folder, file);
    const opened = await openJsonFile(shown);
    if ('findings' in opened) findings.push(...opened.findings);
    else if (!isJsonObject(opened.source.value)) {
      findings.push(finding(shown, 'example-unfit', 'an example is the data of an event, which is an object'));
    } else if (schema.validate !== undefined) {
      const { value, text } = opened.source;
      // As at ingest, where the data stands in an event.
      const changed = holdsChangedNumber(text);
      const error = changed ? { path: '/data', keyword: 'number' } : schema.validate(value);
      if ((error === undefined) === (verdict === 'pass')) continue;
      if (error === undefined) {
        findings.push(finding(shown, 'example-fits', 'this example is named fail, and the schema accepts it'));
        continue;
      }
      const all = changed ? [] : schema.faults(value);
      for (const fault of all.length === 0 ? [error] : all) {
        const pointer = fault.path.replace(/^\/data/, '');
        const message = changed
          ? 'ingest does not accept this example: it holds an integer beyond 2^53, or a number beyond a 64-bit float'
          : `the schema does not accept this example: ${faultText(fault)}`;
        findings.push({ ...finding(shown, 'example-unfit', message), pointer, ...opened.source.placeOf(pointer) });
      }
    }
  }
  return findings;
}

function faultText({ keyword, expected }: FieldError): string {
  return expected === undefined ? `"${keyword}" fails here` : `"${keyword}" fails here, where it wants ${expected}`;
}

function finding(file: string, rule: RuleName, message: string): FileFinding {
  return { severity: 'error', rule, file, pointer: '', line: 1, column: 1, message };
}
