import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { schemaDocument } from '../../../helpers/schemas.ts';
import { edi } from './schema-folder.ts';

const text = { type: 'object', properties: { a: { type: 'string' } }, additionalProperties: false };
const nullable = { ...text, properties: { a: { type: ['string', 'null'] } } };

function filesOf(files: Readonly<Record<string, unknown>>): string {
  const folder = mkdtempSync(join(tmpdir(), 'edi-compat-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  for (const [name, content] of Object.entries(files)) {
    writeFileSync(join(folder, name), typeof content === 'string' ? content : JSON.stringify(content, null, 2));
  }
  return folder;
}

async function batch(lines: readonly unknown[], ...flags: string[]) {
  const stdin = lines.map((line) => (typeof line === 'string' ? line : JSON.stringify(line))).join('\n');
  const { exitCode, out, err } = await edi(['compat', '--batch', '-', ...flags], { stdin });
  const answers = out.split('\n').filter((line) => line !== '');
  return { exitCode, err, answers: answers.map((line) => JSON.parse(line)) };
}

test('two files: the exit code is the verdict, and a breaking change says where', async () => {
  const folder = filesOf({ 'old.json': text, 'new.json': nullable });
  const [old, next] = [join(folder, 'old.json'), join(folder, 'new.json')];
  expect(await edi(['compat', old, next])).toMatchObject({
    exitCode: 0,
    out: expect.stringContaining('compatible: 0 breaking'),
  });
  const back = await edi(['compat', next, old]);
  expect(back.exitCode).toBe(1);
  expect(back.out).toMatch(/old\.json:\d+:\d+: breaking\[type-narrowed\]: .*\n {2}at {3}\/properties\/a\/type\n/);
  const json = JSON.parse((await edi(['compat', '--json', next, old])).out);
  expect(json).toMatchObject({ compatible: false, undecided: false });
  expect(json.changes[0]).toMatchObject({ pointer: '/properties/a/type', rule: 'type-narrowed', breaking: true });
});

const revisionOf = (properties: object, edi: object = {}) => ({
  ...schemaDocument({ type: 'shop.order.v1' }),
  properties,
  ...edi,
});

test('two revisions of an event type: what takes the same events and makes another table is refused, as by the check', async () => {
  const total = (type: string) => revisionOf({ total: { description: 'Sum', type } });
  const folder = filesOf({ 'old.json': total('integer'), 'new.json': total('number'), 'other.json': text });
  const [old, next, other] = ['old.json', 'new.json', 'other.json'].map((name) => join(folder, name));
  const { exitCode, out } = await edi(['compat', old ?? '', next ?? '']);
  expect([exitCode, out]).toEqual([1, expect.stringContaining('compatible: 0 breaking')]);
  expect(out).toMatch(
    /new\.json:\d+:\d+: breaking\[revision\]: the column data\.total is INT64 NULLABLE and would become FLOAT64/,
  );
  const json = JSON.parse((await edi(['compat', '--json', old ?? '', next ?? ''])).out);
  expect(json).toMatchObject({ compatible: true, revision: [{ pointer: '/properties/total' }] });
  expect(JSON.parse((await edi(['compat', '--json', old ?? '', old ?? ''])).out)).toMatchObject({ revision: [] });
  expect(JSON.parse((await edi(['compat', '--json', other ?? '', old ?? ''])).out)).not.toHaveProperty('revision');
});

test('references lead into the files beside a schema', async () => {
  const folder = filesOf({
    'old.json': { $ref: 'part.json' },
    'new.json': { type: ['string', 'null'] },
    'part.json': { type: 'string' },
  });
  expect((await edi(['compat', join(folder, 'old.json'), join(folder, 'new.json')])).exitCode).toBe(0);
  expect((await edi(['compat', join(folder, 'new.json'), join(folder, 'old.json')])).exitCode).toBe(1);
});

test.each([
  ['a file that is not there', ['none.json', 'good.json'], /none\.json cannot be read: ENOENT/],
  ['no JSON', ['bad.json', 'good.json'], /bad\.json:1:\d+: /],
])('%s is one line on stderr', async (_what, names, problem) => {
  const folder = filesOf({ 'good.json': text, 'bad.json': '{' });
  const { exitCode, err } = await edi(['compat', ...names.map((name) => join(folder, name))]);
  expect(exitCode).toBe(1);
  expect(err).toMatch(problem);
});

test.each([[[]], [['one.json']], [['--batch', '-', 'one.json', 'two.json']], [['--batch', '-', '--base', '.']]])(
  '%j is wrong usage',
  async (args) => {
    expect((await edi(['compat', ...args])).exitCode).toBe(2);
  },
);

test('a batch answers line by line, in order, also what is no pair of schemas', async () => {
  const { exitCode, answers } = await batch([
    { id: 'wider', old: text, new: nullable },
    'no JSON',
    { id: 7, old: nullable, new: text },
    '',
    { id: 'half', old: text },
    { id: 'no schema', old: { type: 'strng' }, new: text },
    { id: 'true', old: text, new: true },
    { id: 'a\u2028b', old: { const: '\u2029' }, new: true },
  ]);
  expect(exitCode).toBe(0);
  const broken = (rule: string, pointer = '') => [expect.objectContaining({ rule, pointer, breaking: true })];
  expect(answers).toMatchObject([
    { id: 'wider', compatible: true, changes: [{ pointer: '/properties/a/type', breaking: false }] },
    { id: null, compatible: false, changes: broken('invalid-line') },
    { id: 7, compatible: false, changes: broken('type-narrowed', '/properties/a/type') },
    { id: 'half', compatible: false, changes: broken('invalid-line') },
    { id: 'no schema', compatible: false, changes: broken('invalid-schema', '/type') },
    { id: 'true', compatible: true },
    { id: 'a\u2028b', compatible: true },
  ]);
});

test('policies are flags', async () => {
  const open = { type: 'object', properties: {} };
  const added = { ...open, properties: { a: { type: 'string' } } };
  const lines = [{ id: 1, old: open, new: added }];
  expect((await batch(lines)).answers[0].compatible).toBe(false);
  expect((await batch(lines, '--undeclared', 'closed')).answers[0].compatible).toBe(true);
  const formats = [{ id: 1, old: { type: 'string' }, new: { type: 'string', format: 'uuid' } }];
  expect((await batch(formats)).answers[0].compatible).toBe(true);
  expect((await batch(formats, '--formats', 'assertion')).answers[0].compatible).toBe(false);
});
