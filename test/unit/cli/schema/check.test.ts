import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { CheckReport } from '../../../../infra/cli/schema/check-report.ts';
import type { JsonObject } from '../../../../shared/event/json.ts';
import { schemaDocument, type TestSchema } from '../../../helpers/schemas.ts';
import { edi, emptyFolder, goodFolder, goodSchema, orderFiles, ownFolder, type TestFolder } from './schema-folder.ts';

async function check(folder: TestFolder, ...args: string[]): Promise<CheckReport & { exitCode: number }> {
  const { exitCode, out, err } = await folder.edi('check', '--json', ...args);
  if (out === '') throw new Error(err);
  return { ...JSON.parse(out), exitCode };
}

/** `rule file pointer` of each finding, warnings in brackets, files relative to the folder. */
function told({ findings }: CheckReport, folder: TestFolder): string[] {
  return findings.map(({ rule, file, pointer, severity }) => {
    const text = `${rule} ${file.replace(`${folder.path}/`, '')} ${pointer}`.trim();
    return severity === 'error' ? text : `(${text})`;
  });
}

test('the schemas of this repository pass', async () => {
  const folder = ownFolder();
  const report = await check(folder);
  expect(told(report, folder)).toEqual([]);
  expect(report).toMatchObject({ ok: true, exitCode: 0, schemas: 9, against: null, tables: [] });
});

