import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { CheckReport } from '../../../../infra/cli/schema/check-report.ts';
import { told } from './check-run.ts';
import { edi, emptyFolder } from './schema-folder.ts';

describe("others' schemas", () => {
  async function foreign(files: Record<string, object | string>, ...given: string[]) {
    const folder = emptyFolder();
    for (const [name, content] of Object.entries(files)) {
      mkdirSync(dirname(join(folder.path, name)), { recursive: true });
      writeFileSync(join(folder.path, name), typeof content === 'string' ? content : JSON.stringify(content));
    }
    const paths = (given.length === 0 ? ['.'] : given).map((name) => join(folder.path, name));
    const { exitCode, out } = await edi(['check', '--json', '--foreign', ...paths]);
    const report: CheckReport = JSON.parse(out);
    return { report, exitCode, findings: told(report, folder) };
  }

  test('pass without anything that only ours must have, in every draft', async () => {
    const bare = { type: 'object', properties: { email: { type: 'string' } } };
    const { findings, exitCode, report } = await foreign({
      'a.json': bare,
      'b.json': {
        $schema: 'http://json-schema.org/draft-04/schema#',
        properties: { n: { minimum: 1, exclusiveMinimum: true } },
      },
      'c.json': { $schema: 'http://json-schema.org/draft-07/schema#', $id: 'c', items: [{}], additionalItems: false },
      'd.json': { $schema: 'https://json-schema.org/draft/2020-12/schema', $defs: { a: true }, $ref: '#/$defs/a' },
      'vendor/name/jsonschema/1-0-0': {
        $schema: 'https://vendor.example/self-desc/1-0-0#',
        self: { vendor: 'v' },
        ...bare,
      },
      'common/e.json': { properties: { a: { $ref: 'user.json' }, b: { $ref: 'common/user.json#/properties' } } },
      'common/user.json': bare,
      'f.json': 'true',
    });
    expect([findings, exitCode, report.schemas]).toEqual([[], 0, 8]);
    expect(report.notices).toEqual([expect.stringMatching(/vendor\.example.* was ignored, in 1 schemas/)]);
  });

  test.each<[string, Record<string, object | string>, string]>([
    ['no JSON', { 'a.json': '{' }, 'not-json a.json'],
    ['no schema', { 'a.json': '3' }, 'no-schema a.json'],
    ['a type that is none', { 'a.json': { type: 'strin' } }, 'meta-schema a.json /type'],
    [
      'a flag beside a bound in draft 07',
      { 'a.json': { $schema: 'http://json-schema.org/draft-07/schema#', exclusiveMinimum: true } },
      'meta-schema a.json /exclusiveMinimum',
    ],
    ['a remote reference', { 'a.json': { $ref: 'https://example.com/x.json' } }, 'reference-unresolved a.json /$ref'],
    [
      'a reference out of the folder',
      { 'a.json': { $ref: '../../../etc/passwd' } },
      'reference-unresolved a.json /$ref',
    ],
    ['a reference to a missing file', { 'a.json': { $ref: 'b.json' } }, 'reference-unresolved a.json /$ref'],
    ['a reference to nothing', { 'a.json': { $ref: '#/definitions/x' } }, 'reference-unresolved a.json /$ref'],
    ['a pattern that backtracks', { 'a.json': { pattern: '(a+)+$' } }, 'pattern-slow a.json /pattern'],
    ['a misspelt keyword, as a warning', { 'a.json': { maxiumum: 1 } }, '(keyword-misspelt a.json /maxiumum)'],
  ])('are told of %s', async (_what, files, finding) => {
    const { findings, exitCode } = await foreign(files);
    expect(findings).toEqual([finding]);
    expect(exitCode).toBe(finding.startsWith('(') ? 0 : 1);
  });

  test('may embed schemas with ids of their own, and refer to them, to anchors and to a draft', async () => {
    const person = { $id: 'http://lab.invalid/person.json', type: 'object', properties: { nick: { $ref: '#name' } } };
    const { findings } = await foreign({
      'a.json': {
        $schema: 'http://json-schema.org/draft-07/schema#',
        $id: 'http://lab.invalid/order.json',
        properties: {
          buyer: { $ref: 'http://lab.invalid/person.json' },
          seller: { $ref: 'person.json' },
          place: { $ref: '#place' },
          form: { $ref: 'http://json-schema.org/draft-07/schema#' },
          lost: { $ref: '#nowhere' },
        },
        definitions: { person: { ...person, definitions: { n: { $id: '#name' } } }, place: { $id: '#place' } },
      },
    });
    expect(findings).toEqual(['reference-unresolved a.json /properties/lost/$ref']);
  });

  test.each<[string, object, string[]]>([
    ['draft-07/schema#', { items: [{}], deprecated: 'use b' }, []],
    ['draft/2019-09/schema', { items: [{}], deprecated: 'use b' }, ['meta-schema a.json /deprecated']],
    [
      'draft/2020-12/schema',
      { items: [{}], minContains: 'x' },
      ['meta-schema a.json /items', 'meta-schema a.json /minContains'],
    ],
  ])('are judged by their own draft: %s', async (draft, schema, expected) => {
    const { findings } = await foreign({ 'a.json': { $schema: `https://json-schema.org/${draft}`, ...schema } });
    expect(findings.sort()).toEqual(expected);
  });

  test('may be larger than ours', async () => {
    const properties = Object.fromEntries(
      Array.from({ length: 2_000 }, (_, i) => [`option${i}`, { description: 'x'.repeat(600), type: 'string' }]),
    );
    const { findings } = await foreign({ 'a.json': { properties } });
    expect(findings).toEqual([]);
  });

  test('a file that is not there is an error', async () => {
    expect(await edi(['check', '--foreign', '/nowhere'])).toMatchObject({ exitCode: 1, out: '' });
  });
});
