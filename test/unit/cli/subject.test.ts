import { Command } from 'commander';
import { afterEach, expect, test } from 'vitest';
import { addSubjectCommand } from '../../../infra/cli/subject.ts';
import { passedToken } from '../../../shared/http/caller.ts';
import { Unavailable } from '../../../shared/ports/unavailable.ts';
import { sealAt, startMillis } from '../../helpers/batches.ts';
import { exportSubjectWorld } from '../../helpers/export-subject-world.ts';
import { schemaDocument } from '../../helpers/schemas.ts';
import { makeCollectingIo } from './collecting-io.ts';

const closers: (() => void)[] = [];
afterEach(() => {
  for (const close of closers.splice(0)) close();
});

/** The command against the function, over memory. */
async function served() {
  const email = { type: 'string', treatment: { do: 'pseudonymize' } };
  const world = await exportSubjectWorld({ schemas: [schemaDocument({ properties: { email } })] });
  closers.push(world.close);
  const event = { id: '1', source: 'phone', subject: 'alice', data: { email: 'alice@example.com' } };
  await world.deliver({ seal: sealAt(startMillis, 1), segments: [[event]] });
  world.fillTables();
  const open = async () => ({
    name: 'the test',
    url: world.url,
    authorization: async () => passedToken('me@example.com'),
  });
  const run = async (...args: readonly string[]) => {
    const io = makeCollectingIo();
    const program = new Command().exitOverride().configureOutput({ writeErr: (text) => void io.err.write(text) });
    addSubjectCommand(program, io, { exit: () => undefined, open });
    const problem = await program.parseAsync(['subject', ...args], { from: 'user' }).then(
      () => undefined,
      (error: Error) => error.message,
    );
    return { out: io.outText(), err: io.errText(), problem };
  };
  return { world, run };
}

const alice = ['--realm', 'customer', '--subject', 'alice', '--reason', 'ticket 17'];

test('export writes a line a row, and totals at the end', async () => {
  const { run, world } = await served();
  const { out, problem } = await run('export', ...alice);
  expect(problem).toBeUndefined();
  const [row, totals, ...more] = out
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  expect(more).toEqual([]);
  expect(row).toMatchObject({ as: 'own', event: { subject: 'alice', data: { email: 'alice@example.com' } } });
  expect(totals).toMatchObject({ totals: { own: 1, mentioned: 0, notSearched: expect.any(Array) } });
  expect(world.ledger()).toMatchObject([{ caller: 'me@example.com', call: 'export', reason: 'ticket 17' }]);
  const installation = await run('export', '--source', 'phone', '--reason', 'ticket 17');
  expect(JSON.parse(installation.out.split('\n')[0] ?? '')).toMatchObject({ as: 'own', event: { source: 'phone' } });
});

test('nobody of that name', async () => {
  const { run } = await served();
  const { out, err } = await run('export', '--realm', 'user', '--subject', 'alice', '--reason', 'r');
  expect(err).toBe('edi: nobody of this name has a key\n');
  expect(JSON.parse(out)).toMatchObject({ totals: { own: 0 } });
});

test('an export that is cut off is no success', async () => {
  const { run, world } = await served();
  world.eventRows.get = () => {
    throw new Unavailable('event-rows', 'down as told');
  };
  expect((await run('export', ...alice)).problem).toBe(
    'the test: event-rows did not answer: ask again; what was written is not everything',
  );
});

test('pseudonyms, as a table and as JSON', async () => {
  const { run, world } = await served();
  const [row] = world.rowsOf('shop.order.v1');
  const { out } = await run('pseudonyms', ...alice, '--json');
  const pseudonym = String(row?.['subject']);
  const beginning = pseudonym.slice(0, 6);
  expect(JSON.parse(out)).toEqual({ key: 'readable', pseudonyms: [{ generation: 0, pseudonym, beginning }] });
  expect((await run('pseudonyms', ...alice)).out).toContain(pseudonym);
  expect((await run('pseudonyms', '--source', 'tablet', '--reason', 'r')).out).toMatch(
    /no key that could make any: none/,
  );
});

test.each([
  [['export', '--realm', 'customer', '--subject', 'alice'], /--reason/],
  [['export', '--realm', 'customer', '--reason', 'r'], /say whom/],
  [['export', ...alice, '--source', 'phone'], /say whom/],
  [['export', ...alice, '--format', 'csv'], /jsonl/],
  [['export', '--realm', 'customer', '--subject', 'alice', '--reason', 'alice asked'], /may not name the person/],
])('wrong usage: %j', async (args, problem) => {
  const { world, run } = await served();
  expect((await run(...args)).problem).toMatch(problem);
  expect(world.ledger()).toEqual([]);
});