describe('a folder', () => {
  test('that is as it should be passes, compared with main', async () => {
    const folder = await goodFolder();
    const report = await check(folder);
    expect(told(report, folder)).toEqual([]);
    expect(report).toMatchObject({ ok: true, exitCode: 0, schemas: 1, examples: 2, notices: [] });
    expect(report.against).toMatch(/^main \([0-9a-f]{12}\)$/);
  });

  const large = `{"a":"${'x'.repeat(5_000_000)}"}`;
  const deep = `{"type":"object","properties":${'{"a":{"properties":'.repeat(2_000)}{}${'}}'.repeat(2_000)}}`;
  const order = schemaDocument(goodSchema);
  test.each<[string, Record<string, object | string>, string]>([
    ['a file that is not JSON', { 'shop/order.v1.json': '{"type": "object",}' }, 'not-json shop/order.v1.json'],
    ['JSON that is no schema', { 'shop/order.v1.json': [1] }, 'no-schema shop/order.v1.json'],
    ['a schema of 5 MB', { 'shop/order.v1.json': large }, 'file-too-large shop/order.v1.json'],
    ['a schema nested 2,000 deep', { 'shop/order.v1.json': deep }, 'not-json shop/order.v1.json'],
    [
      'a remote $ref',
      orderFiles({ properties: { a: { description: 'x', $ref: 'https://example.com/a' } } }),
      'reference-outside shop/order.v1.json /properties/a/$ref',
    ],
    [
      'a $ref out of its folder',
      orderFiles({ properties: { a: { description: 'x', $ref: '../../x.json' } } }),
      'reference-outside shop/order.v1.json /properties/a/$ref',
    ],
    [
      'a recursive $ref',
      orderFiles({ properties: { a: { description: 'x', $ref: '#/$defs/a' } }, $defs: { a: { $ref: '#/$defs/a' } } }),
      'reference-circular shop/order.v1.json /$defs/a/$ref',
    ],
    [
      'a pattern that backtracks',
      orderFiles({ properties: { total: { description: 'x', type: 'string', pattern: '(a+)+$' } } }),
      'pattern-slow shop/order.v1.json /properties/total/pattern',
    ],
    ['two files for one type', { 'shop/order-copy.v1.json': order }, 'file-name shop/order-copy.v1.json /edi/type'],
    [
      'a name that disagrees with its content',
      { 'shop/order.v1.json': schemaDocument({ ...goodSchema, type: 'shop.order.v2' }) },
      'file-name shop/order.v1.json /edi/type',
    ],
    [
      'two types that share a table',
      { 'a/b-c.v1.json': schemaDocument({ type: 'a.b-c.v1' }), 'a-b/c.v1.json': schemaDocument({ type: 'a-b.c.v1' }) },
      'table-shared a/b-c.v1.json',
    ],
    ['a file whose name says nothing', { 'shop/Order.json': order }, 'file-name shop/Order.json'],
    ['a domain without a version', { 'shop/refund.json': order }, 'file-name shop/refund.json'],
    [
      'an SDK that is none',
      orderFiles({ ...goodSchema, edi: { sdks: ['web', 'tv'] } }),
      'sdk-unknown shop/order.v1.json /edi/sdks/1',
    ],
    [
      'columns that collide',
      orderFiles({
        properties: { aB: { description: 'x', type: 'integer' }, a_b: { description: 'x', type: 'integer' } },
      }),
      'event-schema shop/order.v1.json /properties/a_b',
    ],
    [
      'a key that stands twice',
      { 'shop/order.v1.json': JSON.stringify(order).replace('"properties":', '"title":"a","title":"b","properties":') },
      'key-repeated shop/order.v1.json /title',
    ],
    ['bindings that are none', { 'sdks.json': {} }, 'sdk-bindings sdks.json /sdks'],
    [
      'bindings with a key that nobody reads',
      { 'sdks.json': { namespaces: {}, sdks: {}, sdk: {} } },
      'meta-schema sdks.json /sdk',
    ],
    [
      'an example that should pass and does not',
      { 'shop/order.v1.x.pass.json': { total: [] } },
      'example-unfit shop/order.v1.x.pass.json /total',
    ],
    [
      'an example that should fail and does not',
      { 'shop/order.v1.x.fail.json': { total: 2 } },
      'example-fits shop/order.v1.x.fail.json',
    ],
    ['an example that is no object', { 'shop/order.v1.x.fail.json': [] }, 'example-unfit shop/order.v1.x.fail.json'],
    ['an example without a schema', { 'shop/refund.v1.x.pass.json': {} }, 'example-orphan shop/refund.v1.x.pass.json'],
    ['a lock that is not current', { 'columns.lock.json': {} }, 'lock-stale columns.lock.json'],
  ])('with %s fails', async (_what, files, finding) => {
    const folder = await goodFolder();
    folder.write(files);
    const report = await check(folder);
    expect(told(report, folder)).toContain(finding);
    expect(report).toMatchObject({ ok: false, exitCode: 1 });
  });

  test('without an example of each kind fails', async () => {
    const folder = await goodFolder();
    folder.remove('shop/order.v1.small.pass.json');
    folder.remove('shop/order.v1.total-is-text.fail.json');
    const missing = 'example-missing shop/order.v1.json';
    expect(told(await check(folder), folder)).toEqual([missing, missing]);
  });

  test('reserves meta/ for the schemas of schemas', async () => {
    const folder = await goodFolder();
    folder.write({ 'meta/event-schema.json': {} });
    expect((await check(folder)).ok).toBe(true);
  });

  test('that is none is told in a line', async () => {
    const { exitCode, out, err } = await edi(['check', '--schemas', '/nowhere']);
    expect([exitCode, out]).toEqual([1, '']);
    expect(err).toBe('edi: /nowhere cannot be read: ENOENT\n');
  });
});

