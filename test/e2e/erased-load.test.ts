import { Command } from 'commander';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { FunctionName } from '../../functions/index.ts';
import { addEraseCommand } from '../../infra/cli/erase.ts';
import { addSubjectCommand } from '../../infra/cli/subject.ts';
import { namedData } from '../helpers/integration-erased-load.ts';
import { startLoad } from '../helpers/integration-load.ts';
import { type LocalProcess, startLocal } from '../helpers/local-deployment.ts';
import { makeEvent, sendBatch, trackPlayedTable } from '../helpers/local-events.ts';
import { query, waitUntilIdle } from '../helpers/local-operator.ts';
import { waitFor } from '../helpers/local-process.ts';
import { makeCollectingIo } from '../unit/cli/collecting-io.ts';

// The embedded deployment, whose cutoff is minutes away; what comes after it is in `test/integration/second-line.test.ts`.

let deployment: LocalProcess;
beforeAll(async () => {
  deployment = await startLocal({ flags: [] });
});
afterAll(() => deployment.stop());

async function edi(...args: readonly string[]): Promise<string> {
  const io = makeCollectingIo();
  const open = (name: FunctionName) => async () => ({
    name: 'the deployment',
    url: `${deployment.operatorUrl}/functions/${name}`,
    authorization: async () => `Bearer ${deployment.token}`,
  });
  const program = new Command().exitOverride();
  const exit = () => undefined;
  addSubjectCommand(program, io, { exit, open: open('export-subject') });
  addEraseCommand(program, io, { exit, open: open('erase-subject'), openPseudonyms: open('export-subject') });
  await program.parseAsync(args, { from: 'user' });
  return io.outText();
}

const person = (subject: string) => ['--realm', 'customer', '--subject', subject];

/** What an export counts at its end. */
async function exported(subject: string) {
  const out = await edi('subject', 'export', ...person(subject), '--reason', 'a test');
  return JSON.parse(out.trim().split('\n').at(-1) ?? '').totals;
}

async function count(sql: string): Promise<number> {
  const [row] = await query(deployment, `SELECT ${sql}`);
  return Number(Object.values(row ?? {})[0]);
}

it('a person is erased in the middle of load: nothing stored decrypts, others lose nothing, and all is a row or counted', async () => {
  const refused = ['person-1', 'person-0'].map((subject) => makeEvent({ subject, data: { track: 5 } }));
  await sendBatch(deployment.url, { events: refused });
  const load = startLoad({ url: deployment.url, writeKey: 'local-dev-key' }, { dataOf: namedData });
  const stored = async () => {
    const rows = await query(deployment, `SELECT event_id FROM events.${trackPlayedTable}`);
    return new Set(rows.map((row) => String(row['event_id'])));
  };
  await waitFor('rows of all clients, and both refused events', async () => {
    const clients = new Set([...(await stored())].map((id) => load.clientOf.get(id)));
    return (clients.size === 4 && (await count('count(*) FROM operations.quarantine')) === 2) || undefined;
  });
  expect((await exported('person-1')).own).toBeGreaterThan(0);
  expect(JSON.parse(await edi('erase', ...person('person-1'), '--json'))).toMatchObject({
    ...{ keysDestroyed: 1, sourcesErased: 1, sourcesShared: 0 },
  });
  const atErasure = load.acknowledgedIds.size;
  await waitFor('more of the load', () => load.acknowledgedIds.size > atErasure + 50 || undefined);
  await load.stop();
  await waitUntilIdle(deployment);

  expect(await exported('person-1')).toMatchObject({ own: 0, mentioned: 0 });
  const rows = await stored();
  const acknowledged = [...load.acknowledgedIds];
  const lacking = acknowledged.filter((id) => !rows.has(id));
  expect(lacking.filter((id) => load.clientOf.get(id) !== 1)).toEqual([]);
  const erased = await count("coalesce(sum(events), 0)::INTEGER FROM operations.losses WHERE reason = 'erased'");
  expect(erased).toBe(lacking.length);
  const ofOther = acknowledged.filter((id) => [0, 3].includes(load.clientOf.get(id) ?? -1));
  expect((await exported('person-0')).own).toBe(ofOther.length);
  expect(await count('count(*) FROM operations.quarantine')).toBe(1);
});
