import { Command } from 'commander';
import { afterEach, expect, test } from 'vitest';
import { addSubjectObjection } from '../../../infra/cli/subject-objection.ts';
import { eraseWorld } from '../../helpers/erase-world.ts';
import { serveHandler } from '../../helpers/handler-server.ts';
import { makeCollectingIo } from './collecting-io.ts';

const closers: (() => void)[] = [];
afterEach(() => {
  for (const close of closers.splice(0)) close();
});

test('a person objects, once, and withdraws it; whoever names nobody is told', async () => {
  const world = eraseWorld();
  const { url, close } = await serveHandler(await world.start());
  closers.push(close);
  const open = async () => ({ name: 'the test', url, authorization: async () => 'Bearer t' });
  const run = async (...args: readonly string[]) => {
    const io = makeCollectingIo();
    const program = new Command().exitOverride();
    addSubjectObjection(program, io.out, open);
    const problem = await program.parseAsync([...args], { from: 'user' }).catch((error: Error) => error.message);
    return typeof problem === 'string' ? problem : io.outText();
  };
  const jane = ['--realm', 'customer', '--subject', 'jane'];
  expect(await run('withdraw', ...jane)).toBe('there was no objection\n');
  const told = 'dropped from 2026-01-01T00:00:00.000Z, by every instance from 2026-01-01T00:09:00.000Z\n';
  expect(await run('object', ...jane)).toBe(told);
  expect(await run('object', ...jane)).toBe('objects already: nothing is changed\n');
  expect((await world.stored({ realm: 'customer', subject: 'jane' }))?.objections).toHaveLength(1);
  expect(await run('withdraw', ...jane)).toBe(
    'dropped until 2026-01-01T00:09:00.000Z, and stored what is received later\n',
  );
  expect(JSON.parse(await run('object', '--source', 'phone-1', '--json'))).toMatchObject({ named: 1, changed: 1 });
  expect(await run('object', '--realm', 'customer')).toMatch(/^say whom/);
});