describe('compared with the base revision', () => {
  const total: JsonObject = { description: 'Sum of the order', type: 'integer' };
  async function changed(next: TestSchema, files: Record<string, object> = {}) {
    const folder = await goodFolder();
    folder.write({ ...orderFiles(next), ...files });
    const report = await check(folder);
    return { report, findings: told(report, folder) };
  }

  test('a schema that says the same in other words passes', async () => {
    const { findings } = await changed({ ...goodSchema, edi: { owner: 'team-b', description: 'Another sentence.' } });
    expect(findings).toEqual([]);
  });

  test('a lost column is told with the table, and what the table would become', async () => {
    const { report, findings } = await changed({ properties: { sum: total } });
    expect(findings).toContain('revision shop/order.v1.json /properties/total');
    expect(findings).toContain('table-replaced columns.lock.json');
    expect(report.tables).toEqual([
      {
        type: 'shop.order.v1',
        table: 'shop_order_v1',
        kind: 'changed',
        inPlace: false,
        columns: [
          { kind: 'added', path: 'data.sum', after: 'INT64 NULLABLE', inPlace: true },
          { kind: 'lost', path: 'data.total', before: 'INT64 NULLABLE', inPlace: false },
        ],
      },
    ]);
  });

  test('a changed treatment, a removed SDK and a stage that goes back are told where they stand', async () => {
    const folder = await goodFolder({ ...goodSchema, edi: { sdks: ['web', 'phone'] } });
    folder.write(
      orderFiles({
        ...goodSchema,
        properties: { total: { ...total, treatment: { do: 'pseudonymize' } } },
        edi: { sdks: ['web'], stage: 'beta' },
      }),
    );
    const findings = told(await check(folder), folder);
    for (const pointer of ['/properties/total', '/edi/sdks', '/edi/stage']) {
      expect(findings).toContain(`revision shop/order.v1.json ${pointer}`);
    }
  });

  test('a new optional property of a closed object and a wider bound pass, but for the lock', async () => {
    const bounded = await goodFolder({ properties: { total: { ...total, maximum: 10 } }, required: ['total'] });
    const properties = { total: { ...total, maximum: 20 }, tip: { description: 'Tip', type: ['integer', 'null'] } };
    bounded.write(orderFiles({ properties, required: ['total'] }));
    expect(told(await check(bounded), bounded)).toEqual(['lock-stale columns.lock.json']);
    await bounded.edi('lock');
    expect(await check(bounded)).toMatchObject({
      ok: true,
      findings: [],
      tables: [{ kind: 'changed', inPlace: true }],
    });
  });

  test('a narrower bound and a property that is required from now on are told where they stand', async () => {
    const next = { properties: { total: { ...total, minimum: 1 }, tip: { description: 'Tip', type: 'integer' } } };
    const { report, findings } = await changed({ ...next, required: ['total', 'tip'] });
    expect(report.ok).toBe(false);
    const revision = findings.filter((finding) => finding.startsWith('revision'));
    expect(revision).toContain('revision shop/order.v1.json /properties/total/minimum');
    expect(revision.some((finding) => finding.includes('/required'))).toBe(true);
  });

  test('a shorter retention is a warning', async () => {
    const { report, findings } = await changed({ ...goodSchema, edi: { retentionDays: 100 } });
    expect(findings).toEqual(['(retention-shortened shop/order.v1.json /edi/retentionDays)']);
    expect(report.ok).toBe(true);
  });

  test('a deleted file is told to be retired instead', async () => {
    const folder = await goodFolder();
    for (const file of Object.keys(orderFiles(goodSchema))) folder.remove(file);
    const report = await check(folder);
    expect(told(report, folder)).toContain('schema-deleted shop/order.v1.json');
    expect(report.findings.find(({ rule }) => rule === 'schema-deleted')?.fix).toContain('"stage": "retired"');
  });

  test('a new type is a new table', async () => {
    const folder = await goodFolder();
    folder.write({
      'shop/visit.v1.json': schemaDocument({ ...goodSchema, type: 'shop.visit.v1' }),
      'shop/visit.v1.a.pass.json': { total: 1 },
      'shop/visit.v1.b.fail.json': {},
    });
    await folder.edi('lock');
    const report = await check(folder);
    expect(told(report, folder)).toEqual([]);
    expect(report.tables.map(({ type, kind, inPlace }) => [type, kind, inPlace])).toEqual([
      ['shop.visit.v1', 'added', true],
    ]);
  });

  test('--against names another base; one that is none is an error', async () => {
    const folder = await goodFolder();
    folder.write(orderFiles({ properties: { sum: total } }));
    folder.commit();
    expect(told(await check(folder), folder)).not.toContain('revision shop/order.v1.json /properties/total');
    expect(told(await check(folder, '--against', 'HEAD~1'), folder)).toContain(
      'revision shop/order.v1.json /properties/total',
    );
    for (const reference of ['nonsense', '--all', 'HEAD:schemas']) {
      const { exitCode, err } = await folder.edi('check', `--against=${reference}`);
      expect([exitCode, err]).toEqual([1, expect.stringMatching(/git knows no such revision/)]);
    }
  });

  test('where there is no revision yet, that is said and nothing else is missing', async () => {
    const folder = emptyFolder();
    folder.write({ 'sdks.json': { namespaces: {}, sdks: {} } });
    await folder.edi('lock');
    const report = await check(folder);
    expect(report).toMatchObject({ ok: true, against: null });
    expect(report.notices).toHaveLength(1);
  });
});

