import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { runCli } from '../../../../infra/cli/program.ts';
import { makeScratchFolder } from '../../../helpers/local-process.ts';
import { makeCollectingIo } from '../collecting-io.ts';

describe('edi schema bigquery', () => {
  const scratch = makeScratchFolder();
  const path = (name: string) => join(scratch.path, name);
  beforeAll(() => {
    mkdirSync(path('common'));
    const user = { type: 'object', properties: { id: { type: 'integer' }, tags: {} } };
    writeFileSync(path('common/user.json'), JSON.stringify(user));
    writeFileSync(
      path('main.json'),
      JSON.stringify({ type: 'object', properties: { user: { $ref: 'common/user.json' } } }),
    );
    writeFileSync(
      path('remote.json'),
      '{"properties":{"a":{"$ref":"https://example.com/a.json"},"b":{"$ref":"../b.json"}}}',
    );
    writeFileSync(path('text.json'), '{"type":');
    writeFileSync(path('list.json'), '[]');
    writeFileSync(path('deep.json'), `${'{"not":'.repeat(2_000)}{}${'}'.repeat(2_000)}`);
    const wide = Object.fromEntries(
      Array.from({ length: 60_000 }, (_, at) => [
        `property_with_a_long_name_${at}`,
        { type: 'string', description: 'x'.repeat(20) },
      ]),
    );
    writeFileSync(path('large.json'), JSON.stringify({ type: 'object', properties: wide }));
  });
  afterAll(() => scratch.remove());

  async function bigquery(args: string[], stdin = '') {
    const io = makeCollectingIo(stdin);
    return { exitCode: await runCli(['schema', 'bigquery', ...args], io), out: io.outText(), err: io.errText() };
  }

  test('shows columns and notes, with references into files beside', async () => {
    const { exitCode, out } = await bigquery([path('main.json')]);
    expect(exitCode).toBe(0);
    expect(out).toContain('user.id    INT64');
    expect(out).toContain('free-form: common/user.json#/properties/tags (column user.tags)');
  });

  test('--json and --table', async () => {
    const { out } = await bigquery([path('main.json'), '--json', '--table']);
    const { fields, notes } = JSON.parse(out);
    expect(fields[0]).toMatchObject({ name: 'event_key', type: 'STRING', mode: 'REQUIRED' });
    expect(fields.at(-1)).toMatchObject({ name: 'data', type: 'RECORD', mode: 'NULLABLE' });
    expect(notes).toHaveLength(1);
  });

  test('a batch answers every line, in order', async () => {
    const lines = [
      JSON.stringify({ id: 'a', schema: { type: 'object', properties: { x: { type: 'string' } } } }),
      '',
      JSON.stringify({ id: 'b', schema: { properties: { user: { $ref: 'common/user.json' } } }, base: scratch.path }),
      JSON.stringify({ id: 'c', schema: { properties: { user: { $ref: 'common/user.json' } } } }),
      'no json',
      JSON.stringify({ id: 'd' }),
      JSON.stringify({ id: 'e', schema: 3 }),
      JSON.stringify({
        id: 'f',
        schema: { type: 'object', description: 'a\u2028b', properties: { x: { type: 'string' } } },
      }),
    ];
    const { exitCode, out } = await bigquery(['--batch', '-'], lines.join('\n'));
    const answers = out
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(exitCode).toBe(0);
    expect(answers.map(({ id }) => id)).toEqual(['a', 'b', 'c', null, 'd', 'e', 'f']);
    expect(answers[6].fields).toEqual(answers[0].fields);
    expect(answers[0]).toEqual({ id: 'a', fields: [{ name: 'x', type: 'STRING', mode: 'NULLABLE' }], notes: [] });
    expect(answers[1].fields).toMatchObject([{ name: 'user', type: 'RECORD' }]);
    expect(answers[2].notes).toMatchObject([{ reason: 'reference', message: expect.stringContaining('no file') }]);
    for (const { fields, notes } of answers.slice(3, 6)) {
      expect(fields).toEqual([]);
      expect(notes).toMatchObject([{ reason: 'not-a-schema' }]);
    }
  });

  test.each([
    ['text.json', 'not JSON'],
    ['list.json', 'a schema is a JSON object'],
    ['deep.json', 'nested'],
  ])('%s is refused with a reason', async (name, reason) => {
    const { exitCode, out } = await bigquery([path(name)]);
    expect(exitCode).toBe(1);
    expect(out).toContain(reason);
  });

  test('a schema of 5 MB is mapped: what no table holds becomes JSON', async () => {
    const { exitCode, out } = await bigquery([path('large.json'), '--json']);
    expect(exitCode).toBe(0);
    expect(JSON.parse(out)).toMatchObject({ fields: [{ type: 'JSON' }], notes: [{ reason: 'too-many-columns' }] });
  });

  test('references to the network, or out of the folder, are not followed', async () => {
    const { exitCode, out } = await bigquery([path('remote.json')]);
    expect(exitCode).toBe(0);
    expect(out).toContain('network');
    expect(out).toContain('out of the base folder');
  });

  test.each([[[]], [['x.json', '--batch', '-']], [['x.json', '--maps', 'both']]])('%j is wrong usage', async (args) => {
    expect((await bigquery(args)).exitCode).toBe(2);
  });

  test('a file that is not there', async () => {
    expect(await bigquery([path('absent.json')])).toMatchObject({
      exitCode: 1,
      err: expect.stringContaining('ENOENT'),
    });
  });
});
