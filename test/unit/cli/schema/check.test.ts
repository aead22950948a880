import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { asObject } from '../../../../shared/event/json.ts';
import { schemaDocument, testSdks } from '../../../helpers/schemas.ts';
import { check, told } from './check-run.ts';
import { edi, goodFolder, goodSchema, orderFiles, ownFolder, type TestFolder } from './schema-folder.ts';

test('the schemas of this repository pass', async () => {
  const folder = ownFolder();
  const report = await check(folder);
  expect(told(report, folder)).toEqual([]);
  expect(report).toMatchObject({ ok: true, exitCode: 0, schemas: 12, against: null, tables: [] });
});

describe('a folder', () => {
  test('that is as it should be passes, compared with main', async () => {
    const folder = await goodFolder();
    const report = await check(folder);
    expect(told(report, folder)).toEqual([]);
    expect(report).toMatchObject({ ok: true, exitCode: 0, schemas: 1, examples: 2, notices: [] });
    expect(report.against).toMatch(/^main \([0-9a-f]{12}\)$/);
  });

  test('tells a file in another encoding, and one with a byte order mark', async () => {
    const folder = await goodFolder();
    const path = join(folder.path, 'shop/order.v1.json');
    const text = folder.text('shop/order.v1.json');
    writeFileSync(path, Buffer.from(text.replace('Sum of', 'S\u00fcm of'), 'latin1'));
    const line = text.slice(0, text.indexOf('Sum of')).split('\n').length;
    expect((await check(folder)).findings).toMatchObject([
      { rule: 'not-json', line, message: expect.stringContaining('not UTF-8') },
    ]);
    writeFileSync(path, `\ufeff${text}`);
    expect((await check(folder)).findings).toMatchObject([
      { rule: 'not-json', line: 1, message: expect.stringContaining('byte order mark') },
    ]);
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
    [
      'what no validator can be made of, beside a warning',
      orderFiles({ properties: { a: { description: 'x', $dynamicRef: '#a' } } }),
      'not-compilable shop/order.v1.json',
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
    [
      'two events that share the view over their majors',
      { 'a/b-c.v1.json': schemaDocument({ type: 'a.b-c.v1' }), 'a-b/c.v2.json': schemaDocument({ type: 'a-b.c.v2' }) },
      'table-shared a/b-c.v1.json',
    ],
    [
      'a name that ends as a major version does',
      { 'a/b-v2.v1.json': schemaDocument({ type: 'a.b-v2.v1' }) },
      'table-shared a/b-v2.v1.json',
    ],
    ['a file whose name says nothing', { 'shop/Order.json': order }, 'file-name shop/Order.json'],
    ['a domain without a version', { 'shop/refund.json': order }, 'file-name shop/refund.json'],
    [
      'an SDK that is none',
      orderFiles({ ...goodSchema, edi: { sdks: ['web', 'tv'] } }),
      'sdk-unknown shop/order.v1.json /edi/sdks/1',
    ],
    [
      'the SDK of heartbeats',
      orderFiles({ ...goodSchema, edi: { sdks: ['edi-heartbeat', 'web'] } }),
      'sdk-heartbeat shop/order.v1.json /edi/sdks/0',
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
      'a namespace of public and secret keys',
      {
        'sdks.json': {
          ...testSdks,
          sdks: { ...asObject(testSdks['sdks']), server: { namespace: 'people', key: 'secret' } },
        },
      },
      'sdk-bindings sdks.json /sdks/server/namespace',
    ],
    [
      'bindings that do not say whose their keys are',
      { 'sdks.json': { ...testSdks, sdks: { ...asObject(testSdks['sdks']), kiosk: { namespace: 'people' } } } },
      'meta-schema sdks.json /sdks/kiosk',
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

  test('an example is told everything that does not fit, and what is wanted there', async () => {
    const folder = await goodFolder();
    folder.write({ 'shop/order.v1.x.pass.json': { total: [], alice: 1 } });
    const report = await check(folder);
    const unfit = report.findings.filter(({ rule }) => rule === 'example-unfit');
    expect(unfit.map(({ pointer }) => pointer).sort()).toEqual(['', '/total']);
    expect(unfit.find(({ pointer }) => pointer === '/total')?.message).toMatch(
      /"type" fails here, where it wants integer/,
    );
    expect(JSON.stringify(unfit)).not.toContain('alice');
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

test('a file of owners is checked where there is one: what it says, and whom it leaves out', async () => {
  const folder = await goodFolder();
  expect(told(await check(folder), folder)).toEqual([]);
  folder.write({ 'owners.json': { 'team-x': 3 } });
  expect(told(await check(folder), folder)).toEqual(['(owners owners.json)', 'owners owners.json /team-x']);
  folder.write({ 'owners.json': '{' });
  expect(told(await check(folder), folder)).toEqual(['not-json owners.json']);
});