describe('files', () => {
  test('only their types are checked', async () => {
    const folder = await goodFolder();
    folder.write({ 'shop/visit.v1.json': '{' });
    expect(await check(folder, join(folder.path, 'shop/order.v1.small.pass.json'))).toMatchObject({
      ok: true,
      schemas: 1,
    });
    expect(await check(folder, join(folder.path, 'shop/visit.v1.json'))).toMatchObject({ ok: false, schemas: 1 });
  });

  test('one that is not of the folder is an error', async () => {
    const folder = await goodFolder();
    expect(await folder.edi('check', '/etc/hosts')).toMatchObject({ exitCode: 1, out: '' });
  });
});

describe('the report', () => {
  async function broken(): Promise<TestFolder> {
    const folder = await goodFolder();
    folder.write(
      orderFiles({
        properties: {
          total: { description: 'Sum', type: 'integer', maxiumum: 3 },
          'a`|@you\u001b[2J': { description: 'x', type: 'integer' },
        },
      }),
    );
    return folder;
  }

  test('as text: file, line, column, rule, pointer, and how to fix it; no colours but on a terminal', async () => {
    const folder = await broken();
    const { out, exitCode } = await folder.edi('check');
    expect(exitCode).toBe(1);
    expect(out).toContain(
      `${folder.path}/shop/order.v1.json:21:7: error[keyword-misspelt]: "maxiumum" is no keyword of JSON Schema 2020-12, and would be ignored\n  at   /properties/total/maxiumum\n  fix  did you mean "maximum"?\n`,
    );
    expect(out).toMatch(
      /not ok: 1 schemas and 2 examples checked, compared with main \(\w{12}\); \d+ errors, 0 warnings\n$/,
    );
    expect(out).not.toContain('\u001b');
    const onTerminal = await edi(['check', '--schemas', folder.path], { terminal: true });
    expect(onTerminal.out).toContain('\u001b[31m');
    expect(onTerminal.out).not.toContain('\u001b[2J');
  });

  test('as markdown: verdict, tables, findings, and nothing of a schema as markup', async () => {
    const { out } = await (await broken()).edi('check', '--format', 'markdown');
    expect(out).toContain('❌ may not be merged');
    expect(out).toContain('/shop/order.v1.json:21`');
    expect(out).toContain('"a\\`\\|@\u200byou');
    expect(await (await goodFolder()).edi('check', '--format', 'markdown')).toMatchObject({
      exitCode: 0,
      out: expect.stringMatching(/✅ may be merged.*No table changes/s),
    });
  });

  test.each([
    [['check', '--format', 'xml']],
    [['check', '--foreign']],
    [['check', '--foreign', '--against', 'x', 'y']],
  ])('%j is wrong usage', async (args) => {
    expect(await edi(args)).toMatchObject({ exitCode: 2, out: '' });
  });
});

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

  test('a file that is not there is an error', async () => {
    expect(await edi(['check', '--foreign', '/nowhere'])).toMatchObject({ exitCode: 1, out: '' });
  });
});
