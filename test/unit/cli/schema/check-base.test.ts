import { describe, expect, test } from 'vitest';
import type { JsonObject } from '../../../../shared/event/json.ts';
import { schemaDocument, type TestSchema } from '../../../helpers/schemas.ts';
import { check, told } from './check-run.ts';
import { emptyFolder, goodFolder, goodSchema, orderFiles } from './schema-folder.ts';

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

  test('a draft in alpha may become anything, and who changes it is told that a plain publication refuses that', async () => {
    const folder = await goodFolder({ ...goodSchema, edi: { stage: 'alpha' } });
    folder.write(orderFiles({ properties: { total: { ...total, minimum: 1 } }, edi: { stage: 'alpha' } }));
    const report = await check(folder);
    expect(told(report, folder)).toEqual(['(revision shop/order.v1.json /properties/total/minimum)']);
    expect(report.ok).toBe(true);
    expect(report.findings[0]?.fix).toContain('--replace shop.order.v1');
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
