import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Command } from 'commander';
import { afterEach, expect, test } from 'vitest';
import { addEraseCommand } from '../../../infra/cli/erase.ts';
import { isJsonObject, type JsonObject, parseJson } from '../../../shared/event/json.ts';
import { readBody } from '../../../shared/http/body.ts';
import { answerJson } from '../../../shared/http/http.ts';
import { Unavailable } from '../../../shared/ports/unavailable.ts';
import { eraseWorld } from '../../helpers/erase-world.ts';
import { serveHandler } from '../../helpers/handler-server.ts';
import { makeScratchFolder } from '../../helpers/local-process.ts';
import { promptClock } from '../../helpers/prompt-clock.ts';
import { makeCollectingIo } from './collecting-io.ts';

const closers: (() => void)[] = [];
afterEach(() => {
  for (const close of closers.splice(0)) close();
});

/** The command against the function, over memory. */
async function served() {
  const world = eraseWorld();
  const handler = await world.start();
  const { url, close } = await serveHandler(handler);
  closers.push(close);
  const targetAt = (at: string) => async () => ({ name: 'the test', url: at, authorization: async () => 'Bearer t' });
  const exporting = await servedPseudonyms();
  const run = async (...args: readonly string[]) => {
    const io = makeCollectingIo();
    const program = new Command().exitOverride().configureOutput({ writeErr: (text) => void io.err.write(text) });
    addEraseCommand(program, io, {
      exit: () => undefined,
      open: targetAt(url),
      openPseudonyms: targetAt(exporting.url),
      clock: promptClock(),
    });
    const problem = await program.parseAsync(['erase', ...args], { from: 'user' }).then(
      () => undefined,
      (error: Error) => error.message,
    );
    return { out: io.outText(), err: io.errText(), problem };
  };
  return { world, run, exporting };
}

/** Of whom each call of export-subject asks, which has a pseudonym of everybody. */
async function servedPseudonyms() {
  const asked: JsonObject[] = [];
  const state = { status: 200, unreadable: 0 };
  const { url, close } = await serveHandler(async (request, response) => {
    const body = await readBody(request, 1_048_576);
    const value = body.kind === 'body' ? parseJson(body.bytes.toString()) : undefined;
    const wanted = isJsonObject(value) ? value : {};
    asked.push({ path: request.url ?? '', ...wanted });
    const names = Array.isArray(wanted['subjects']) ? wanted['subjects'] : [];
    const pseudonyms = names.map((_, at) => ({ pseudonym: `AQIDBAUG${String(at).padStart(4, '0')}` }));
    const keys = { readable: names.length, none: 0, unreadable: state.unreadable };
    answerJson(response, state.status, state.status === 200 ? { id: 'i', keys, pseudonyms } : { error: 'not you' });
  });
  closers.push(close);
  return { url, asked, state };
}

function fileOf(...lines: readonly string[]): string {
  const scratch = makeScratchFolder();
  closers.push(() => scratch.remove());
  const path = join(scratch.path, 'people.jsonl');
  writeFileSync(path, lines.join('\n'));
  return path;
}

const jane = { realm: 'customer', subject: 'jane' };
const phone = { realm: 'source', subject: 'phone-1' };

test('who had no key is told apart: a misspelt realm looks as somebody who was never seen', async () => {
  const { world, run } = await served();
  await world.makeKey(jane);
  const { out } = await run('--realm', 'costumer', '--subject', 'jane');
  expect(out).toMatch(/^1 named, 0 had a key; .*\n1 had no key: no row of theirs .* misspelt/m);
  expect((await run('--realm', 'customer', '--subject', 'jane')).out).not.toContain('misspelt');
});

test('a person, an installation, and how far each is', async () => {
  const { world, run } = await served();
  await world.makeKey(jane);
  const person = await run('--realm', 'customer', '--subject', 'jane');
  expect(person.out).toMatch(
    /^erasure [\w-]{36}: waits\n1 named, 1 had a key; 0 installations [^\n]*\nunreadable for everybody from 2026-01-31/,
  );
  expect(person.out).toMatch(/^if break-glass re-identified one of them, .* until 2026-07-04T/m);
  expect(person.out).toMatch(/caches +\S* *waits/);
  expect(person.out).not.toContain('jane');
  const installation = JSON.parse((await run('--source', 'phone-1', '--json')).out);
  expect(installation).toMatchObject({ named: 1, keysDestroyed: 0, state: 'waits' });
  for (const subject of [jane, phone]) expect((await world.stored(subject))?.kind).toBe('tombstone');
  world.clock.advance(31 * 86_400_000);
  await world.finish();
  expect(JSON.parse((await run('--status', installation.id, '--json')).out)).toMatchObject({ state: 'done' });
});

test('a list of thousands goes in parts, and goes on where it was interrupted', async () => {
  const { world, run } = await served();
  const people = Array.from({ length: 2_500 }, (_, at) => ({ realm: 'customer', subject: `p${at}` }));
  const [first, ...others] = people.map((person) => JSON.stringify(person));
  const file = fileOf(`\ufeff${first}`, ...others, '\r', '{"source":"phone-1"}');
  let erasing = 0;
  world.failing.next = (operation) => {
    if (operation === 'erase' && ++erasing > 1) throw new Unavailable('subject-keys', 'down as told');
  };
  const { problem = '' } = await run('--file', file);
  expect(problem).toMatch(/does not answer: --resume [\w-]{36} goes on with it$/);
  const id = /--resume (\S+)/.exec(problem)?.[1] ?? '';
  expect(erasing).toBe(11);
  delete world.failing.next;
  const { out } = await run('--file', file, '--resume', id, '--json');
  expect(JSON.parse(out)).toMatchObject({ id, named: 2_501 });
  for (const subject of [...people, phone]) expect(await world.stored(subject)).toMatchObject({ generation: 1 });
  expect(JSON.parse((await run('--file', file, '--resume', id, '--json')).out)).toMatchObject({ named: 2_501 });
  expect((await run('--file', fileOf('{"source":"a"}'), '--resume', id)).problem).toMatch(/it is another one$/);
});

