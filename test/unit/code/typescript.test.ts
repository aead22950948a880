import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import type { JsonObject } from '../../../shared/event/json.ts';
import { compileValidator } from '../../../shared/event-types/validator.ts';
import { typeScriptModule, typeScriptOf } from '../../../shared/schema-language/code/typescript.ts';
import { readSchemaFolder } from '../../../shared/schema-language/schema-folder.ts';
import { makeScratchFolder, projectFolder } from '../../helpers/local-process.ts';

describe('the type of', () => {
  test.each<[string, JsonObject, string]>([
    ['a text', { type: 'string', format: 'date-time' }, 'string'],
    ['a number that may be null', { type: ['integer', 'null'] }, 'number | null'],
    ['listed values', { enum: ['a', "it's", 1, null] }, "'a' | 'it\\'s' | 1 | null"],
    ['one value', { const: true }, 'true'],
    ['a list', { type: 'array', items: { type: ['string', 'null'] } }, 'readonly (string | null)[]'],
    ['a list of lists', { type: 'array', items: { type: 'array' } }, 'readonly (readonly unknown[])[]'],
    ['a tuple', { type: 'array', prefixItems: [{ type: 'string' }], items: false }, 'readonly [string?]'],
    ['a map', { type: 'object', additionalProperties: { type: 'number' } }, 'Readonly<Record<string, number>>'],
    [
      'an object without properties',
      { type: 'object', additionalProperties: false },
      'Readonly<Record<string, never>>',
    ],
    ['alternatives', { anyOf: [{ type: 'string' }, { type: 'null' }] }, 'string | null'],
    ['a definition', { $ref: '#/$defs/a', $defs: { a: { type: 'boolean' } } }, 'boolean'],
    ['anything', {}, 'unknown'],
  ])('%s', (_, schema, expected) => {
    expect(typeScriptOf(schema)).toBe(expected);
  });

  test('an object: what is required, what more there may be, and what is said of it', () => {
    const schema: JsonObject = {
      type: 'object',
      required: ['a'],
      additionalProperties: true,
      properties: { a: { type: 'string', description: 'Ends */ here' }, 'b-c': { type: 'integer' } },
    };
    expect(typeScriptOf(schema)).toBe(
      [
        '{',
        '  /** Ends *\\/ here */',
        '  readonly a: string;',
        "  readonly 'b-c'?: number;",
        '  /** What else is sent is dropped. */',
        '  readonly [name: string]: unknown;',
        '}',
      ].join('\n'),
    );
  });
});

describe('the types of all event types', () => {
  const scratch = makeScratchFolder();
  afterAll(() => scratch.remove());
  const folder = join(projectFolder, 'schemas');

  /** What of an example's faults a type can tell. */
  const told = new Set(['type', 'required', 'additionalProperties', 'enum', 'const']);

  test('take every example that passes, and no example whose fault is one of types', async () => {
    const { schemas } = await readSchemaFolder(folder);
    const examples = readdirSync(folder, { recursive: true, encoding: 'utf8' }).sort();
    const lines = ["import type { EventData, Track } from './events.ts';", 'declare const track: Track;'];
    const counts = { pass: 0, fail: 0 };
    for (const { edi, schema } of schemas) {
      const [domain = '', event = '', major = ''] = edi.type.split('.');
      const validate = compileValidator(schema);
      for (const file of examples.filter((name) => name.startsWith(`${domain}/${event}.${major}.`))) {
        const match = /\.(pass|fail)\.json$/.exec(file);
        if (match === null) continue;
        const text = readFileSync(join(folder, file), 'utf8');
        const fault = validate(JSON.parse(text));
        if (match[1] === 'fail' && !told.has(fault?.keyword ?? '')) continue;
        // Integers are numbers to TypeScript.
        if (match[1] === 'fail' && fault?.keyword === 'type' && /whole|integer/.test(file)) continue;
        if (match[1] === 'fail') lines.push('// @ts-expect-error: the example does not fit');
        lines.push(`track('${edi.type}', ${JSON.stringify(JSON.parse(text))});`);
        counts[match[1] === 'pass' ? 'pass' : 'fail'] += 1;
      }
      lines.push(`export const _${lines.length} = (data: EventData['${edi.type}']) => track('${edi.type}', data);`);
    }
    lines.push("// @ts-expect-error: no such type\ntrack('nobody.knows-it.v1', {});");
    writeFileSync(join(scratch.path, 'events.ts'), typeScriptModule(schemas));
    writeFileSync(join(scratch.path, 'examples.ts'), lines.join('\n'));
    const compilerOptions = {
      strict: true,
      noEmit: true,
      exactOptionalPropertyTypes: true,
      allowImportingTsExtensions: true,
      module: 'nodenext',
      types: [],
    };
    writeFileSync(join(scratch.path, 'tsconfig.json'), JSON.stringify({ compilerOptions, include: ['*.ts'] }));
    writeFileSync(join(scratch.path, 'package.json'), '{"type":"module"}');
    const tsc = resolve(projectFolder, 'node_modules', '.bin', 'tsc');
    const { status, stdout } = spawnSync(tsc, ['--project', scratch.path], { encoding: 'utf8' });
    expect(stdout).toBe('');
    expect(status).toBe(0);
    expect(counts.pass).toBeGreaterThan(10);
    expect(counts.fail).toBeGreaterThan(5);
  }, 60_000);
});
