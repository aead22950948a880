import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { isJsonObject, type JsonObject, type JsonValue } from '../../shared/event/json.ts';
import type { EventSchema } from '../../shared/event-types/event-schema.ts';
import { projectPayload } from '../../shared/event-types/project.ts';
import { compileValidator } from '../../shared/event-types/validator.ts';
import { readSchemaFolder } from '../../shared/schema-language/schema-folder.ts';

const folder = fileURLToPath(new URL('../../schemas/', import.meta.url));
const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).map((name) => name.replaceAll('\\', '/'));
const { schemas, problems } = await readSchemaFolder(folder);

/** The examples beside a schema: `<event>.v<major>.<case>.pass.json` or `.fail.json`, each the data of an event. */
function examplesOf({ edi }: EventSchema, verdict: 'pass' | 'fail'): string[] {
  const beside = `${edi.type.replace('.', '/')}.`;
  return files.filter((file) => file.startsWith(beside) && file.endsWith(`.${verdict}.json`)).sort();
}

function readData(file: string): JsonObject {
  const value: JsonValue = JSON.parse(readFileSync(`${folder}${file}`, 'utf8'));
  if (!isJsonObject(value)) throw new Error(`${file} is no object`);
  return value;
}

test('the folder has schemas and no problem', () => {
  expect(problems).toEqual([]);
  expect(schemas.length).toBeGreaterThan(0);
});

test('every example stands beside a schema', () => {
  const known = schemas.flatMap((schema) => [...examplesOf(schema, 'pass'), ...examplesOf(schema, 'fail')]);
  expect(files.filter((file) => /\.(pass|fail)\.json$/.test(file)).sort()).toEqual(known.sort());
});

describe.each(schemas.map((schema) => [schema.edi.type, schema] as const))('%s', (_type, schema) => {
  const validate = compileValidator(schema.schema);
  const [pass, fail] = [examplesOf(schema, 'pass'), examplesOf(schema, 'fail')];

  test('has an example that passes and one that fails', () => {
    expect([pass.length > 0, fail.length > 0]).toEqual([true, true]);
  });

  test.each(pass)('%s passes and fits its columns', (file) => {
    const data = readData(file);
    expect(validate(data)).toBeUndefined();
    const { row, personalValues } = projectPayload(
      schema.payload,
      data,
      { realm: 'source', subject: 'test' },
      () => 'token',
    );
    for (const { plaintext, settle } of personalValues) settle(plaintext === undefined ? '' : 'pseudonym');
    expect(Object.keys(row).length).toBeGreaterThan(0);
  });

  test.each(fail)('%s fails', (file) => {
    expect(validate(readData(file))).toBeDefined();
  });
});