test('a list that was interrupted before its first part arrived goes on from its beginning', async () => {
  const { world, run } = await served();
  const file = fileOf(JSON.stringify(jane));
  world.failing.next = () => {
    throw new Unavailable('erasures', 'down as told');
  };
  const id = /--resume (\S+)/.exec((await run('--file', file)).problem ?? '')?.[1] ?? '';
  delete world.failing.next;
  expect(JSON.parse((await run('--file', file, '--resume', id, '--json')).out)).toMatchObject({ id, named: 1 });
});

test('a list with a wrong line erases nobody', async () => {
  const { world, run } = await served();
  const file = fileOf(JSON.stringify(jane), '{"realm": "customer", "subject": 42}');
  const { problem } = await run('--file', file);
  expect(problem).toMatch(/people\.jsonl:2: the line "subject" is text; numbers are written as text, too$/);
  expect(await world.stored(jane)).toBeUndefined();
  expect((await run('--file', fileOf(''))).problem).toMatch(/names nobody$/);
  // Decoded anyway, it would name somebody else, and the erasure would say that it is done.
  writeFileSync(file, Buffer.from(`${JSON.stringify(jane)}\n{"realm":"customer","subject":"J\u00fcrgen"}`, 'latin1'));
  expect((await run('--file', file)).problem).toMatch(/people\.jsonl:2: it is no UTF-8$/);
  expect(await world.stored(jane)).toBeUndefined();
  expect((await run('--file', `${file}.missing`)).problem).toMatch(/cannot be read$/);
});

test.each([
  [[]],
  [['--realm', 'customer']],
  [['--subject', 'jane']],
  [['--source', 'a', '--realm', 'customer', '--subject', 'jane']],
  [['--source', 'a', '--resume', 'b']],
  [['--status', 'a/b']],
  [['--realm', 'customer', '--subject', 'jane', '--unlink', '--rows']],
  [['--realm', 'customer', '--subject', 'jane', '--unlink', '--no-pseudonyms']],
])('wrong usage: %j', async (args) => {
  const { world, run } = await served();
  expect((await run(...args)).problem).toMatch(/^error: /);
  expect(await world.stored(jane)).toBeUndefined();
});

test('what the function refuses is told', async () => {
  const { run } = await served();
  expect((await run('--status', 'unknown')).problem).toBe('the test refused: there is no such erasure');
  expect((await run('--realm', 'Customer', '--subject', 'jane')).problem).toMatch(/"realm" is a name/);
});

const janes = ['--realm', 'customer', '--subject', 'jane'];

test.each([
  ['--unlink', 'unlink'],
  ['--rows', 'rows'],
] as const)(
  '%s: what stands for the person is asked for, under the id of the erasure, before it is erased',
  async (flag, what) => {
    const { world, run, exporting } = await served();
    const { id, parts } = JSON.parse((await run(...janes, flag, '--json')).out);
    expect(exporting.asked).toEqual([{ path: '/v1/pseudonyms', subjects: [jane], erasure: id }]);
    expect(parts).toContainEqual(expect.objectContaining({ part: 'rows', state: 'waits' }));
    const remembered = await world.statements.count({
      sql: (sql) => `SELECT COUNT(*) FROM ${sql.table('erasure', 'erased_pseudonyms')} WHERE what = '${what}'`,
    });
    expect(remembered).toEqual({ kind: 'done', rows: 1 });
  },
);

test('consumers are told without being asked for, and rows stay', async () => {
  const { world, run } = await served();
  const { parts } = JSON.parse((await run(...janes, '--json')).out);
  expect(parts.map(({ part }: { readonly part: string }) => part)).not.toContain('rows');
  const [message] = world.announced();
  expect(JSON.parse(Buffer.from(message?.data ?? '').toString())).toMatchObject({ pseudonyms: ['AQIDBAUG0000'] });
});

test.each([503, 403])('nobody is erased where nobody tells pseudonyms (%i), unless that is wanted', async (status) => {
  const { world, run, exporting } = await served();
  exporting.state.status = status;
  expect((await run(...janes)).problem).toMatch(/--no-pseudonyms erases without/);
  expect(await world.stored(jane)).toBeUndefined();
  expect((await run(...janes, '--no-pseudonyms')).problem).toBeUndefined();
  expect(await world.stored(jane)).toMatchObject({ kind: 'tombstone' });
});

test('somebody whose key does not open is told of, and not erased with their rows', async () => {
  const { world, run, exporting } = await served();
  exporting.state.unreadable = 1;
  expect((await run(...janes, '--unlink')).problem).toMatch(/keys of 1 of them do not open.*: erase them apart/);
  expect(await world.stored(jane)).toBeUndefined();
  expect((await run(...janes)).err).toMatch(/keys of 1 of them do not open/);
  expect(await world.stored(jane)).toMatchObject({ kind: 'tombstone' });
});
